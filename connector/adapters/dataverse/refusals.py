"""What Dataverse refuses, told in our own errors; its texts hold ids and names and stay here.

A read never fails for good: it comes back later, or an operator must act. Only what we write can
be refused for what it is.
"""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import httpx
from pydantic import ValidationError

from connector.adapters.dataverse.models import Refusal, RefusalBody
from connector.adapters.retry_after import to_wait
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    PermanentError,
    RateLimitedError,
    TransientError,
)

_UNKNOWN_COLUMN = re.compile(r"property named '(\w{1,128})'", re.ASCII)
_UNKNOWN_ATTRIBUTE = re.compile(
    r"entity doesn't contain attribute with Name = '(\w{1,128})'", re.ASCII
)
"""Words of the query behind the Web API (0x80041103)."""

_LOOKUP = re.compile(r"_(\w+)_value", re.ASCII)
_NO_ROW: Final = "0x80040217"
_UNKNOWN_TABLE: Final = "0x80041102"
_UNKNOWN_SEGMENT: Final = ("0x80060888", "0x8006088a")
_PRIVILEGE = re.compile(r"\bprv\w{1,128}", re.ASCII)
_CODE = re.compile(r"0x[0-9a-f]{1,8}", re.ASCII | re.IGNORECASE)
_NOT_NOW: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
_USUAL_WAIT: Final = timedelta(seconds=30)


class UnknownColumnError(ConfigurationError):
    """Was asked for a column that the table does not have."""

    def __init__(self, column: str) -> None:
        """Take the column's logical name."""
        super().__init__(f"the mapped column {column} must exist in the CRM")
        self.column = column


class UnknownTableError(ConfigurationError):
    """Was asked for a table that the environment does not have."""


class PrivilegeMissingError(ConfigurationError):
    """Was asked for what the application user's role does not allow."""


class RowNotFoundError(PermanentError):
    """Was told to change a row that is not there."""


class NoSuchRowError(ConfigurationError):
    """The CRM says of a row that was asked for by its id that it is not there."""


class PreconditionFailedError(PermanentError):
    """Found the row in another state than the caller required."""

    def __init__(self, code: str) -> None:
        """Take Dataverse's code: a changed row, a duplicate and a taken key have each their own."""
        super().__init__(f"the row must be as it was read ({code})")
        self.code = code


class RefusedError(PermanentError):
    """Was refused by Dataverse for what is written."""


def to_error(response: httpx.Response, body: bytes) -> ConnectorError:
    """Return what a refusal means for us.

    https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors
    """
    status = response.status_code
    if status in _NOT_NOW or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _to_transient_error(response)

    if status == HTTPStatus.UNAUTHORIZED:
        return ConfigurationError("the CRM must accept our token: tenant and address must fit")

    refusal = _find_refusal(body)
    if refusal is None:
        return TransientError("the CRM itself must answer: something on the way to it refuses")

    return _to_own_error(response, refusal)


def _to_own_error(response: httpx.Response, refusal: Refusal) -> ConnectorError:
    """Return what a refusal of Dataverse itself means."""
    match response.status_code:
        case HTTPStatus.FORBIDDEN:
            return _to_privilege_error(refusal)
        case HTTPStatus.NOT_FOUND:
            return _to_missing_error(response, refusal)
        case HTTPStatus.PRECONDITION_FAILED:
            return _to_precondition_error(response, refusal)
        case _:
            return _to_request_error(response, refusal)


def _find_refusal(body: bytes) -> Refusal | None:
    """Find the error in an answer; the page of a proxy has none: only Dataverse gives a code."""
    try:
        refusal = RefusalBody.model_validate_json(body).error
    except ValidationError:
        return None

    return refusal if refusal.code else None


def _to_transient_error(response: httpx.Response) -> TransientError:
    """Return that it is too busy, with the wait that it states, or out of order."""
    status = response.status_code
    if status != HTTPStatus.TOO_MANY_REQUESTS:
        return TransientError(f"the CRM must be able to answer (status {status})")

    wait = to_wait(response.headers.get("Retry-After"), usual=_USUAL_WAIT)

    return RateLimitedError("the CRM must have time to catch up", retry_after=wait)


def _to_privilege_error(refusal: Refusal) -> PrivilegeMissingError:
    """Name the privilege that is missing, not the user who misses it."""
    privilege = _PRIVILEGE.search(refusal.message)
    wanted = f"the privilege {privilege[0]}" if privilege else "access to this environment"

    return PrivilegeMissingError(f"the application user must have {wanted} ({_to_code(refusal)})")


def _to_missing_error(response: httpx.Response, refusal: Refusal) -> ConnectorError:
    """Tell a table that the environment lacks, an address that is wrong, and a row that is gone."""
    if refusal.code.lower() in _UNKNOWN_SEGMENT:
        return UnknownTableError("the table must exist in the CRM")
    if _is_read(response) and refusal.code.lower() == _NO_ROW:
        return NoSuchRowError("the row must exist in the CRM")
    if _is_read(response):
        return ConfigurationError(f"the CRM's address must be right ({_to_code(refusal)})")

    return RowNotFoundError("the row must exist in the CRM")


def _to_precondition_error(response: httpx.Response, refusal: Refusal) -> ConnectorError:
    """Tell a row that changed; a read has no condition that could fail."""
    if _is_read(response):
        return TransientError(f"the CRM must be able to answer ({_to_code(refusal)})")

    return PreconditionFailedError(_to_code(refusal))


def _is_read(response: httpx.Response) -> bool:
    return response.request.method == "GET"


def _to_request_error(response: httpx.Response, refusal: Refusal) -> ConnectorError:
    """Tell a column that is not there from anything else in our request.

    The text is looked at and not the code: old environments answer code 0x0.
    """
    if refusal.code.lower() == _UNKNOWN_TABLE:
        return UnknownTableError("the table must exist in the CRM")

    column = _find_unknown_column(refusal.message, is_read=_is_read(response))
    if column:
        return UnknownColumnError(column)

    problem = f"(status {response.status_code}, {_to_code(refusal)})"
    if _is_read(response):
        return ConfigurationError(f"the CRM must understand our question {problem}")

    return RefusedError(f"the CRM must accept what we write {problem}")


def _find_unknown_column(message: str, *, is_read: bool) -> str | None:
    """Find the column that a refusal says is not there.

    Of a write, a plug-in may have asked for the attribute.
    """
    named = _UNKNOWN_COLUMN.search(message)
    if named is None and is_read:
        named = _UNKNOWN_ATTRIBUTE.search(message)

    return _to_column(named[1]) if named else None


def _to_column(property_: str) -> str:
    """Return whose property it is: only a lookup's has something before and behind the name.

    A column of any other type may itself be called something with `_value` at its end.
    """
    lookup = _LOOKUP.fullmatch(property_)

    return lookup[1] if lookup else property_


def _to_code(refusal: Refusal) -> str:
    """Return the code when it looks like one."""
    return refusal.code if _CODE.fullmatch(refusal.code) else "no code"
