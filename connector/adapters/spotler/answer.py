"""Turns an answer of Spotler into what it means for us: JSON, or an error by its consequence."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx
from pydantic import ValidationError
from pydantic_core import from_json

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.models import ErrorResponse
from connector.domain.connection import CredentialsRefusedError
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    PermanentError,
    RateLimitedError,
    TransientError,
)

REFUSALS = frozenset({400, 409, 413, 417, 422})
PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})
UNKNOWN_CONTACT = "CONTACT_NOT_FOUND"
UNKNOWN_KEY = "AUTH_NOT_FOUND"
OUTAGE = "BACKEND_EXCEPTION"


class RefusedError(PermanentError):
    """Was understood by Spotler and refused; the gateway says what that means for a contact."""

    def __init__(self, status: int, error_type: str | None) -> None:
        """Take the status and Spotler's own word, where it gave one."""
        self.status = status
        self.code = error_type or f"HTTP_{status}"
        super().__init__(f"spotler must accept the request: it answered {status} {self.code}")

    @property
    def is_unknown_contact(self) -> bool:
        """Tell whether Spotler does not know whom we mean; some answer that with a 400."""
        return self.status == HTTPStatus.NOT_FOUND or self.code == UNKNOWN_CONTACT


def to_json(response: httpx.Response, body: bytes, dialect: SpotlerDialect) -> object:
    """Return the decoded body of a good answer, None when it has none; raise for any other."""
    if not response.is_success:
        raise to_error(response, body, dialect)

    if not body:
        return None

    try:
        return from_json(body)
    except ValueError as exc:
        raise TransientError("spotler's answer must be json") from exc


def check_done(response: httpx.Response, body: bytes, dialect: SpotlerDialect) -> None:
    """Raise unless something was done: only an answer without a body says so."""
    if not response.is_success:
        raise to_error(response, body, dialect)

    if body:
        raise to_doubt(response.status_code, to_error_type(body), dialect)


def to_doubt(status: int, error_type: str | None, dialect: SpotlerDialect) -> ConnectorError:
    """Return the error of an answer whose status is good and whose body is not."""
    if error_type in dialect.unauthorised_types:
        return to_unauthorised(status, error_type)

    if error_type in {None, OUTAGE}:
        return TransientError("spotler must answer without a body")

    return RefusedError(status, error_type)


def to_error(response: httpx.Response, body: bytes, dialect: SpotlerDialect) -> ConnectorError:
    """Return the error that says what happens next; the status decides, the body is a hint."""
    status = response.status_code
    retry_after = response.headers.get("Retry-After")
    error_type = to_error_type(body)

    if status in dialect.unauthorised_statuses or error_type in dialect.unauthorised_types:
        return to_unauthorised(status, error_type)

    if status == HTTPStatus.TOO_MANY_REQUESTS or (response.is_server_error and retry_after):
        wait = to_wait(retry_after, now=datetime.now(UTC), dialect=dialect)
        return RateLimitedError(f"spotler must have room: it answered {status}", retry_after=wait)

    if response.is_server_error or status in PASSING:
        return TransientError(f"spotler must be up: it answered {status}")

    is_unknown = status == HTTPStatus.NOT_FOUND and (error_type or dialect.bare_404_is_unknown)
    if is_unknown or status in REFUSALS:
        return RefusedError(status, error_type)

    return ConfigurationError(f"the address must be that of spotler's api: it answered {status}")


def to_unauthorised(status: int, error_type: str | None) -> CredentialsRefusedError:
    """Return the error of a key that is not accepted."""
    said = f"spotler must accept our key: it answered {status}"

    return CredentialsRefusedError(said, is_key_unknown=error_type == UNKNOWN_KEY)


def to_error_type(body: bytes) -> str | None:
    """Return Spotler's word for a failure, or None when it is not Spotler that speaks."""
    try:
        return ErrorResponse.model_validate_json(body).error_type
    except ValidationError:
        return None


def to_wait(retry_after: str | None, *, now: datetime, dialect: SpotlerDialect) -> timedelta:
    """Return how long to wait: the header says seconds or a date, or nothing that we can read."""
    seconds = _seconds(retry_after or "", now)
    if seconds is None:
        return dialect.usual_wait

    return timedelta(seconds=min(max(seconds, 0.0), dialect.longest_wait.total_seconds()))


def _seconds(retry_after: str, now: datetime) -> float | None:
    try:
        seconds = float(retry_after)
    except ValueError:
        return _seconds_until(retry_after, now)

    return None if math.isnan(seconds) else seconds


def _seconds_until(date: str, now: datetime) -> float | None:
    try:
        until = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None

    # A date that does not name its zone is in UTC by RFC 9110, part 5.6.7.
    return (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
