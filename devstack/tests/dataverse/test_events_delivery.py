"""Events reach the endpoint as the platform would post them, and leave a system job behind."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from devstack.dataverse.events.options import EventOptions
from devstack.dataverse.values import Choice, Lookup
from devstack.tests.dataverse.events_stage import (
    CORRELATION,
    Stage,
    creation,
    email_update,
    stage,
)


@pytest.fixture
async def play() -> AsyncIterator[Stage]:
    async with stage() as built:
        yield built


async def test_headers_describe_event(play: Stage) -> None:
    """
    The headers name the environment, the table, the message and the user's action.
    """
    play.register()

    await play.tell(creation(play.store))

    headers = play.receiver.received[0].headers
    assert headers["x-ms-dynamics-organization"] == "voorbeeld.crm4.dynamics.com"
    assert headers["x-ms-dynamics-entity-name"] == "contact"
    assert headers["x-ms-dynamics-request-name"] == "Create"
    assert headers["x-ms-correlation-request-id"] == CORRELATION
    assert headers["Content-Type"].startswith("application/json")
    assert "x-ms-dynamics-msg-size-exceeded" not in headers


async def test_key_in_query(play: Stage) -> None:
    """
    A webhook key arrives as the code in the query, whatever letters it has.
    """
    play.register(code="a+b/c==&d")

    await play.tell(creation(play.store))

    assert play.receiver.received[0].query == {"code": "a+b/c==&d"}


async def test_settings_as_headers(play: Stage) -> None:
    """
    The settings of an endpoint with headers arrive as these headers, and nothing in the query.
    """
    secrets = {"x-functions-key": "k<&1", "x-connector-secret": 'q"2'}
    play.register(headers=secrets)

    await play.tell(creation(play.store))

    received = play.receiver.received[0]
    assert {name: received.headers[name] for name in secrets} == secrets
    assert received.query == {}


async def test_settings_in_query(play: Stage) -> None:
    """
    The settings of an endpoint with query pairs arrive in the query.
    """
    endpoint = play.register()
    document = '<settings><setting name="who" value="us" /></settings>'
    play.store.update("serviceendpoint", endpoint, {"authtype": Choice(6), "authvalue": document})

    await play.tell(creation(play.store))

    assert play.receiver.received[0].query == {"who": "us"}


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_gateway_error_is_retried(play: Stage, status: int) -> None:
    """
    A gateway error earns one further attempt with the same job.
    """
    play.register()
    play.receiver.answers.append(status)

    first, second = await play.tell(creation(play.store))

    assert first["OperationId"] == second["OperationId"]
    assert play.pipeline.history.retried == 1
    assert play.pipeline.history.delivered == 1
    assert play.jobs() == []


async def test_second_refusal_is_final(play: Stage) -> None:
    """
    Two gateway errors lose the event; a failed job says which step lost which row.
    """
    play.register(messages=("Create",), tables=("contact",))
    play.receiver.answers.extend([503, 503])
    made = creation(play.store)

    contexts = await play.tell(made)

    [job] = play.jobs()
    [step] = play.steps()
    assert len(contexts) == 2
    assert job.id == contexts[0]["OperationId"]
    assert (job.get("statecode"), job.get("statuscode")) == (Choice(3), Choice(31))
    assert job.get("owningextensionid") == Lookup("sdkmessageprocessingstep", step.id)
    assert job.get("regardingobjectid") == Lookup("contact", made.row_id)
    assert "503" in str(job.get("message"))
    assert job.get("retrycount") == 1


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429, 500, 501])
async def test_other_refusals_are_final(play: Stage, status: int) -> None:
    """
    Every other answer that is no success loses the event at once.
    """
    play.register()
    play.receiver.answers.append(status)

    contexts = await play.tell(creation(play.store))

    assert len(contexts) == 1
    assert play.pipeline.history.failed == 1
    assert [job.get("statuscode") for job in play.jobs()] == [Choice(31)]


async def test_silence_is_final(play: Stage) -> None:
    """
    A receiver that takes too long has lost the event.
    """
    play.register()
    play.pipeline.options = EventOptions(timeout=0.05)
    play.receiver.answering.clear()

    contexts = await play.tell(creation(play.store))

    assert len(contexts) == 1
    [job] = play.jobs()
    assert "no answer within 0.05 seconds" in str(job.get("message"))


async def test_nobody_listens(play: Stage) -> None:
    """
    An endpoint that refuses connections has lost the event.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    play.register(url=f"http://127.0.0.1:{port}/")

    await play.tell(creation(play.store))

    assert [job.get("statuscode") for job in play.jobs()] == [Choice(31)]


async def test_success_keeps_job_on_request(play: Stage) -> None:
    """
    A delivered event leaves a succeeded job behind unless its step deletes it.
    """
    play.register(deletes_jobs=False)

    [context] = await play.tell(creation(play.store))

    [job] = play.jobs()
    assert job.id == context["OperationId"]
    assert job.get("statuscode") == Choice(30)
    assert job.get("message") is None


async def test_write_does_not_wait(play: Stage) -> None:
    """
    An event is on its way when the write is answered, not delivered.
    """
    play.register()
    play.receiver.answering.clear()

    play.pipeline.on_operations([creation(play.store)])

    assert play.pipeline.queue.pending == 1
    assert play.pipeline.history.delivered == 0
    play.receiver.answering.set()
    assert await play.pipeline.wait_idle()
    assert play.pipeline.history.delivered == 1


async def test_jobs_run_side_by_side(play: Stage) -> None:
    """
    No more deliveries run at once than the options allow, and the rest follows.
    """
    play.register()
    play.pipeline.options = EventOptions(parallel=3)
    play.receiver.answering.clear()

    play.pipeline.on_operations([creation(play.store) for _ in range(10)])
    await play.receiver.until(3)
    play.receiver.answering.set()

    assert await play.pipeline.wait_idle()
    assert len(play.receiver.received) == 10
    assert play.receiver.most_at_once == 3


async def test_stop_breaks_off(play: Stage) -> None:
    """
    A pipeline that stops does not wait for receivers.
    """
    play.register()
    play.receiver.answering.clear()
    row_id = play.contact()
    play.pipeline.on_operations([email_update(play.store, row_id)])

    async with asyncio.timeout(20):
        await play.pipeline.stop()

    assert play.pipeline.history.delivered == 0
