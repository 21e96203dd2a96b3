"""The fault switches that all simulators share."""

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from aiohttp import web

from devstack.dataverse import DataverseSimulator
from devstack.faults import CONTROL, Fault, Faults
from devstack.serving import Part, listen
from devstack.spotler import SpotlerSimulator

_SET = Fault(status=503)


@pytest.fixture
def faults() -> Faults:
    built = Faults()
    built.set(_SET)

    return built


@pytest.fixture
async def control(faults: Faults) -> AsyncIterator[aiohttp.ClientSession]:
    app = web.Application(middlewares=[faults.middleware])
    app.add_routes(faults.routes())
    runner, port = await listen(app, "127.0.0.1", 0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session

    await runner.cleanup()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("[", "not a list of faults", id="broken"),
        pytest.param("[" * 100_000, "nested too deeply", id="deep"),
        pytest.param("{}", "a list is wanted", id="no-list"),
        pytest.param("[1]", "each fault must be an object", id="no-object"),
        pytest.param('[{"colour": 1}]', "a fault has no colour", id="unknown"),
        pytest.param('[{"kind": "fire"}]', "kind must be one of status, reset", id="kind"),
        pytest.param('[{"status": "500"}]', "status must be of type int", id="text"),
        pytest.param('[{"status": true}]', "status must be of type int", id="truth"),
        pytest.param('[{"status": 99}]', "status must be at least 200 and at most 599", id="99"),
        pytest.param('[{"status": 299}]', "299 is no status of HTTP", id="299"),
        pytest.param('[{"times": -1}]', "times must be at least 0", id="negative"),
        pytest.param('[{"rate": 1.5}]', "rate must be at least 0 and at most 1", id="rate"),
        pytest.param('[{"seconds": null}]', "seconds must be of type float", id="null"),
        pytest.param('[{"body": 1}]', "body must be of type str or null", id="body"),
        pytest.param('[{"kind": "reset", "body": ""}]', "a body needs the kind status", id="reset"),
        pytest.param('[{"status": 204, "body": ""}]', "a status that can have one", id="no-body"),
        pytest.param('[{"status": 500}, {"kind": 1}]', "kind must be one of", id="second"),
    ],
)
async def test_wrong_fault_is_refused(
    faults: Faults, control: aiohttp.ClientSession, body: str, reason: str
) -> None:
    """
    Faults that cannot be are refused with the reason, and those that were set stay.
    """
    async with control.put(CONTROL, data=body) as answer:
        status, text = answer.status, await answer.text()

    assert status == 400
    assert reason in text
    assert faults.active == [_SET]


async def test_good_faults_replace(faults: Faults, control: aiohttp.ClientSession) -> None:
    """
    Good faults take the place of those before; a whole number is good for a fraction.
    """
    wanted = [{"kind": "latency", "seconds": 1, "method": None}, {"times": 2, "retry_after": 0.5}]

    async with control.put(CONTROL, json=wanted) as answer:
        assert answer.status == 200

    assert faults.active == [Fault(kind="latency", seconds=1), Fault(times=2, retry_after=0.5)]


async def test_given_body_is_answered(faults: Faults, control: aiohttp.ClientSession) -> None:
    """
    A fault with a body answers that body, and says how long to wait if it knows.
    """
    faults.set(
        Fault(status=400, body='{"a": 1}', content_type="application/json", retry_after=2),
        Fault(status=500),
    )

    async with control.get("/anything") as answer:
        assert (answer.status, await answer.json()) == (400, {"a": 1})
        assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize("make", [SpotlerSimulator, DataverseSimulator])
async def test_each_vendor_can_be_shadowed(make: Callable[[], Part]) -> None:
    """
    Both vendors' simulators answer with the page of a proxy, and then as themselves again.
    """
    simulator = make()
    facts = await simulator.start()
    page = {"status": 403, "body": "<h1>Blocked</h1>", "times": 1}
    async with aiohttp.ClientSession() as session:
        async with session.put(str(facts["faults"]), json=[page]) as answer:
            assert answer.status == 200

        async with session.get(f"{facts['url']}/anything") as answer:
            blocked = (answer.status, answer.content_type, await answer.text())

        async with session.get(f"{facts['url']}/anything") as answer:
            free = answer.status
    await simulator.stop()

    assert blocked == (403, "text/html", "<h1>Blocked</h1>")
    assert free != 403
