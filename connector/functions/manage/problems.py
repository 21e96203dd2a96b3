"""How every manage route answers: guarded headers, and a problem for each error by its class."""

import logging
import math
import re
import uuid
from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import Final

import azure.functions as func

from connector.domain.brake import BrakeError
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    MisconfiguredError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from connector.domain.job_errors import (
    JobForbiddenError,
    JobNotFoundError,
    JobRunningError,
    JobStateError,
    JobUnavailableError,
)
from connector.domain.mapping_errors import MappingsChangedError
from connector.domain.role import ForbiddenError, UnauthorisedError
from connector.functions.refusals import RefusalLog
from connector.functions.responses import GUARDED, problem

logger = logging.getLogger(__name__)

REFUSALS: Final = RefusalLog("manage call refused")
"""Is for those whom nobody knows: they can call as often as they like."""

HEADERS: Final = {
    **GUARDED,
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
}

PROBLEMS: Final[Mapping[type[Exception], tuple[HTTPStatus, str]]] = {
    UnauthorisedError: (HTTPStatus.UNAUTHORIZED, "unauthorised"),
    ForbiddenError: (HTTPStatus.FORBIDDEN, "role_missing"),
    JobNotFoundError: (HTTPStatus.NOT_FOUND, "job_not_found"),
    JobRunningError: (HTTPStatus.CONFLICT, "job_running"),
    JobStateError: (HTTPStatus.CONFLICT, "job_state"),
    JobUnavailableError: (HTTPStatus.UNPROCESSABLE_ENTITY, "job_unavailable"),
    JobForbiddenError: (HTTPStatus.FORBIDDEN, "licence_forbids"),
    BrakeError: (HTTPStatus.CONFLICT, "brake"),
    MappingsChangedError: (HTTPStatus.PRECONDITION_FAILED, "mappings_changed"),
    RateLimitedError: (HTTPStatus.SERVICE_UNAVAILABLE, "rate_limited"),
    TransientError: (HTTPStatus.SERVICE_UNAVAILABLE, "try_again_later"),
    MisconfiguredError: (HTTPStatus.SERVICE_UNAVAILABLE, "misconfigured"),
    ConfigurationError: (HTTPStatus.CONFLICT, "configuration"),
    PermanentError: (HTTPStatus.UNPROCESSABLE_ENTITY, "impossible"),
    ConnectorError: (HTTPStatus.INTERNAL_SERVER_ERROR, "failed"),
}
"""What the class of an error means to who called; the nearest class counts."""

USUAL_WAIT_SECONDS: Final = 5

_TRACE = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class RefusedError(ConnectorError):
    """Refuses a call for what it is, with a status, a code and members of its own."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, **members: object) -> None:
        """Take what the caller is told; members stand in the problem beside the usual ones."""
        super().__init__(detail)
        self.status = status
        self.code = code
        self.members = members


async def answer(
    req: func.HttpRequest, handling: Awaitable[func.HttpResponse]
) -> func.HttpResponse:
    """Answer as the handler says, or with the problem that its error means."""
    try:
        response = await handling
    except ConnectorError as exc:
        response = _to_problem(exc, _correlation(req))

    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)

    return response


def _to_problem(error: ConnectorError, correlation: str) -> func.HttpResponse:
    status, code = meaning_of(error)
    if isinstance(error, UnauthorisedError):
        REFUSALS.tell(f"{code}, {error}")
    else:
        told = {"correlation": correlation}
        logger.warning("manage call refused: %s, %s", code, error, extra=told)

    return problem(
        status,
        code,
        str(error),
        headers=_advice(error),
        correlation_id=correlation,
        **_members(error),
    )


def meaning_of(error: ConnectorError) -> tuple[HTTPStatus, str]:
    """Return by which status and code an error is told."""
    if isinstance(error, RefusedError):
        return error.status, error.code

    return next(PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS)


def _advice(error: ConnectorError) -> dict[str, str]:
    match error:
        case UnauthorisedError():
            return {"WWW-Authenticate": "Bearer"}
        case RateLimitedError():
            return {"Retry-After": str(math.ceil(error.retry_after.total_seconds()))}
        case TransientError():
            return {"Retry-After": str(USUAL_WAIT_SECONDS)}
        case _:
            return {}


def _members(error: ConnectorError) -> Mapping[str, object]:
    """Return what stands in a problem beside the usual members."""
    match error:
        case RefusedError():
            return error.members
        case MisconfiguredError():
            return {"faults": error.faults}
        case BrakeError():
            return {"count": error.count, "limit": error.limit}
        case _:
            return {}


def _correlation(req: func.HttpRequest) -> str:
    """Return the id under which the call is traced, or a new one."""
    trace = _TRACE.fullmatch(req.headers.get("traceparent", ""))

    return trace[1] if trace else uuid.uuid4().hex
