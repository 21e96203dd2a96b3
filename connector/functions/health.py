"""Whether the connector works, in one word."""

from http import HTTPStatus

import azure.functions as func

from connector.application.check_connections import Health
from connector.bootstrap import services
from connector.domain.errors import MisconfiguredError
from connector.functions.responses import document

bp = func.Blueprint()


@bp.function_name("health")
@bp.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the host's contract
    """Say ok or degraded."""
    try:
        state = await services().connections.check()
    except MisconfiguredError:
        state = Health.DEGRADED
    status = HTTPStatus.OK if state is Health.OK else HTTPStatus.SERVICE_UNAVAILABLE

    return document({"status": state}, status)
