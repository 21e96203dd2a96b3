"""What the simulator answers: success, refusals in the vendor's words, and loud ignorance."""

import json
import logging
from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus

from aiohttp import web

from devstack.faults import Fault, retry_headers

_log = logging.getLogger(__name__)


class ErrorType(StrEnum):
    """The vendor's classes of failure, with the vendor's spelling."""

    INVALID_PARAMS = "INVALID_PARAMS"
    INVALID_STATE = "INVALID_STATE"
    NAME_ALREADY_IN_USE = "NAME_ALREADY_IN_USE"
    ID_NOTUNIQUE = "ID_NOTUNIQUE"
    PRODUCT_NOTFOUND = "PRODUCT_NOTFOUND"
    AUTH_NOT_FOUND = "AUTH_NOT_FOUND"
    NOT_AUTHORIZED = "NOT_AUTHORIZED"
    CONTACT_NOT_FOUND = "CONTACT_NOT_FOUND"
    CONTACT_OPTOUT = "CONTACT_OPTOUT"
    CONTACT_ALREADY_EXISTS = "CONTACT_ALREADY_EXISTS"
    INVALID_PROPERTY = "INVALID_PROPERTY"
    BACKEND_EXCEPTION = "BACKEND_EXCEPTION"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    TRIGGER_NOTFOUND = "TRIGGER_NOTFOUND"
    CAMPAIGN_NOTFOUND = "CAMPAIGN_NOTFOUND"
    MAILING_NOTFOUND = "MAILING_NOTFOUND"
    INVALID_MAILING = "INVALID_MAILING"


class Refusal(Exception):  # noqa: N818  # an answer that the vendor gives, not a mistake of ours
    """The vendor says no."""

    def __init__(self, status: HTTPStatus, error_type: ErrorType, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.message = message


class NotSimulated(Exception):  # noqa: N818  # likewise an answer
    """The caller asks for something of which the simulator does not know what Spotler does."""


def invalid(message: str) -> Refusal:
    """Return the refusal of a call that is malformed."""
    return Refusal(HTTPStatus.BAD_REQUEST, ErrorType.INVALID_PARAMS, message)


def wrong_state(message: str) -> Refusal:
    """Return the refusal of a call that comes at the wrong moment."""
    return Refusal(HTTPStatus.BAD_REQUEST, ErrorType.INVALID_STATE, message)


def found(data: object, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Answer with JSON, whose content type Spotler sends without a charset."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    try:
        body = text.encode()
    except UnicodeEncodeError:
        # Half a character can only be written as an escape.
        body = json.dumps(data, separators=(",", ":")).encode()

    return web.Response(status=status, body=body, content_type="application/json")


def done() -> web.Response:
    """Answer a write: no body."""
    return web.Response(status=HTTPStatus.NO_CONTENT)


def refused(
    status: int, error_type: str, message: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with the vendor's error body."""
    answer = found({"errorType": error_type, "message": message}, HTTPStatus(status))
    answer.headers.update(headers or {})

    return answer


def not_simulated(message: str) -> web.Response:
    """Answer 501 and say on the log as well what is missing."""
    _log.warning("not simulated: %s", message)

    return refused(HTTPStatus.NOT_IMPLEMENTED, "NOT_SIMULATED", message)


def throttled(seconds: int) -> web.Response:
    """Answer that the caller is too fast."""
    return refused(
        HTTPStatus.TOO_MANY_REQUESTS,
        ErrorType.INVALID_STATE,
        "Too many requests",
        {"Retry-After": str(seconds)},
    )


_FAULTS = {
    HTTPStatus.UNAUTHORIZED: ErrorType.NOT_AUTHORIZED,
    HTTPStatus.FORBIDDEN: ErrorType.NOT_AUTHORIZED,
    HTTPStatus.NOT_FOUND: ErrorType.RESOURCE_NOT_FOUND,
    HTTPStatus.BAD_REQUEST: ErrorType.INVALID_PARAMS,
    HTTPStatus.TOO_MANY_REQUESTS: ErrorType.INVALID_STATE,
}


def fault_answer(fault: Fault) -> web.Response:
    """Answer a status that a fault switch asks for, in the vendor's shape."""
    status = HTTPStatus(fault.status)
    error_type = _FAULTS.get(status, ErrorType.BACKEND_EXCEPTION)

    return refused(status, error_type, status.phrase, retry_headers(fault))
