import json
import logging
from datetime import timedelta
from http import HTTPStatus

import azure.functions as func
import pytest

from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    ContactRejectedError,
    InvalidEventError,
    MappingError,
    RateLimitedError,
    TransientError,
)
from connector.domain.role import ForbiddenError, UnauthorisedError
from connector.functions.manage.problems import HEADERS, RefusedError, answer
from connector.functions.responses import document
from tests.unit.functions.manage.calls import a_call

ADVICE = ("WWW-Authenticate", "Retry-After")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def ask(outcome: func.HttpResponse | Exception, **headers: str | None) -> func.HttpResponse:
    async def handle() -> func.HttpResponse:
        if isinstance(outcome, Exception):
            raise outcome

        return outcome

    return await answer(a_call(headers=headers), handle())


@pytest.mark.parametrize(
    ("error", "status", "code", "header"),
    [
        (UnauthorisedError("x"), 401, "unauthorised", ("WWW-Authenticate", "Bearer")),
        (ForbiddenError("x"), 403, "role_missing", None),
        (RefusedError(HTTPStatus.CONFLICT, "running", "x"), 409, "running", None),
        (ConfigurationError("x"), 409, "configuration", None),
        (MappingError("x"), 422, "impossible", None),
        (InvalidEventError("x"), 422, "impossible", None),
        (ContactRejectedError("x"), 422, "impossible", None),
        (TransientError("x"), 503, "try_again_later", ("Retry-After", "5")),
        (
            RateLimitedError("x", retry_after=timedelta(seconds=61.2)),
            503,
            "rate_limited",
            ("Retry-After", "62"),
        ),
        (ConnectorError("x"), 500, "failed", None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_class_of_an_error_decides(
    error: ConnectorError, status: int, code: str, header: tuple[str, str] | None
) -> None:
    """
    Each class of error has one status and one code, whichever route it comes from.
    """
    response = await ask(error)

    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert json.loads(response.get_body())["code"] == code
    advice = [(n, response.headers[n]) for n in ADVICE if n in response.headers]
    assert advice == ([header] if header else [])


async def test_problem_tells_no_more(caplog: pytest.LogCaptureFixture) -> None:
    """
    A caller gets a sentence and an id; the chain of causes stays here, and the log has that id.
    """
    error = TransientError("spotler must be reachable")
    error.__cause__ = OSError("10.0.0.1 refused the secret")

    with caplog.at_level(logging.WARNING):
        content = json.loads((await ask(error)).get_body())

    assert set(content) == {"title", "status", "code", "detail", "correlation_id"}
    assert content["detail"] == "spotler must be reachable"
    [record] = caplog.records
    assert vars(record)["correlation"] == content["correlation_id"]


async def test_trace_goes_on() -> None:
    """
    The id of a problem is the one under which the host traces the call.
    """
    response = await ask(ForbiddenError("x"), traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")

    assert json.loads(response.get_body())["correlation_id"] == TRACE


@pytest.mark.parametrize("sent", [None, "", "00-x-y-01", f"{TRACE}\nforged line"])
async def test_odd_trace_is_not_repeated(sent: str | None) -> None:
    """
    What is no trace is not taken over: an id of our own stands for it.
    """
    ids = {
        json.loads((await ask(ForbiddenError("x"), traceparent=sent)).get_body())["correlation_id"]
        for _ in range(2)
    }

    assert len(ids) == 2
    assert all(one.isalnum() and len(one) == 32 for one in ids)


@pytest.mark.parametrize(
    "outcome",
    [document({}), ForbiddenError("x"), ConnectorError("x")],
    ids=["good", "bad", "worse"],
)
async def test_every_answer_is_guarded(outcome: func.HttpResponse | Exception) -> None:
    """
    No answer is kept by a browser, framed, sniffed, or run as a page.
    """
    response = await ask(outcome)

    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


async def test_handler_may_say_more() -> None:
    """
    A header that the handler set stays as it is.
    """
    response = document({})
    response.headers["Cache-Control"] = "private"

    assert (await ask(response)).headers["Cache-Control"] == "private"


async def test_bug_is_for_the_host() -> None:
    """
    What no class of ours describes is a bug: it goes up to the host, which logs it and says 500.
    """
    with pytest.raises(ZeroDivisionError):
        await ask(ZeroDivisionError())
