import inspect
import json
import logging

import azure.functions as func
import pytest

from connector.adapters.manage_api.sign_in import MeView
from connector.domain.caller import Caller
from connector.domain.errors import TransientError
from connector.domain.role import Role
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
    noted = (entry.caller, entry.action, entry.target, entry.before)
    assert noted == ("object-id-of-admin", "test_guard.change", "12", '"7"')
    assert world.trail.results[entry.id].status == 200


async def test_no_value_is_noted(world: World) -> None:
    """
    Whatever somebody puts into an address or a header, the audit holds ids and versions alone.
    """
    name = "jan@example.nl"

    await change(a_call("POST", headers={"If-Match": name}, route={"job": name}))

    [entry] = world.trail.entries
    assert (entry.target, entry.before) == ("?", "?")


async def test_looking_is_not_noted(world: World) -> None:
    """
    Who only looks, or may not do what is asked, leaves no entry.
    """
    await read(a_call())
    await change(a_call("POST", token="reader"))

    assert not world.trail.entries


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
