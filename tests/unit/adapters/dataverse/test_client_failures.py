"""Each failure of Dataverse has one meaning for us."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from connector.adapters.dataverse import client as module
from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.refusals import (
    PreconditionFailedError,
    RefusedError,
    RowNotFoundError,
    UnknownColumnError,
    UnknownTableError,
)
from connector.domain.errors import (
    ConfigurationError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from tests.unit.adapters.dataverse.scripted import (
    BASE,
    Answer,
    NumberedTokens,
    ScriptedDataverse,
    a_refusal,
    no_column,
)

PERSON = "2d9f6b1a-6c1d-f111-8341-6045bd9c4e03"


async def test_refused_token_is_renewed() -> None:
    """
    A token that is refused is replaced once, without anybody noticing.
    """
    crm = ScriptedDataverse(httpx.Response(401), httpx.Response(200, json={"done": True}))

    assert await crm.client().get("WhoAmI") == {"done": True}

    sent = [request.headers["Authorization"] for request in crm.requests]
    assert sent == ["Bearer token-0", "Bearer token-1"]
    assert crm.tokens.refused == ["token-0"]


async def test_second_refusal_needs_operator() -> None:
    """
    A new token that is refused too is a matter for an operator, and no third is tried.
    """
    crm = ScriptedDataverse(httpx.Response(401))

    with pytest.raises(ConfigurationError, match="must accept our token"):
        await crm.client().get("WhoAmI")

    assert len(crm.requests) == 2


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        pytest.param("17", 17, id="stated"),
        pytest.param("0", 0, id="at-once"),
        pytest.param("0.5", 0.5, id="fraction"),
        pytest.param("", 30, id="unstated"),
        pytest.param("soon", 30, id="unreadable"),
        pytest.param("999999", 3600, id="longest"),
        pytest.param("Fri, 31 Jan 2200 12:00:00 GMT", 3600, id="date"),
    ],
)
async def test_throttle_keeps_exact_wait(stated: str, seconds: float) -> None:
    """
    Who is throttled waits as long as Dataverse says, and an hour at most.
    """
    headers = {"Retry-After": stated}
    crm = ScriptedDataverse(a_refusal(429, "0x80072322", "Number of requests", **headers))

    with pytest.raises(RateLimitedError) as caught:
        await crm.client().get("contacts")

    assert caught.value.retry_after == timedelta(seconds=seconds)


async def test_missing_privilege_is_named() -> None:
    """
    The privilege that the role lacks is named, and the user is not.
    """
    message = (
        f"Principal user (Id={PERSON}, type=8, roleCount=1) is missing prvReadContact privilege "
        f"(Id={PERSON}) on OTC=2 for entity 'contact'."
    )
    crm = ScriptedDataverse(a_refusal(403, "0x80040220", message))

    with pytest.raises(ConfigurationError) as caught:
        await crm.client().get("contacts")

    assert str(caught.value) == (
        "the application user must have the privilege prvReadContact (0x80040220)"
    )


async def test_unknown_user_needs_operator() -> None:
    """
    A refusal that names no privilege is about the user as a whole.
    """
    crm = ScriptedDataverse(a_refusal(403, "0x80072560", "The user is not a member"))

    with pytest.raises(ConfigurationError, match="must have access to this environment"):
        await crm.client().get("contacts")


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 412, 413, 414, 418, 451])
@pytest.mark.parametrize(
    "body",
    [b"<html>Forbidden</html>", b"", b'{"error": {}}', b'{"error": "no"}', b"[1]"],
    ids=["page", "empty", "no code", "other error", "other json"],
)
async def test_page_of_a_proxy_is_an_outage(status: int, body: bytes) -> None:
    """
    Who refuses without a code of Dataverse is something on the way: that may pass.
    """
    crm = ScriptedDataverse(*[httpx.Response(status, content=body)] * 2)

    with pytest.raises(TransientError, match="the CRM itself must answer"):
        await crm.client().get("contacts")
    with pytest.raises(TransientError, match="the CRM itself must answer"):
        await crm.client().patch("things(1)", {})


@pytest.mark.parametrize(
    ("property_", "column"),
    [
        pytest.param("spot_colour", "spot_colour", id="plain"),
        pytest.param("_spot_ownerid_value", "spot_ownerid", id="lookup"),
        pytest.param("spot_lifetime_value", "spot_lifetime_value", id="called a value"),
        pytest.param("_spot_by_value_value", "spot_by_value", id="lookup called a value"),
    ],
)
async def test_unknown_column_is_named(property_: str, column: str) -> None:
    """
    A mapping to a column that is not there is for an operator, who is told which.
    """
    crm = ScriptedDataverse(no_column(property_))

    with pytest.raises(UnknownColumnError) as caught:
        await crm.client().get("contacts")

    assert caught.value.column == column
    assert str(caught.value) == f"the mapped column {column} must exist in the CRM"
    assert isinstance(caught.value, ConfigurationError)


@pytest.mark.parametrize("column", ["department", "parentcustomerid"])
async def test_unknown_column_in_other_words(column: str) -> None:
    """
    The query behind the Web API says in words of its own that a column is not there.
    """
    message = (
        f"'Contact' entity doesn't contain attribute with Name = '{column}' and NameMapping = "
        "'Logical'. MetadataCacheDetails: ProviderType=Dynamic, StandardCache=True"
    )
    crm = ScriptedDataverse(a_refusal(400, "0x80041103", message))

    with pytest.raises(UnknownColumnError) as caught:
        await crm.client().get("contacts")

    assert caught.value.column == column


@pytest.mark.parametrize(
    "message",
    [
        "'Contact' entity doesn't contain attribute with Name = 'a b'",
        "'Contact' entity doesn't contain attribute with Name = ''",
        "'Contact' entity doesn't contain attribute with Name = department",
        f"'Contact' entity doesn't contain attribute with Name = '{'x' * 129}'",
        "attribute with Name = 'department'",
    ],
    ids=["two words", "nothing", "bare", "long", "half"],
)
async def test_odd_name_is_no_column(message: str) -> None:
    """
    What is not said as Dataverse says it names no column, and is for an operator.
    """
    crm = ScriptedDataverse(a_refusal(400, "0x80041103", message))

    with pytest.raises(ConfigurationError, match=r"\(status 400, 0x80041103\)") as caught:
        await crm.client().get("contacts")

    assert not isinstance(caught.value, UnknownColumnError)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            a_refusal(404, "0x80060888", "Resource not found for the segment 'leads'."),
            UnknownTableError,
            id="unknown-table",
        ),
        pytest.param(
            a_refusal(404, "0x8006088a", "Resource not found for the segment 'leads'."),
            UnknownTableError,
            id="unknown-table-otherwise",
        ),
        pytest.param(
            a_refusal(404, "0x80040217", f"contact With Id = {PERSON} Does Not Exist"),
            ConfigurationError,
            id="nothing-there",
        ),
        pytest.param(
            a_refusal(404, "0x80060891", "no such path"), ConfigurationError, id="wrong-address"
        ),
        pytest.param(
            a_refusal(412, "0x80060882", "The version of the existing record"),
            TransientError,
            id="strange-condition",
        ),
        pytest.param(
            a_refusal(400, "0x80060888", "The query parameter $skip is not supported"),
            ConfigurationError,
            id="bad-question",
        ),
        pytest.param(a_refusal(413, "0x80072345", "too large"), ConfigurationError, id="too-large"),
        pytest.param(httpx.Response(408), TransientError, id="request-time-out"),
        pytest.param(a_refusal(500, "0x80040216", "SQL"), TransientError, id="server-error"),
        pytest.param(httpx.Response(502), TransientError, id="bad-gateway"),
        pytest.param(httpx.Response(503), TransientError, id="unavailable"),
        pytest.param(httpx.ReadTimeout("slow"), TransientError, id="time-out"),
        pytest.param(httpx.ReadError("reset"), TransientError, id="reset"),
        pytest.param(httpx.PoolTimeout("busy"), TransientError, id="pool"),
        pytest.param(httpx.Response(200, text="<html>"), TransientError, id="no-json"),
        pytest.param(httpx.Response(200, json=[1]), TransientError, id="no-object"),
        pytest.param(httpx.Response(200, text='{"a":NaN}'), TransientError, id="not-a-number"),
        pytest.param(httpx.Response(200, text="[" * 10_000), TransientError, id="too-deep"),
    ],
)
async def test_failure_is_translated(answer: Answer, expected: type[Exception]) -> None:
    """
    Each failure of Dataverse becomes one of ours, and repeats nobody's id.
    """
    crm = ScriptedDataverse(answer)

    with pytest.raises(expected) as caught:
        await crm.client().get("contacts")

    assert PERSON not in str(caught.value)


@pytest.mark.parametrize("status", range(400, 600))
async def test_read_never_fails_for_good(status: int) -> None:
    """
    Whatever the status, a read comes back later or waits for an operator.
    """
    crm = ScriptedDataverse(a_refusal(status, "0x80040217", "no"))

    with pytest.raises((TransientError, ConfigurationError)):
        await crm.client().get("contacts")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(a_refusal(404, "0x80040217", "gone"), RowNotFoundError, id="row-gone"),
        pytest.param(a_refusal(412, "0x80060882", "new"), PreconditionFailedError, id="changed"),
    ],
)
async def test_row_in_another_state(answer: Answer, expected: type[Exception]) -> None:
    """
    Who writes is told that the row is gone, or is not as it was read.
    """
    crm = ScriptedDataverse(answer)

    with pytest.raises(expected):
        await crm.client().patch("things(1)", {})


async def test_refused_write_is_permanent() -> None:
    """
    What Dataverse will not take as it is, is not sent again.
    """
    crm = ScriptedDataverse(a_refusal(400, "0x80040265", "no, says the plug-in"))

    with pytest.raises(RefusedError, match=r"\(status 400, 0x80040265\)") as caught:
        await crm.client().patch("things(1)", {})

    assert isinstance(caught.value, PermanentError)


async def test_attribute_of_a_plug_in_is_a_refusal() -> None:
    """
    A plug-in that asks for a column which is gone refuses what is written, and no mapping.
    """
    message = "'Contact' entity doesn't contain attribute with Name = 'spot_x'"
    crm = ScriptedDataverse(a_refusal(400, "0x80041103", message))

    with pytest.raises(RefusedError):
        await crm.client().patch("things(1)", {})


async def test_strange_refusal_is_tolerated() -> None:
    """
    A refusal without a readable error is told by its status, without its text.
    """
    crm = ScriptedDataverse(a_refusal(400, "<script>", "canary"))

    with pytest.raises(ConfigurationError, match=r"\(status 400, no code\)"):
        await crm.client().get("contacts")


async def test_redirect_is_not_followed() -> None:
    """
    Our token goes nowhere but to the address that was configured.
    """
    crm = ScriptedDataverse(httpx.Response(302, headers={"Location": "https://elsewhere.test/"}))

    with pytest.raises(ConfigurationError, match="must not lead to another"):
        await crm.client().get("contacts")

    assert len(crm.requests) == 1


async def test_dripping_answer_ends() -> None:
    """
    The time-out is for the whole answer, however steadily it drips.
    """
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Drip()))
    client = DataverseClient(BASE, NumberedTokens(), transport=transport, timeout=0.05)

    with pytest.raises(TransientError, match=r"the CRM must answer within 0\.05 s"):
        await client.get("contacts")


async def test_huge_answer_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An answer that is larger than we hold in memory is not read to its end.
    """
    monkeypatch.setattr(module, "LARGEST_ANSWER", 100)
    crm = ScriptedDataverse(httpx.Response(200, json={"value": ["x" * 100]}))

    with pytest.raises(TransientError, match="more than 100 bytes"):
        await crm.client().get("contacts")


class Drip(httpx.AsyncByteStream):
    """Never ends."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.001)
            yield b" "


async def test_unreachable_crm_comes_back() -> None:
    """
    A port where nobody listens is a failure that passes.
    """
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    client = DataverseClient(f"http://127.0.0.1:{port}", NumberedTokens())

    with pytest.raises(TransientError, match=r"\(ConnectError\)"):
        await client.get("WhoAmI")

    await client.close()
