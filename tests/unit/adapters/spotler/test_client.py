"""Raw calls: one pool, encoded paths, a deadline, and nothing personal in the log."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator

import httpx
import pytest

from connector.adapters.spotler import client as module
from connector.adapters.spotler.client import SpotlerClient, to_segment
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.domain.connection import (
    Credentials,
    CredentialsRefusedError,
    OtherAccountError,
    Secret,
)
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    ContactRejectedError,
    System,
    TransientError,
)
from tests.unit.adapters.spotler.scripted import (
    BASE,
    PROPERTIES_PATH,
    WHO,
    ScriptedSpotler,
    refusal,
)


def as_it_is(answer: object) -> object:
    return answer


async def call(client: SpotlerClient, verb: str, path: str, *ids: str, **given: object) -> object:
    """Call by a verb; what answers is read as it is."""
    read = {} if verb == "put" else {"read": as_it_is}

    return await getattr(client, verb)(path, *ids, **given, **read)


async def test_reads_and_decodes() -> None:
    """
    A read asks for JSON below the base, signed and without a body, and returns it decoded.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x", httpx.Response(200, json=[1]))

    answer = await spotler.client().get("/x", read=as_it_is)

    [request] = spotler.requests
    assert answer == [1]
    assert str(request.url) == f"{BASE}/x"
    assert request.method == "GET"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Authorization"].startswith("OAuth ")
    assert "Content-Type" not in request.headers


@pytest.mark.parametrize("verb", ["post", "put"])
async def test_writes_send_json(verb: str) -> None:
    """
    A write sends JSON and says so; an answer without content is nothing.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x", httpx.Response(204))

    answer = await call(spotler.client(), verb, "/x", body={"a": "é"})

    [request] = spotler.requests
    assert answer is None
    assert request.method == verb.upper()
    assert request.headers["Content-Type"] == "application/json"
    assert request.content == b'{"a":"\\u00e9"}'


async def test_half_surrogate_is_sent() -> None:
    """
    A broken character in one contact does not stop the call for all the others.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x", httpx.Response(204))

    await spotler.client().post("/x", read=as_it_is, body=["\ud83d"])

    assert spotler.requests[0].content == b'["\\ud83d"]'


async def test_put_without_body() -> None:
    """
    Where the path says it all there is no body, and no type of one.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x/1", httpx.Response(204))

    await spotler.client().put("/x/{}", "1")

    [request] = spotler.requests
    assert request.content == b""
    assert "Content-Type" not in request.headers


@pytest.mark.parametrize(
    ("external_id", "segment"),
    [
        pytest.param("0a1b-2c", "0a1b-2c", id="guid"),
        pytest.param("a/b?c#d", "a%2Fb%3Fc%23d", id="reserved"),
        pytest.param("a%2Fb", "a%252Fb", id="encoded already"),
        pytest.param("é {}", "%C3%A9%20%7B%7D", id="letters and braces"),
        pytest.param("../list", "..%2Flist", id="way up"),
    ],
)
async def test_id_is_one_segment(external_id: str, segment: str) -> None:
    """
    Whatever an id holds, it stays one segment of the path.
    """
    spotler = ScriptedSpotler()
    spotler.on(f"/contact/{segment}/x", httpx.Response(204))

    await spotler.client().put("/contact/{}/x", external_id)

    assert spotler.calls == {f"/contact/{segment}/x": 1}


@pytest.mark.parametrize("external_id", ["", ".", "..", "\ud800"])
def test_id_must_fit_a_path(external_id: str) -> None:
    """
    Whoever has an id that would make another path of it, or none, is refused alone.
    """
    with pytest.raises(ContactRejectedError, match="an id must be"):
        to_segment(external_id)


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(httpx.ConnectError("no route to jan@example.nl"), id="connect"),
        pytest.param(httpx.ReadError("reset"), id="reset"),
        pytest.param(httpx.RemoteProtocolError("nonsense"), id="protocol"),
        pytest.param(httpx.ReadTimeout("slow"), id="timeout"),
        pytest.param(httpx.PoolTimeout("busy"), id="pool"),
    ],
)
async def test_broken_connection_tried_again(failure: Exception) -> None:
    """
    A system that cannot be reached is asked again later.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x", failure)

    with pytest.raises(TransientError) as caught:
        await spotler.client().get("/x", read=as_it_is)

    assert "jan" not in str(caught.value)
    assert spotler.calls == {"/x": 1}


async def test_broken_compression_tried_again() -> None:
    """
    A body that cannot be unpacked is as good as none.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x", lambda _: packed(b"this is not gzip"))

    with pytest.raises(TransientError, match=r"reachable \(DecodingError\)"):
        await spotler.client().get("/x", read=as_it_is)


async def test_endless_answer_ends() -> None:
    """
    The deadline is for the whole call: an answer that trickles in for ever ends at it.
    """
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Trickle()))
    client = SpotlerClient(BASE, WHO, transport=transport, timeout=0.05)

    with pytest.raises(TransientError, match=r"within 0\.05 s"):
        await client.get("/x", read=as_it_is)


async def test_huge_answer_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An answer that unpacks to more than we hold in memory is not read to its end.
    """
    monkeypatch.setattr(module, "LARGEST_ANSWER", 1000)
    spotler = ScriptedSpotler()
    spotler.on("/x", lambda _: packed(gzip.compress(b" " * 1001)))
    spotler.on("/y", lambda _: packed(gzip.compress(b" " * 996 + b"null")))

    with pytest.raises(TransientError, match="more than 1000 bytes"):
        await spotler.client().get("/x", read=as_it_is)

    assert await spotler.client().get("/y", read=as_it_is) is None


async def test_redirect_is_not_followed() -> None:
    """
    Nobody sends our signature to another host: a redirect means that the address is wrong.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x", httpx.Response(307, headers={"Location": "https://evil.test/x"}))

    with pytest.raises(ConfigurationError, match="307"):
        await spotler.client().get("/x", read=as_it_is)

    assert spotler.calls == {"/x": 1}


async def test_dialect_reads_the_answers() -> None:
    """
    The client reads answers by the dialect that it was given.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x", refusal(400, "GO_AWAY"))
    dialect = SpotlerDialect(unauthorised_types=frozenset({"GO_AWAY"}))

    with pytest.raises(ConfigurationError):
        await spotler.client(dialect=dialect).get("/x", read=as_it_is)


async def test_callers_take_turns() -> None:
    """
    No more calls are under way at once than there are connections, and all are made.
    """
    crowd = Crowd()
    client = SpotlerClient(
        BASE, WHO, transport=httpx.MockTransport(crowd.answer), max_connections=3
    )

    await asyncio.gather(*(client.get("/x", read=as_it_is) for _ in range(20)))

    assert (crowd.most, crowd.served) == (3, 20)


async def test_one_pool_for_all_calls() -> None:
    """
    The pool is opened by the first call and shared; after closing the next call opens a new one.
    """
    spotler = ScriptedSpotler()
    client = spotler.client()
    await client.close()

    await client.get(PROPERTIES_PATH, read=as_it_is)
    first = client._connections._opened
    await client.get(PROPERTIES_PATH, read=as_it_is)
    assert client._connections._opened is first is not None

    await client.close()
    assert first.is_closed

    await client.get(PROPERTIES_PATH, read=as_it_is)
    assert client._connections._opened is not first


async def test_default_pool_is_bounded() -> None:
    """
    The real pool never holds more connections than we set, keeps them, and retries connecting.
    """
    client = SpotlerClient(BASE, WHO, max_connections=5)

    opened = client._connections.http()

    assert isinstance(opened._transport, httpx.AsyncHTTPTransport)
    pool = opened._transport._pool
    assert (pool._max_connections, pool._max_keepalive_connections, pool._retries) == (5, 5, 2)
    assert opened.timeout == httpx.Timeout(30.0)
    await client.close()


async def test_log_holds_no_values(caplog: pytest.LogCaptureFixture) -> None:
    """
    Each call is one line with method, path template, status and time, and nothing else.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/jan", refusal(400, "INVALID_PROPERTY", "jan@example.nl"))
    spotler.on("/x", httpx.ConnectError("jan"))
    client = spotler.client()

    with caplog.at_level(logging.DEBUG, logger="connector"):
        with pytest.raises(TransientError):
            await client.get("/x", read=as_it_is)
        await asyncio.gather(
            client.put("/contact/{}", "jan", body={"email": "jan@example.nl"}),
            return_exceptions=True,
        )

    lines = [one.getMessage() for one in caplog.records if one.name.startswith("connector")]
    assert [line.rpartition(" in ")[0] for line in lines] == [
        "GET /x answered not at all",
        "PUT /contact/{} answered 400",
    ]


class Renewing:
    """Is the `SpotlerCredentials` that has others once, or none."""

    def __init__(self, *others: Credentials) -> None:
        self.known = Credentials("key", Secret("secret"))
        self.others = [*others]

    async def get(self, *, now: bool = False) -> Credentials:  # noqa: ARG002 - the port
        return self.known

    async def renewed(self, refused: Credentials) -> Credentials | None:
        assert refused == self.known
        if not self.others:
            return None

        self.known = self.others.pop()
        return self.known


@pytest.mark.parametrize(
    ("verb", "answer"), [("get", httpx.Response(200, json=[])), ("put", httpx.Response(204))]
)
async def test_renewed_secret_is_tried_once(verb: str, answer: httpx.Response) -> None:
    """
    A call that is refused is made once more when another secret was saved meanwhile.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x", httpx.Response(401), answer)
    who = Renewing(Credentials("key", Secret("newer")))

    client = SpotlerClient(BASE, who, transport=httpx.MockTransport(spotler.answer))
    await call(client, verb, "/x")

    assert spotler.calls == {"/x": 2}


@pytest.mark.parametrize("others", [(), (Credentials("key", Secret("wrong")),)])
async def test_refusal_stands(others: tuple[Credentials, ...]) -> None:
    """
    Without others the refusal stands, and others that are refused are not tried twice.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x", httpx.Response(401))
    client = SpotlerClient(BASE, Renewing(*others), transport=httpx.MockTransport(spotler.answer))

    with pytest.raises(CredentialsRefusedError):
        await client.get("/x", read=as_it_is)

    assert spotler.calls == {"/x": 1 + len(others)}


async def test_other_account_is_only_read() -> None:
    """
    What was made for the fields of one account is not written to another: it comes back.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x", httpx.Response(401), httpx.Response(200, json=[1]))
    transport = httpx.MockTransport(spotler.answer)
    others = Credentials("other", Secret("secret"))

    with pytest.raises(TransientError, match="made for the account"):
        await SpotlerClient(BASE, Renewing(others), transport=transport).put("/x")

    spotler.on("/x", httpx.Response(401), httpx.Response(200, json=[1]))
    client = SpotlerClient(BASE, Renewing(others), transport=transport)
    assert await client.get("/x", read=as_it_is) == [1]
    assert await client.account() == others.account


async def test_client_of_one_account() -> None:
    """
    A client for one account shares the connections, and calls nobody once others are saved.
    """
    spotler = ScriptedSpotler()
    who = Renewing()
    client = SpotlerClient(BASE, who, transport=httpx.MockTransport(spotler.answer))
    bound = client.for_account(await client.account())

    await bound.get(PROPERTIES_PATH, read=as_it_is)
    await client.get(PROPERTIES_PATH, read=as_it_is)
    who.known = Credentials("other", Secret("secret"))
    for call in (
        bound.get(PROPERTIES_PATH, read=as_it_is),
        bound.post("/x", read=as_it_is, body={}),
        bound.put("/x"),
    ):
        with pytest.raises(OtherAccountError):
            await call

    assert bound._connections is client._connections
    assert spotler.calls == {PROPERTIES_PATH: 2}


async def test_refused_account_is_not_left() -> None:
    """
    Who is refused in one account does not even read in the one that was connected meanwhile.
    """
    spotler = ScriptedSpotler()
    spotler.on("/x", httpx.Response(401))
    who = Renewing(Credentials("other", Secret("secret")))
    client = SpotlerClient(BASE, who, transport=httpx.MockTransport(spotler.answer))

    with pytest.raises(OtherAccountError):
        await client.for_account(await client.account()).get("/x", read=as_it_is)

    assert spotler.calls == {"/x": 1}


def packed(content: bytes) -> httpx.Response:
    """Return a response that is unpacked only when it is read."""
    return httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(content)
    )


class Trickle(httpx.AsyncByteStream):
    """Never ends."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.001)
            yield b" "


class Crowd:
    """Counts who is served at the same time."""

    def __init__(self) -> None:
        self.now = self.most = self.served = 0

    async def answer(self, _: httpx.Request) -> httpx.Response:
        self.now += 1
        self.most = max(self.most, self.now)
        for _turn in range(5):
            await asyncio.sleep(0)
        self.now -= 1
        self.served += 1

        return httpx.Response(200, json=[])


@pytest.mark.parametrize(
    ("verb", "path", "ids", "part"),
    [
        ("post", "/contact/list", (), System.SPOTLER_LISTS),
        ("put", "/contact/{}", ("7",), System.SPOTLER_WITHDRAWALS),
        ("put", "/contact/anonymize/{}", ("7",), System.SPOTLER_ANONYMISING),
        ("get", "/contact/{}", ("7",), System.SPOTLER_PEOPLE),
        ("get", "/contact/search", (), System.SPOTLER_SEARCH),
        ("get", PROPERTIES_PATH, (), System.SPOTLER),
    ],
)
async def test_each_part_is_told_apart(
    verb: str, path: str, ids: tuple[str, ...], part: System
) -> None:
    """
    What is carried out is told by its part, by every client of an account too; a failure names it.
    """
    spotler = ScriptedSpotler()
    is_read = verb == "get"
    done = httpx.Response(200, json=[]) if is_read else httpx.Response(204)
    spotler.on(path.format(*ids), done, httpx.Response(403, content=b"<h1>a proxy</h1>"))
    told: list[System] = []
    transport = httpx.MockTransport(spotler.answer)
    client = SpotlerClient(BASE, WHO, transport=transport, worked=told.append)
    bound = client.for_account(await client.account())
    body: dict[str, object] = {} if is_read else {"body": {}}

    await call(bound, verb, path, *ids, **body)
    with pytest.raises(TransientError) as failed:
        await call(bound, verb, path, *ids, **body)

    assert told == [part]
    assert failed.value.system is part


@pytest.mark.parametrize(
    ("verb", "path", "part"),
    [
        ("post", "/contact/list", System.SPOTLER_LISTS),
        ("get", "/contact/search", System.SPOTLER_SEARCH),
        ("get", PROPERTIES_PATH, System.SPOTLER),
    ],
)
async def test_unreadable_answer_proves_nothing(verb: str, path: str, part: System) -> None:
    """
    An answer of which its caller can read nothing is none: the part did not work, and is named.
    """
    spotler = ScriptedSpotler()
    spotler.on(path, httpx.Response(200, json=[]))
    told: list[System] = []
    body: dict[str, object] = {"body": {}} if verb == "post" else {}

    def read(_: object) -> object:
        raise TransientError("it must be readable")

    with pytest.raises(TransientError) as failed:
        await getattr(spotler.client(worked=told.append), verb)(path, read=read, **body)

    assert told == []
    assert failed.value.system is part


@pytest.mark.parametrize(
    ("status", "code", "is_told"),
    [
        (400, "CONTACT_NOT_FOUND", True),
        (400, "PROPERTY_INVALID", True),
        (404, "RESOURCE_NOT_FOUND", False),
        (400, "BACKEND_EXCEPTION", False),
    ],
)
async def test_word_on_a_contact_is_an_answer(status: int, code: str, *, is_told: bool) -> None:
    """
    What Spotler says of one contact proves that the part works; that there is none such does not.
    """
    spotler = ScriptedSpotler()
    spotler.on("/contact/7", refusal(status, code))
    told: list[System] = []
    transport = httpx.MockTransport(spotler.answer)
    client = SpotlerClient(BASE, WHO, transport=transport, worked=told.append)

    with pytest.raises(ConnectorError):
        await client.put("/contact/{}", "7", body={})

    assert told == ([System.SPOTLER_WITHDRAWALS] if is_told else [])
