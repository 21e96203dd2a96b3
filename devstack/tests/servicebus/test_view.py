"""The window on the queues and the switches of the faults, on an emulator in this process."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.exceptions import ServiceBusQuotaExceededError

from devstack.servicebus import ServiceBusEmulator
from devstack.tests.servicebus.conftest import collect_cut_sockets, take_one

# The SDK leaves the sockets of connections that were cut to the garbage collector.
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class Window:
    """An emulator, its view, and one sender and receiver of `changes`."""

    def __init__(self, emulator: ServiceBusEmulator, http: aiohttp.ClientSession) -> None:
        self.emulator = emulator
        self._http = http
        self.sender: ServiceBusSender
        self.receiver: ServiceBusReceiver

    async def get(self, path: str, status: int = 200) -> Any:  # noqa: ANN401 - any JSON
        async with self._http.get(path) as answer:
            assert answer.status == status
            return await answer.json()

    async def post_fault(self, status: int = 200, **fault: object) -> None:
        async with self._http.post("/faults", json=fault) as answer:
            assert answer.status == status, await answer.text()

    async def delete(self, path: str) -> None:
        async with self._http.delete(path) as answer:
            assert answer.status == 200

    async def send(self, body: str, **properties: Any) -> None:  # noqa: ANN401 - as the SDK
        await self.sender.send_messages(ServiceBusMessage(body, **properties))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened() -> AsyncIterator[Window]:
    emulator = ServiceBusEmulator()
    facts = await emulator.start()
    async with (
        aiohttp.ClientSession(str(facts["view"])) as http,
        ServiceBusClient.from_connection_string(
            str(facts["connection_string"]), retry_backoff_factor=0.01
        ) as client,
    ):
        window = Window(emulator, http)
        window.sender = client.get_queue_sender("changes")
        window.receiver = client.get_queue_receiver("changes")
        yield window
        await asyncio.gather(window.sender.close(), window.receiver.close())
    await emulator.stop()
    collect_cut_sockets()


@pytest_asyncio.fixture(loop_scope="module")
async def window(opened: Window) -> Window:
    await opened.delete("/messages")
    await opened.delete("/faults")

    return opened


async def test_counts_follow_a_message(window: Window) -> None:
    """
    The view counts a message in each state that it passes through.
    """
    await window.send("one", message_id="1")
    await window.send("again", message_id="1")
    later = datetime.now(UTC) + timedelta(hours=1)
    await window.send("later", scheduled_enqueue_time_utc=later)
    waiting = await window.get("/queues/changes")
    message = await take_one(window.receiver)
    locked = await window.get("/queues/changes")
    await window.receiver.complete_message(message)
    completed = await window.get("/queues/changes")

    assert waiting["active"] + waiting["locked"] == 1
    assert (waiting["scheduled"], waiting["incoming"], waiting["duplicates"]) == (1, 2, 1)
    assert (locked["active"], locked["locked"]) == (0, 1)
    assert (completed["locked"], completed["completed"]) == (0, 1)


async def test_messages_show_bodies(window: Window) -> None:
    """
    The view shows all that a message holds, dead letters too, for a test that searches it.
    """
    key = uuid.uuid4()
    await window.send(
        "canary", message_id="c", subject="s", application_properties={"n": 1, "k": key}
    )
    message = await take_one(window.receiver)
    await window.receiver.dead_letter_message(message, reason="why")
    [shown] = (await window.get("/queues/changes/messages"))["messages"]

    assert shown["state"] == "dead_lettered"
    assert shown["body"] == "canary"
    assert shown["properties"]["message_id"] == "c"
    assert shown["properties"]["subject"] == "s"
    assert shown["application_properties"] == {"n": 1, "k": str(key), "DeadLetterReason": "why"}


async def test_journal_remembers_completed(window: Window) -> None:
    """
    What went through a queue can still be searched when it is gone.
    """
    await window.send("gone")
    await window.receiver.complete_message(await take_one(window.receiver))
    [shown] = (await window.get("/queues/changes/journal"))["messages"]

    assert (shown["state"], shown["body"]) == ("gone", "gone")


async def test_binary_body_shown_as_base64(window: Window) -> None:
    """
    A body that is no text is shown as base64.
    """
    await window.sender.send_messages(ServiceBusMessage(b"\xff\x00"))
    [shown] = (await window.get("/queues/changes/messages"))["messages"]

    assert shown["body"] == {"base64": "/wA="}


async def test_overview_names_all_queues(window: Window) -> None:
    """
    The first page names every queue; an unknown queue is not found.
    """
    shown = await window.get("/")

    assert [queue["name"] for queue in shown["queues"]] == ["changes", "priority", "jobs"]
    async with aiohttp.ClientSession() as http:
        answer = await http.get(f"{window.emulator.view}queues/nowhere")
        assert answer.status == 404


async def test_idle_waits_for_completion(window: Window) -> None:
    """
    Idle answers when the last message is settled, not before.
    """
    await window.send("work")
    busy = await window.get("/idle?timeout=0.05", status=408)
    message = await take_one(window.receiver)

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(window.get("/idle?timeout=10"))
        await window.receiver.complete_message(message)

    assert busy["idle"] is False
    assert waiting.result() == {"idle": True}


async def test_counts_wait_for_incoming(window: Window) -> None:
    """
    Who waits for messages to come is answered as soon as so many have, and not before.
    """
    before = (await window.get("/queues/changes"))["incoming"]
    path = f"/queues/changes?incoming={before + 1}"

    none = await window.get(f"{path}&timeout=0.05", status=408)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(window.get(f"{path}&timeout=10"))
        tasks.create_task(window.send("one"))

    assert none["incoming"] == before
    assert waiting.result()["incoming"] == before + 1


async def test_idle_looks_ahead(window: Window) -> None:
    """
    A scheduled message keeps the queues busy only when it is due within the horizon.
    """
    await window.send("later", scheduled_enqueue_time_utc=datetime.now(UTC) + timedelta(hours=1))

    await window.get("/idle?timeout=0.05&horizon=60")
    await window.get("/idle?timeout=0.05&horizon=7200", status=408)


async def test_refused_sends_fail_so_often(window: Window) -> None:
    """
    Sends are refused as often as asked, with the condition that was asked for.
    """
    await window.post_fault(
        refuse_sends={"times": 1, "queue": "changes", "condition": "amqp:resource-limit-exceeded"}
    )

    with pytest.raises(ServiceBusQuotaExceededError):
        await window.sender.send_messages(ServiceBusMessage("refused"))
    await window.send("taken")

    assert (await window.get("/queues/changes"))["incoming"] == 1
    assert (await window.get("/faults"))["struck"] >= 1


async def test_refused_sends_of_other_queue(window: Window) -> None:
    """
    A refusal that names a queue leaves the others alone.
    """
    await window.post_fault(refuse_sends={"queue": "jobs"})

    await window.send("taken")

    assert (await window.get("/queues/changes"))["incoming"] == 1


async def test_dropped_connections_recover(window: Window) -> None:
    """
    After all connections were cut, the SDK comes back and settles with the lock that it has.
    """
    await window.send("before")
    message = await take_one(window.receiver)

    await window.post_fault(drop_connections=True)
    await window.receiver.complete_message(message)
    await window.send("after")

    shown = await window.get("/queues/changes")
    assert (shown["completed"], shown["incoming"], shown["locked"]) == (1, 2, 0)


async def test_refused_connections_recover(window: Window) -> None:
    """
    A server that is away for a moment is found again by a client that retries.
    """
    await window.post_fault(refuse_connections={"times": 1}, drop_connections=True)

    await window.send("after")

    assert (await window.get("/queues/changes"))["incoming"] == 1


async def test_latency_delays_answers(window: Window) -> None:
    """
    Latency is added to every answer.
    """
    await window.send("open")
    await window.post_fault(latency=0.2)
    loop = asyncio.get_running_loop()

    before = loop.time()
    await window.send("slow")
    after = loop.time()

    assert after - before >= 0.2


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"explode": True}, id="unknown"),
        pytest.param({"refuse_sends": {"often": 1}}, id="unknown-field"),
        pytest.param({"latency": "long"}, id="not-a-number"),
        pytest.param({"latency": -1}, id="negative"),
        pytest.param({"refuse_sends": {"times": "often"}}, id="times-not-a-number"),
        pytest.param({"refuse_sends": {"seconds": -1}}, id="negative-seconds"),
        pytest.param({"refuse_sends": 5}, id="not-an-object"),
        pytest.param({}, id="nothing"),
    ],
)
async def test_unknown_fault_refused(window: Window, fault: dict[str, object]) -> None:
    """
    A switch that does not exist is refused.
    """
    await window.post_fault(400, **fault)


@pytest.mark.parametrize("text", ["{", "5", "[]"])
async def test_broken_fault_refused(window: Window, text: str) -> None:
    """
    What is not a JSON object is refused as the client's mistake.
    """
    view = window.emulator.view
    async with aiohttp.ClientSession() as http, http.post(f"{view}faults", data=text) as answer:
        assert answer.status == 400


async def test_faults_show_what_was_set(window: Window) -> None:
    """
    The switches are shown as they can be set, and nothing else of them.
    """
    await window.post_fault(refuse_sends={"times": 2})

    shown = (await window.get("/faults"))["refuse_sends"]

    assert set(shown) == {"times", "queue", "condition", "description"}
