import inspect
import json
import logging
import tracemalloc

import azure.functions as func
import pytest

from connector.adapters.manage_api.record_queries import SendRecords
from connector.adapters.manage_api.sign_in import MeView
from connector.domain.caller import Caller
from connector.domain.errors import TransientError
from connector.domain.role import Role
from connector.functions.manage import auditing
from connector.functions.manage.auditing import RefusalNotes
from connector.functions.manage.guard import LARGEST_BODY, Route, guarded, public, role_of
from connector.functions.responses import document
from tests.unit.functions.manage.calls import a_call, told
from tests.unit.functions.world import World


@guarded(Role.READER)
async def read(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
    """Is a route for readers."""
    return document({"object_id": caller.object_id})


@guarded(Role.ADMIN)
async def change(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
    """Is a route for administrators."""
    return document({"object_id": caller.object_id})


@public(answers=MeView)
async def look(req: func.HttpRequest) -> func.HttpResponse:
    """Is a route for everyone."""
    return document({})


async def test_handler_learns_who_asks(world: World) -> None:
    """
    The handler is told who signed in, by the object id that an audit needs.
    """
    answer = await read(a_call(token="reader"))

    assert answer.status_code == 200
    assert json.loads(answer.get_body()) == {"object_id": "object-id-of-reader"}


@pytest.mark.feature("F60", "F62", "F63")
@pytest.mark.parametrize(
    ("token", "may_read", "may_change"),
    [
        ("admin", 200, 200),
        ("reader", 200, 403),
        ("nobody", 403, 403),
        ("stranger", 401, 401),
        (None, 401, 401),
    ],
)
async def test_role_decides(
    world: World, token: str | None, may_read: int, may_change: int
) -> None:
    """
    Each role opens its routes and no others; who is unknown opens none.
    """
    assert (await read(a_call(token=token))).status_code == may_read
    assert (await change(a_call("POST", token=token))).status_code == may_change


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_scheme_is_written_in_many_ways(world: World, scheme: str) -> None:
    """
    HTTP compares the name of a scheme without case.
    """
    call = a_call(token=None, headers={"Authorization": f"{scheme} reader"})

    assert (await read(call)).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    ["", "reader", "Bearer", "Bearer ", "Basic reader", "Bearerreader", "Bearer reader,Bearer x"],
)
async def test_without_a_bearer_is_401(world: World, authorization: str) -> None:
    """
    Anything but one bearer token is no sign-in, and the answer says what would be.
    """
    answer = await read(a_call(token=None, headers={"Authorization": authorization}))

    assert told(answer) == (401, "unauthorised")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_flood_of_strangers_is_one_line(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """
    However often strangers call, each is counted and the log does not grow with them.
    """
    for _ in range(50):
        assert (await read(a_call(token=None))).status_code == 401

    assert [record.getMessage() for record in caplog.records] == [
        "manage call refused: unauthorised, a bearer token must come with the call"
    ]
    assert world.counter.counts == {("connector.manage.rejected", "unauthorised"): 50}


async def test_platform_header_is_ignored(world: World) -> None:
    """
    `X-MS-CLIENT-PRINCIPAL` is unsigned, and lets nobody in.
    """
    answer = await read(
        a_call(
            token=None,
            headers={
                "X-MS-CLIENT-PRINCIPAL": "eyJyb2xlcyI6WyJDb25uZWN0b3IuQWRtaW4iXX0=",
                "X-MS-CLIENT-PRINCIPAL-ID": "object-id-of-admin",
                "X-MS-TOKEN-AAD-ACCESS-TOKEN": "admin",
            },
        )
    )

    assert told(answer) == (401, "unauthorised")


async def test_unconfigured_sign_in_lets_nobody_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Where nobody has said who signs people in, nobody is in, and the answer says what to set.
    """
    monkeypatch.setattr("connector.functions.manage.guard.sign_in", lambda: None)

    answer = await read(a_call())

    assert told(answer) == (503, "sign_in_not_configured")


async def test_authority_out_of_reach_is_503(world: World) -> None:
    """
    When the keys cannot be fetched the caller is asked to come back, not to sign in again.
    """
    assert world.sign_in is not None
    world.sign_in.errors = [TransientError("Entra must be reachable")]

    answer = await read(a_call())

    assert told(answer) == (503, "try_again_later")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("site", "origin", "status"),
    [
        pytest.param("same-origin", "https://connector.example", 200, id="own page"),
        pytest.param("same-origin", None, 200, id="own page, no origin"),
        pytest.param(None, "https://connector.example", 200, id="own page, old browser"),
        pytest.param("cross-site", "https://evil.example", 403, id="other site"),
        pytest.param("cross-site", "https://connector.example", 403, id="other site, own origin"),
        pytest.param("same-site", "https://other.connector.example", 403, id="neighbour"),
        pytest.param("none", None, 403, id="address bar"),
        pytest.param("same-origin,cross-site", None, 403, id="both"),
        pytest.param(None, "https://evil.example", 403, id="other site, old browser"),
        pytest.param(None, "http://connector.example", 403, id="in the open"),
        pytest.param(None, "https://connector.example.evil.example", 403, id="longer name"),
        pytest.param(None, "null", 403, id="sandboxed"),
        pytest.param(None, None, 403, id="not said"),
    ],
)
async def test_changes_come_from_our_page(
    world: World, site: str | None, origin: str | None, status: int
) -> None:
    """
    A change that another site had a browser ask for is refused, whoever is signed in.
    """
    answer = await change(a_call("POST", headers={"Sec-Fetch-Site": site, "Origin": origin}))

    assert answer.status_code == status


async def test_reading_may_come_from_anywhere(world: World) -> None:
    """
    To read needs no origin: without a token there is nothing to read.
    """
    assert (await read(a_call(headers={"Sec-Fetch-Site": "cross-site"}))).status_code == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonp", 415),
        ("text/plain; application/json", 415),
        (None, 415),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_changes_are_json(world: World, method: str, kind: str | None, status: int) -> None:
    """
    A form that any page may send changes nothing: only JSON does.
    """
    answer = await change(a_call(method, headers={"Content-Type": kind}))

    assert answer.status_code == status


async def test_bodies_have_a_cap(world: World) -> None:
    """
    A body that no page sends is refused before anybody reads it.
    """
    assert (await change(a_call("POST", body=b"x" * LARGEST_BODY))).status_code == 200

    answer = await change(a_call("POST", body=b"x" * (LARGEST_BODY + 1)))

    assert told(answer) == (413, "too_large")


@pytest.mark.parametrize("token", ["nobody", "reader", "admin"])
async def test_large_body_is_read_for_nobody(world: World, token: str) -> None:
    """
    The size comes before the role: a body over the limit is read neither to act nor to note it.
    """

    @guarded(Role.ADMIN, takes=SendRecords)
    async def send(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
        """Is a route that takes records."""
        raise AssertionError("what is too large must not come through")

    one = {"table": "contact", "id": "11111111-2222-3333-4444-555555555555"}
    call = a_call("POST", token=token, body={"records": [one] * 50_000})
    tracemalloc.start()
    try:
        answer = await send(call)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert told(answer) == (413, "too_large")
    assert peak < LARGEST_BODY
    [entry] = world.trail.entries
    assert (entry.named, world.trail.results[entry.id].status) == ((), 413)


async def test_stranger_learns_nothing_of_the_rules(world: World) -> None:
    """
    Who asks is looked at first: a stranger's malformed call is a 401 like any other.
    """
    odd = {"Content-Type": "text/plain", "Sec-Fetch-Site": None}
    call = a_call("POST", token="stranger", headers=odd)

    assert (await change(call)).status_code == 401


async def test_public_routes_are_open(world: World) -> None:
    """
    What is public needs no token, and its answer has the headers of all others.
    """
    answer = await look(a_call(token=None))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("route", "name", "role"),
    [(read, "read", Role.READER), (change, "change", Role.ADMIN), (look, "look", None)],
)
def test_host_sees_a_plain_function(route: Route, name: str, role: Role | None) -> None:
    """
    The host finds a coroutine with the one parameter that it knows, named after the handler.
    """
    assert inspect.iscoroutinefunction(route)
    assert list(inspect.signature(route).parameters) == ["req"]
    assert role_of(route) is role
    assert route.__name__ == name


@pytest.mark.parametrize(
    ("token", "line"),
    [("admin", "test_guard.change asked for, answered 200"), ("reader", "answered 403")],
)
async def test_changes_are_noted(
    world: World, token: str, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    """
    The log says who asked for a change and what came of it, and nothing of what was sent.
    """
    caplog.set_level(logging.INFO)

    await change(a_call("POST", token=token, body={"canary": "canary"}))
    await read(a_call(token=token))

    [noted] = [one for one in caplog.records if "asked for" in one.getMessage()]
    assert line in noted.getMessage()
    assert vars(noted)["caller"] == f"object-id-of-{token}"
    assert "canary" not in caplog.text


async def test_change_is_noted(world: World) -> None:
    """
    Who asked for a change is noted before it is made, and what came of it afterwards.
    """
    call = a_call("POST", headers={"If-Match": '"7"'}, route={"job": "12"})

    assert (await change(call)).status_code == 200

    [entry] = world.trail.entries
    noted = (entry.caller, entry.action, entry.target, entry.seen)
    assert noted == ("object-id-of-admin", "test_guard.change", "12", '"7"')
    assert world.trail.results[entry.id].status == 200


async def test_no_value_is_noted(world: World) -> None:
    """
    Whatever somebody puts into an address or a header, the audit holds ids and versions alone.
    """
    name = "jan@example.nl"

    await change(a_call("POST", headers={"If-Match": name}, route={"job": name}))

    [entry] = world.trail.entries
    assert (entry.target, entry.seen) == ("?", "?")


async def test_looking_is_not_noted(world: World) -> None:
    """
    Who looks at what names nobody leaves no entry, and neither does a stranger.
    """
    await read(a_call())
    await change(a_call("POST", token="stranger"))

    assert not world.trail.entries


@pytest.mark.parametrize(
    ("route", "call", "status"),
    [
        pytest.param(change, a_call("POST", token="reader"), 403, id="a reader who changes"),
        pytest.param(read, a_call(token="nobody"), 403, id="nobody who looks"),
        pytest.param(change, a_call("POST", headers={"Origin": "x"}), 200, id="allowed"),
        pytest.param(
            change, a_call("POST", headers={"Sec-Fetch-Site": "cross-site"}), 403, id="other site"
        ),
        pytest.param(
            change, a_call("POST", headers={"Content-Type": "text/plain"}), 415, id="no JSON"
        ),
    ],
)
async def test_refusals_are_noted(
    world: World, route: Route, call: func.HttpRequest, status: int
) -> None:
    """
    What a signed-in person was refused is one entry with the status that they got.
    """
    assert (await route(call)).status_code == status

    [entry] = world.trail.entries
    assert world.trail.results[entry.id].status == status


async def test_refusals_are_noted_once_a_minute(world: World) -> None:
    """
    Who is refused again and again is noted once a minute for each route, then with the count.
    """
    for _ in range(300):
        await change(a_call("POST", token="reader"))
    await change(a_call("POST", token="nobody"))
    await read(a_call(token="nobody"))
    await change(a_call("POST", headers={"Content-Type": "text/plain"}))
    assert len(world.trail.entries) == 4

    world.now += 60
    for _ in range(3):
        await change(a_call("POST", token="reader"))

    assert len(world.trail.entries) == 5
    named = [[*world.trail.results[one.id].named] for one in world.trail.entries]
    assert named == [[], [], [], [], ["left_out=299"]]


async def test_unwritten_refusal_is_noted_next(world: World) -> None:
    """
    A refusal that could not be noted counts, and leaves the minute to the next one.
    """
    world.trail.failure = TransientError("table storage must be reachable")
    for _ in range(2):
        await change(a_call("POST", token="reader"))
    world.trail.failure = None
    await change(a_call("POST", token="reader"))

    [entry] = world.trail.entries
    assert [*world.trail.results[entry.id].named] == ["left_out=2"]


async def test_noted_kinds_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    However many people are refused, a worker remembers a bounded number of them.
    """
    monkeypatch.setattr(auditing, "MOST_KINDS", 2)
    kinds = [("one", "read", 403), ("two", "read", 403), ("three", "read", 403)]
    notes = RefusalNotes(lambda: world.now)

    assert [notes.begin(kind) for kind in kinds] == [0, 0, 0]
    assert [notes.begin(kind) for kind in (kinds[2], kinds[1], kinds[0])] == [None, None, 0]


async def test_refusal_stands_though_not_noted(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Who may not do something is told so, also while the audit cannot be written.
    """
    world.trail.failure = TransientError("table storage must be reachable")

    assert told(await change(a_call("POST", token="reader"))) == (403, "role_missing")
    assert "a refusal is not noted" in caplog.text


async def test_looks_at_people_are_noted(world: World) -> None:
    """
    A route that shows a person's values notes who looked at whom, before anything is shown.
    """

    @guarded(Role.READER, audit=True)
    async def look_up(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
        """Is a route that shows a person."""
        return document({"by": caller.object_id, "how": req.method})

    call = a_call(token="reader", route={"table": "contact", "id": "7"})
    assert (await look_up(call)).status_code == 200
    [entry] = world.trail.entries
    assert (entry.caller, entry.target) == ("object-id-of-reader", "contact/7")

    world.trail.failure = TransientError("table storage must be reachable")
    assert told(await look_up(call)) == (503, "try_again_later")


async def test_change_that_cannot_be_noted_is_not_made(world: World) -> None:
    """
    While the audit cannot be written nothing is changed, and the caller is told to come back.
    """
    world.trail.failure = TransientError("table storage must be reachable")
    made: list[str] = []

    @guarded(Role.ADMIN)
    async def make(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
        """Is a route that makes something."""
        made.append(caller.object_id)
        return document({"by": req.method})

    assert told(await make(a_call("POST"))) == (503, "try_again_later")
    assert not made


async def test_result_that_cannot_be_noted(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """
    What was done is done, also when its result cannot be noted any more.
    """

    @guarded(Role.ADMIN)
    async def make(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
        """Is a route that makes something, after which the tables are away."""
        world.trail.failure = TransientError("table storage must be reachable")
        return document({"by": caller.object_id, "how": req.method})

    assert (await make(a_call("POST"))).status_code == 200
    assert "an audit entry has no result" in caplog.text
