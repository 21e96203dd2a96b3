"""Where Dataverse tells us that a row changed."""

import asyncio
import hmac
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import azure.functions as func

from connector.adapters.dataverse.webhook import parse_webhook
from connector.application.receive_webhook import Receipt, receive_webhook
from connector.bootstrap import Services, counter, refusing, services
from connector.domain.environment import Environment
from connector.domain.errors import InvalidEventError, MisconfiguredError, TransientError
from connector.domain.refused_call import tag_of
from connector.functions.refusals import RefusalLog
from connector.functions.responses import empty, misconfigured, problem

bp = func.Blueprint()

SECRET_HEADER = "x-connector-secret"  # noqa: S105 - the name of a header
ORGANISATION_HEADER: Final = "x-ms-dynamics-organization"
"""Has the name of the environment's host in every call of Dataverse."""

OTHER: Final = "DATAVERSE_ORGANISATION_ID must be the id of the environment: send it once more"
UNPROVEN: Final = "dynamics must say which organisation it is: send it once more"

LARGEST_BODY = 300 * 1024
MOST_DIGITS = 20

REFUSALS = RefusalLog("webhook refused")


@bp.function_name("dataverse_webhook")
@bp.route("webhooks/dataverse", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
async def dataverse_webhook(req: func.HttpRequest) -> func.HttpResponse:
    """Accept a change and answer at once, or say by 503 that it must come once more."""
    try:
        known = services()
    except MisconfiguredError:
        counter().add("connector.webhook.rejected", reason="misconfigured")
        REFUSALS.tell("misconfigured")
        _note_unserved(req)
        return misconfigured()

    if (refusal := _refuse_unread(req, known)) is not None:
        return refusal

    try:
        notification = parse_webhook(req.get_body())
        receipt = await receive_webhook(
            notification,
            ourselves=known.ourselves,
            queue=known.webhook_queue,
            now=datetime.now(UTC),
        )
    except InvalidEventError as exc:
        return _refuse(known, HTTPStatus.BAD_REQUEST, "invalid_event", str(exc))
    except asyncio.CancelledError:
        known.activity.note_loss(datetime.now(UTC))
        raise
    except TransientError:
        known.activity.note_loss(datetime.now(UTC))
        return _refuse(
            known, HTTPStatus.SERVICE_UNAVAILABLE, "queue_unavailable", "send it once more"
        )

    return await _answer(req, known, receipt)


def _refuse_unread(req: func.HttpRequest, known: Services) -> func.HttpResponse | None:
    """Refuse what is refused whatever its body says."""
    if not _is_trusted(req, known):
        _note_refusal(req, known)
        return _refuse(known, HTTPStatus.UNAUTHORIZED, "wrong_secret", "the secret must be ours")
    if _is_too_large(req):
        return _refuse(
            known, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "a body has 300 KB at most"
        )
    if known.connections.environment is Environment.OTHER:
        _note_loss_of(req, known)
        return _refuse(known, HTTPStatus.SERVICE_UNAVAILABLE, "other_organisation", OTHER)

    return None


def _is_too_large(req: func.HttpRequest) -> bool:
    """Believe a length that is too large; one that is small may be a lie, or missing."""
    said = req.headers.get("content-length", "")
    if said.isdecimal() and len(said) <= MOST_DIGITS and int(said) > LARGEST_BODY:
        return True

    return len(said) > MOST_DIGITS or len(req.get_body()) > LARGEST_BODY


def _is_trusted(req: func.HttpRequest, known: Services) -> bool:
    """Compare with every live secret, in constant time, whichever matches."""
    if known.settings.webhook_auth == "key":
        return True

    given = _secret_of(req)
    matches = [hmac.compare_digest(given, secret) for secret in known.webhook_secrets]

    return any(matches)


def _secret_of(req: func.HttpRequest) -> bytes:
    given: str = req.headers.get(SECRET_HEADER, "")

    return given.encode(errors="surrogateescape")


def _is_of_ours(req: func.HttpRequest, known: Services) -> bool:
    """Tell whether a call names our own environment."""
    named: str = req.headers.get(ORGANISATION_HEADER, "")

    return named.lower() == urlsplit(known.settings.dataverse_url).hostname


def _note_refusal(req: func.HttpRequest, known: Services) -> None:
    """Note what our own environment is refused; whoever calls has a function key at least."""
    if _is_of_ours(req, known):
        tag = tag_of(_secret_of(req), known.ourselves.organisation)
        known.activity.note_refusal(tag, datetime.now(UTC))


def _note_loss_of(req: func.HttpRequest, known: Services) -> None:
    """Note a loss for the organisation that a call names: the settings will, once they are right.

    The call has a secret of ours, or nothing but the function key is asked for.
    """
    with suppress(InvalidEventError):
        organisation = parse_webhook(req.get_body()).organisation
        known.activity_of(organisation).note_loss(datetime.now(UTC))


def _note_unserved(req: func.HttpRequest) -> None:
    """Note with which secret a call came that is lost: which is ours is known once all is right.

    It may turn out that the function key is all that was asked for, which every call has.
    """
    known = refusing()
    if known is not None:
        for secret in {_secret_of(req), b""}:
            tag = tag_of(secret, known.organisation)
            known.activity.note_unserved(tag, datetime.now(UTC))


async def _answer(req: func.HttpRequest, known: Services, receipt: Receipt) -> func.HttpResponse:
    if receipt is Receipt.FOREIGN:
        answer = await _answer_foreign(known)
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE and _is_of_ours(req, known):
            _note_loss_of(req, known)
        return answer

    known.counter.add("connector.webhook.received", outcome=receipt)

    return empty(HTTPStatus.ACCEPTED if receipt is Receipt.ACCEPTED else HTTPStatus.NO_CONTENT)


async def _answer_foreign(known: Services) -> func.HttpResponse:
    """Refuse another organisation for good once it is proven that the settings name ours."""
    await known.connections.look()
    match known.connections.environment:
        case Environment.OURS:
            said = "the organisation must be ours"
            return _refuse(known, HTTPStatus.FORBIDDEN, "foreign_organisation", said)
        case Environment.OTHER:
            return _refuse(known, HTTPStatus.SERVICE_UNAVAILABLE, "other_organisation", OTHER)
        case _:
            return _refuse(known, HTTPStatus.SERVICE_UNAVAILABLE, "unknown_organisation", UNPROVEN)


def _refuse(known: Services, status: HTTPStatus, code: str, detail: str) -> func.HttpResponse:
    known.counter.add("connector.webhook.rejected", reason=code)
    REFUSALS.tell(f"{code}, {detail}")

    return problem(status, code, detail)
