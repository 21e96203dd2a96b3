"""The events can be watched and steered over HTTP."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from devstack.dataverse.events.control import control_routes
from devstack.dataverse.events.options import EventOptions
from devstack.serving import listen
from devstack.tests.dataverse.events_stage import Stage, creation, stage


@pytest.fixture
async def play() -> AsyncIterator[Stage]:
    async with stage() as built:
        yield built


@pytest.fixture
async def control(play: Stage) -> AsyncIterator[aiohttp.ClientSession]:
    app = web.Application()
    app.add_routes(control_routes(play.pipeline))
    runner, port = await listen(app, "127.0.0.1", 0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session

    await runner.cleanup()


async def test_counts_are_shown(play: Stage, control: aiohttp.ClientSession) -> None:
    """
    The state counts what was accepted, delivered, failed, retried and doubled.
    """
    play.register()
    play.receiver.answers.extend([503, 202, 500])
    play.pipeline.options = EventOptions(retry_delay=0, parallel=1)
    await play.tell(creation(play.store))
    await play.tell(creation(play.store))

    async with control.get("/_devstack/events") as response:
        state = await response.json()

    assert state.pop("options")["parallel"] == 1
    assert state == {
        "pending": 0,
        "accepted": 2,
        "delivered": 1,
        "failed": 1,
        "retried": 1,
        "retrying": 0,
        "duplicated": 0,
    }


async def test_options_are_replaced(play: Stage, control: aiohttp.ClientSession) -> None:
    """
    Options put over HTTP hold from then on.
    """
    async with control.put("/_devstack/events", json={"duplicates": 1, "noise": True}) as response:
        assert response.status == 200

    assert play.pipeline.options == EventOptions(duplicates=1.0, noise=True)


@pytest.mark.parametrize("body", ['{"nois": true}', "{", "[]"])
async def test_wrong_options_answer_400(
    play: Stage, control: aiohttp.ClientSession, body: str
) -> None:
    """
    Options that cannot be read are refused and change nothing.
    """
    before = play.pipeline.options

    async with control.put("/_devstack/events", data=body) as response:
        assert response.status == 400

    assert play.pipeline.options is before


async def test_idle_is_awaited(play: Stage, control: aiohttp.ClientSession) -> None:
    """
    The answer comes when nothing is pending any more, or says that it still is.
    """
    play.register()
    play.receiver.answering.clear()
    play.pipeline.on_operations([creation(play.store)])

    async with control.get("/_devstack/events/idle?timeout=0.05") as response:
        assert response.status == 503
        assert (await response.json())["pending"] == 1

    play.receiver.answering.set()
    async with control.get("/_devstack/events/idle") as response:
        assert response.status == 200
        assert (await response.json())["delivered"] == 1


async def test_deliveries_are_listed(play: Stage, control: aiohttp.ClientSession) -> None:
    """
    The last attempts are listed with their status and how long they took.
    """
    play.register()
    made = [creation(play.store) for _ in range(3)]
    play.pipeline.options = EventOptions(parallel=1)
    await play.tell(*made)

    async with control.get("/_devstack/events/deliveries?last=2") as response:
        listed = await response.json()

    assert [one["row_id"] for one in listed] == [one.row_id for one in made[1:]]
    assert {one["status"] for one in listed} == {202}
    assert all(0 < one["seconds"] <= one["since_write"] for one in listed)
    assert listed[0]["size"] == len(play.receiver.received[1].raw)


async def test_webhook_in_one_call(play: Stage, control: aiohttp.ClientSession) -> None:
    """
    One call registers a webhook that is told from then on.
    """
    wanted = {
        "url": play.receiver.url,
        "headers": {"x-functions-key": "k"},
        "tables": ["contact"],
        "images": {"contact": ["fullname"]},
    }

    async with control.post("/_devstack/webhook", json=wanted) as response:
        assert response.status == 201
        endpoint = (await response.json())["serviceendpointid"]

    assert play.store.find("serviceendpoint", endpoint) is not None
    await play.tell(creation(play.store))
    assert play.receiver.received[0].headers["x-functions-key"] == "k"


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({}, id="no url"),
        pytest.param({"url": "http://127.0.0.1/", "table": ["contact"]}, id="unknown field"),
        pytest.param({"url": "http://127.0.0.1/", "tables": ["account"]}, id="unknown table"),
        pytest.param([], id="no object"),
    ],
)
async def test_wrong_webhook_answers_400(
    play: Stage, control: aiohttp.ClientSession, wanted: object
) -> None:
    """
    A webhook that cannot be registered leaves nothing behind.
    """
    async with control.post("/_devstack/webhook", json=wanted) as response:
        assert response.status == 400

    assert play.store.count("serviceendpoint") == 0
    assert play.steps() == []


@pytest.mark.parametrize("path", ["idle?timeout=soon", "deliveries?last=all"])
async def test_wrong_number_answers_400(control: aiohttp.ClientSession, path: str) -> None:
    """
    A number that is none is refused.
    """
    async with control.get(f"/_devstack/events/{path}") as response:
        assert response.status == 400
