"""The connection to Spotler and the licence: look at them, test values, save them."""

import logging
from http import HTTPStatus

import azure.functions as func

from connector.adapters.manage_api.connection import (
    ChecksView,
    ConnectionChange,
    ConnectionView,
    LicenceWorseView,
    OrganisationView,
)
from connector.application.connect import Wanted
from connector.application.control_jobs import end_jobs_of_others
from connector.bootstrap import Services, services
from connector.domain.caller import Caller
from connector.domain.connection import ConnectionChangedError, PartlySavedError, Secret
from connector.domain.connection_check import ChecksFailedError
from connector.domain.licence_change import LicenceWorseError
from connector.domain.role import Role
from connector.functions.manage.audit_subjects import find_connection
from connector.functions.manage.freshness import fresh, shown
from connector.functions.manage.guard import guarded
from connector.functions.manage.problems import RefusedError
from connector.functions.manage.reading import read_body
from connector.functions.manage.releasing import release

logger = logging.getLogger(__name__)

bp = func.Blueprint()


@bp.function_name("manage_connection")
@bp.route("manage/connection", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=ConnectionView)
async def show(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show as whom we call Spotler, what the licence allows, and what works now."""
    return fresh(req, await _view(services()))


@bp.function_name("manage_save_connection")
@bp.route("manage/connection", methods=["PUT"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, takes=ConnectionChange, answers=ConnectionView, subject=find_connection)
async def save(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
    """Save the key, the secret and the licence, if all checks succeed with them."""
    known = services()
    try:
        await known.connecting.save(_wanted(req), saved_by=caller.object_id)
    except ChecksFailedError as exc:
        found = ChecksView.of(exc.checked).model_dump(mode="json")
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "checks_failed", str(exc), **found
        ) from exc
    except LicenceWorseError as exc:
        both = LicenceWorseView.of(exc).model_dump(mode="json")
        raise RefusedError(HTTPStatus.CONFLICT, "licence_worse", str(exc), **both) from exc
    except ConnectionChangedError as exc:
        raise RefusedError(HTTPStatus.CONFLICT, "connection_changed", str(exc)) from exc
    except PartlySavedError as exc:
        known_of = {"saved": exc.saved, "unsure": exc.unsure}
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE, "partly_saved", str(exc), **known_of
        ) from exc

    await end_jobs_of_others(jobs=known.jobs)
    await release(known)

    return shown(await _view(known))


@bp.function_name("manage_test_connection")
@bp.route("manage/connection/test", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, takes=ConnectionChange, answers=ChecksView)
async def test(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Look whether everything would work with these values, and write nothing."""
    return shown(ChecksView.of(await services().connecting.test(_wanted(req))))


def _wanted(req: func.HttpRequest) -> Wanted:
    change = read_body(req, ConnectionChange)
    secret = Secret(change.secret.get_secret_value()) if change.secret else None

    return Wanted(change.key, secret, change.licence, change.replace_licence)


async def _view(known: Services) -> ConnectionView:
    settings = known.settings
    organisation = OrganisationView(id=known.ourselves.organisation, url=settings.dataverse_url)

    return ConnectionView.of(
        organisation,
        await known.connecting.find(),
        await known.licence.read(),
        await known.connections.look(),
    )
