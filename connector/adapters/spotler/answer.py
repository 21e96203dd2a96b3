"""Turns an answer of Spotler into what it means for us: JSON, or an error by its consequence."""

from http import HTTPStatus

import httpx

from connector.adapters.json_body import read_json
from connector.adapters.retry_after import to_wait
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
WRONG_REQUEST = "INVALID_PARAMS"
UNKNOWN_CONTACT = "CONTACT_NOT_FOUND"
UNKNOWN_KEY = "AUTH_NOT_FOUND"
ADDRESS = "the address must be that of spotler's api: it answered {}"


class RefusedError(PermanentError):
    """A refusal in Spotler's own words; the gateway says what that means for a contact."""

    def __init__(self, status: int, error_type: str | None) -> None:
        """Take the status and Spotler's own word, where it gave one."""
        self.status = status
        self.error_type = error_type
        self.code: str = error_type or f"HTTP_{status}"
        super().__init__(f"spotler must accept the request: it answered {status} {self.code}")

    @property
    def is_of_request(self) -> bool:
        """Tell whether the request was refused, which says nothing of the contact in it."""
        return self.code == WRONG_REQUEST

    @property
    def is_of_contact(self) -> bool:
        """Tell whether the call was carried out, and the contact is what was wrong with it."""
        is_of_path = self.status == HTTPStatus.NOT_FOUND or self.is_of_request

        return self.is_unknown_contact or not is_of_path

    @property
    def is_unknown_contact(self) -> bool:
        """Tell whether Spotler does not know the contact; some answer that with a 400.

        A 404 with another word is about something else, a path for instance.
        """
        is_bare = self.error_type is None and self.status == HTTPStatus.NOT_FOUND

        return is_bare or self.error_type == UNKNOWN_CONTACT


def to_json(
    response: httpx.Response, body: bytes, dialect: SpotlerDialect, *, is_read: bool
) -> object:
    """Return the decoded body of a good answer, None when it has none; raise for any other.

    Only a 204 to a write may have none, and an error is no good answer whatever its status.
    """
    if not response.is_success:
        raise to_error(response, body, dialect)

    if response.status_code == HTTPStatus.NO_CONTENT and not body and not is_read:
        return None

    try:
        answer = read_json(body, allow_nan=True)
    except ValueError as exc:
        raise TransientError("spotler's answer must be json") from exc

    if isinstance(answer, dict) and "errorType" in answer:
        raise to_doubt(response.status_code, to_error_type(body), dialect)

    return answer


def check_done(response: httpx.Response, body: bytes, dialect: SpotlerDialect) -> None:
    """Raise unless something was done: only an answer without a body says so, by its status.

    Documented is 204; what answers otherwise may have taken the call and done nothing yet.
    """
    if not response.is_success:
        raise to_error(response, body, dialect)

    if body or response.status_code not in dialect.done_statuses:
        raise to_doubt(response.status_code, to_error_type(body), dialect)


def to_doubt(status: int, error_type: str | None, dialect: SpotlerDialect) -> ConnectorError:
    """Return the error of an answer whose status is good and whose body is not."""
    if error_type in dialect.unauthorised_types:
        return to_unauthorised(status, error_type)

    if error_type in dialect.refusing_words:
        return RefusedError(status, error_type)

    return TransientError(f"spotler's body must fit its status: {status} {said(error_type)}")


def to_error(response: httpx.Response, body: bytes, dialect: SpotlerDialect) -> ConnectorError:
    """Return the error that says what happens next; the status decides, the body may soften it.

    Only Spotler refuses for good, and only in words that are known to: a page, an empty body or a
    new word may come from a proxy or from a Spotler that is being renewed. Such an answer passes,
    or is parked as given up after the last attempt. No contact is at fault for it.
    """
    status = response.status_code
    retry_after = response.headers.get("Retry-After")
    error_type = to_error_type(body)

    if error_type in dialect.unauthorised_types:
        return to_unauthorised(status, error_type)

    if status in dialect.unauthorised_statuses:
        is_page = bool(body.strip()) and error_type is None
        is_doubtful = is_page and not dialect.refuses_key_by_page

        return to_foreign(status) if is_doubtful else to_unauthorised(status, error_type)

    if status == HTTPStatus.TOO_MANY_REQUESTS or (response.is_server_error and retry_after):
        wait = to_wait(retry_after, usual=dialect.usual_wait, longest=dialect.longest_wait)
        return RateLimitedError(f"spotler must have room: it answered {status}", retry_after=wait)

    if response.is_server_error or status in PASSING:
        return TransientError(f"spotler must be up: it answered {status}")

    is_bare_404 = status == HTTPStatus.NOT_FOUND and not body
    if is_bare_404 and dialect.bare_404_is_unknown:
        return RefusedError(status, None)

    return to_refusal(status, error_type, dialect)


def to_refusal(status: int, error_type: str | None, dialect: SpotlerDialect) -> ConnectorError:
    """Return the error of an answer that asks for something else than to come back later."""
    if status not in {*REFUSALS, HTTPStatus.NOT_FOUND}:
        return ConfigurationError(ADDRESS.format(status))

    if error_type in dialect.refusing_words:
        return RefusedError(status, error_type)

    if error_type is None and status == HTTPStatus.NOT_FOUND:
        return ConfigurationError(ADDRESS.format(status))

    return TransientError(f"spotler must refuse in words of its own: {status} {said(error_type)}")


def to_foreign(status: int) -> TransientError:
    """Return the error of a 401 or 403 whose page or text is not Spotler's.

    A proxy that stands between answers so, and then nothing is wrong with the key. One that is
    wrong is told by Spotler's word or by no body at all; should an account answer with a page, a
    switch of the dialect says so.
    """
    return TransientError(
        f"spotler must answer itself: a {status} came with a page, from a proxy perhaps; "
        "if it stays, key and secret must be looked at too"
    )


def said(error_type: str | None) -> str:
    """Return Spotler's word, or that it is none."""
    return error_type or "without a word of spotler's"


def to_unauthorised(status: int, error_type: str | None) -> CredentialsRefusedError:
    """Return the error of a key that is not accepted."""
    return CredentialsRefusedError(
        f"spotler must accept our key: it answered {status}",
        is_key_unknown=error_type == UNKNOWN_KEY,
    )


def to_error_type(body: bytes) -> str | None:
    """Return Spotler's word for a failure, or None when it is not Spotler that speaks."""
    try:
        return ErrorResponse.model_validate(read_json(body)).error_type
    except ValueError:
        return None
