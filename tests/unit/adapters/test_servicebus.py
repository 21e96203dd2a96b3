import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusConnectionError

from connector.adapters.envelope import parse_envelope
from connector.adapters.messages import TOLD_AT, find_told, read_attempt, to_message
from connector.adapters.servicebus import ServiceBusQueue
from connector.adapters.waiting_sends import MESSAGES_PER_SEND
from connector.domain.errors import TransientError
from connector.domain.event import ChangeEvent, RecordChanged
from tests.builders import NOW, a_change, a_rename

LATER = NOW + timedelta(hours=1)

type Step = Callable[[], Awaitable[None]]


async def works() -> None:
    """Do what the SDK does on a good day."""


async def hangs() -> None:
    await asyncio.Event().wait()


async def hangs_stubbornly() -> None:
    """Swallow a cancellation, as code that catches everything does."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()


async def gives_up_its_task() -> None:
    raise asyncio.CancelledError


def fails_with(error: Exception) -> Step:
    async def fails() -> None:
        raise error

    return fails


class Sdk:
    """Is a Service Bus as the SDK shows it; `script` says what becomes of each transfer."""

    def __init__(self) -> None:
        self.script: list[Step] = []
        self.close_step: Step = works
        self.transfers: list[tuple[list[str], datetime | None]] = []
        self.opened = 0
        self.closed = 0

    def open(self) -> ServiceBusClient:
        asyncio.get_running_loop()
        self.opened += 1

        return cast("ServiceBusClient", self)

    def get_queue_sender(self, queue_name: str) -> "Sender":
        assert queue_name == "changes"

        return Sender(self)

    async def close(self) -> None:
        self.closed += 1
        await self.close_step()

    @property
    def events(self) -> list[RecordChanged]:
        return [parse_envelope(body.encode()) for bodies, _ in self.transfers for body in bodies]


class Sender:
    """Is a sender, which no two coroutines may use at once."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk
        self._in_use = asyncio.Lock()

    async def send_messages(self, messages: Sequence[ServiceBusMessage]) -> None:
        await self._transfer(messages, None)

    async def schedule_messages(
        self, messages: Sequence[ServiceBusMessage], schedule_time_utc: datetime
    ) -> None:
        await self._transfer(messages, schedule_time_utc)

    async def _transfer(self, messages: Sequence[ServiceBusMessage], due: datetime | None) -> None:
        assert not self._in_use.locked()
        async with self._in_use:
            await asyncio.sleep(0)
            await (self._sdk.script.pop(0) if self._sdk.script else works)()

        self._sdk.transfers.append(([str(one) for one in messages], due))


@pytest.fixture
def sdk() -> Sdk:
    return Sdk()


@pytest.fixture
async def queue(sdk: Sdk) -> AsyncIterator[ServiceBusQueue]:
    one = ServiceBusQueue(sdk.open, send_seconds=0.05, close_seconds=0.05)
    async with asyncio.timeout(10):
        yield one
        await one.close()


async def test_nothing_opens_before_first_send(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    A worker that sends nothing opens no connection, nor does sending no events.
    """
    await queue.send([])
    await queue.close()

    assert sdk.opened == 0


async def test_waiting_events_share_transfers(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    Two hundred callers at once cost a few transfers, and each event arrives once.
    """
    events = [a_change() for _ in range(200)]

    await asyncio.gather(*(queue.send([event]) for event in events))

    assert sdk.events == events
    assert len(sdk.transfers) == 2
    assert sdk.opened == 1


async def test_large_send_is_divided(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    No transfer is larger than Service Bus takes, whoever asks for it.
    """
    events = [a_change() for _ in range(2 * MESSAGES_PER_SEND + 1)]

    await queue.send(events)

    assert sdk.events == events
    assert [len(bodies) for bodies, _ in sdk.transfers] == [100, 100, 1]


async def test_callers_are_not_divided(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    What one caller sends together goes in one transfer where it fits.
    """
    await asyncio.gather(*(queue.send([a_change() for _ in range(60)]) for _ in range(3)))

    assert [len(bodies) for bodies, _ in sdk.transfers] == [60, 60, 60]


async def test_delays_are_not_mixed(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    What waits for later is scheduled for its own time and holds up nothing.
    """
    now, later = a_change(), a_change()
    before = datetime.now(UTC)

    await asyncio.gather(
        queue.send([later], delay=timedelta(hours=1)),
        queue.send([now]),
        queue.send([later], delay=timedelta(0)),
    )

    assert sdk.events == [later, now, later]
    [first, second] = [due for _, due in sdk.transfers]
    assert first is not None
    assert timedelta(hours=1) <= first - before < timedelta(hours=1, minutes=1)
    assert second is None


BREAKS = [
    pytest.param(fails_with(ServiceBusConnectionError(message="gone")), id="its own error"),
    pytest.param(fails_with(ValueError("malformed")), id="a value error"),
    pytest.param(fails_with(AttributeError("_link")), id="a bug"),
    pytest.param(fails_with(OSError("reset")), id="an error of the system"),
    pytest.param(gives_up_its_task, id="a cancellation"),
    pytest.param(hangs, id="no end"),
    pytest.param(hangs_stubbornly, id="no end, not even when cancelled"),
]


@pytest.mark.parametrize("step", BREAKS)
async def test_broken_send_is_told_and_mended(sdk: Sdk, queue: ServiceBusQueue, step: Step) -> None:
    """
    Whatever the SDK does, the caller learns that the event is not safe, and the next send works.
    """
    sdk.script = [step]
    lost, sent = a_change(), a_change()

    with pytest.raises(TransientError, match="service bus must take the event") as caught:
        await queue.send([lost])
    await queue.send([sent])

    assert caught.value.__cause__ is not None
    assert sdk.events == [sent]
    assert (sdk.opened, sdk.closed) == (2, 1)


@pytest.mark.parametrize("step", BREAKS)
async def test_nobody_waits_behind_broken_send(
    sdk: Sdk, queue: ServiceBusQueue, step: Step
) -> None:
    """
    All who wait when a send breaks are told at once: their callers would lose patience.
    """
    sdk.script = [step]
    delays = (None, timedelta(hours=1), timedelta(hours=2))

    outcomes = await asyncio.gather(
        *(queue.send([a_change()] * 60, delay=delay) for delay in delays * 2),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [TransientError] * 6
    assert sdk.transfers == []


@pytest.mark.parametrize("step", BREAKS)
async def test_broken_close_does_no_harm(sdk: Sdk, queue: ServiceBusQueue, step: Step) -> None:
    """
    A connection that does not even close is left behind.
    """
    sdk.script = [fails_with(ServiceBusConnectionError(message="gone"))]
    sdk.close_step = step

    with pytest.raises(TransientError):
        await queue.send([a_change()])
    await queue.send([a_change()])

    assert len(sdk.events) == 1


async def test_second_part_fails_whole(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    A send of which only a part arrived failed; sent again, its message ids are the same.
    """
    sdk.script = [works, fails_with(ServiceBusConnectionError(message="gone"))]

    with pytest.raises(TransientError):
        await queue.send([a_change() for _ in range(150)])

    assert len(sdk.events) == 100


async def test_failing_client_is_told(sdk: Sdk) -> None:
    """
    A connection string that leads nowhere is a send that failed, not a hang.
    """

    def fails() -> ServiceBusClient:
        raise ValueError("connection string must be one")

    queue = ServiceBusQueue(fails)

    with pytest.raises(TransientError):
        await queue.send([a_change()])

    await queue.close()


async def test_gone_caller_harms_nobody(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    Who stops waiting does not stop the send in which others take part.
    """
    impatient = asyncio.create_task(queue.send([a_change()]))
    patient = asyncio.create_task(queue.send([a_change()]))
    await asyncio.sleep(0)

    impatient.cancel()
    await patient

    assert impatient.cancelled()
    assert len(sdk.events) == 2


async def test_gone_caller_of_broken_send(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    Who stopped waiting before a send breaks is not told and not in the way.
    """
    sdk.script = [hangs]
    impatient = asyncio.create_task(queue.send([a_change()]))
    patient = asyncio.create_task(queue.send([a_change()]))
    await asyncio.sleep(0)

    impatient.cancel()

    with pytest.raises(TransientError):
        await patient


async def test_end_of_loop_leaves_nobody(sdk: Sdk) -> None:
    """
    When the host cancels all tasks at its end, every caller is told; nothing is lost in silence.
    """
    queue = ServiceBusQueue(sdk.open)
    started = asyncio.Event()

    async def starts_and_hangs() -> None:
        started.set()
        await hangs()

    sdk.script = [starts_and_hangs]
    callers = [asyncio.create_task(queue.send([a_change()] * 60)) for _ in range(3)]
    await started.wait()

    [sending] = [task for task in asyncio.all_tasks() if "_send_waiting" in repr(task)]
    sending.cancel()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [TransientError] * 3
    await queue.close()


async def test_close_finishes_first(sdk: Sdk) -> None:
    """
    Closing lets what is under way arrive, and a later send opens again.
    """
    queue = ServiceBusQueue(sdk.open)
    sending = asyncio.create_task(queue.send([a_change()]))
    await asyncio.sleep(0)

    await queue.close()

    assert sending.done()
    assert len(sdk.events) == 1
    await queue.send([a_change()])
    await queue.close()
    assert (sdk.opened, sdk.closed) == (2, 2)


def test_no_properties_are_no_attempt() -> None:
    """
    A message of which the host tells no properties is at its first attempt.
    """
    assert read_attempt(None) == 0


async def test_each_send_is_noted(sdk: Sdk) -> None:
    """
    What became of each send is told to who wants to know.
    """
    noted: list[BaseException | None] = []
    failure = ServiceBusConnectionError(message="away")
    sdk.script = [fails_with(failure), works]
    queue = ServiceBusQueue(sdk.open, note=noted.append)

    with pytest.raises(TransientError):
        await queue.send([a_change()])
    await queue.send([a_change()])
    await queue.close()

    assert noted == [failure, None]


@pytest.mark.parametrize("event", [a_change(), a_rename()], ids=["change", "another name"])
async def test_moment_that_the_crm_told_goes_beside(event: ChangeEvent) -> None:
    """
    When the CRM told of a change goes as text beside the body, which older versions read as it is.
    """
    told = to_message(replace(event, told_at=NOW))
    untold = to_message(event)

    assert find_told(cast("dict[str, object]", told.application_properties), LATER) == NOW
    assert isinstance((told.application_properties or {})[TOLD_AT], str)
    assert not untold.application_properties
    assert b"".join(cast("Iterator[bytes]", told.body)) == b"".join(
        cast("Iterator[bytes]", untold.body)
    )
