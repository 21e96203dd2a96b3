"""What the use cases may expect of the `QueueWatch`, before the emulator of Service Bus."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self, cast

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from connector.adapters.queue_watch import ServiceBusQueueWatch
from connector.domain.errors import TransientError
from connector.domain.event import CHANGES, JOBS
from connector.domain.queue_load import Number, QueueLoad
from devstack.servicebus.emulator import ServiceBusEmulator
from tests.checks import a_load

# The SDK leaves what was cut off to the garbage, which complains of it in any test.
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class World:
    """Is the real adapter, over a real socket, before the emulator."""

    def __init__(self, emulator: ServiceBusEmulator) -> None:
        self.emulator = emulator
        self.seconds = 0.0
        self.opened = 0
        self.watch = self.make()

    def make(
        self, *, queues: tuple[str, ...] = (CHANGES, JOBS), most: int = 5
    ) -> ServiceBusQueueWatch:
        return ServiceBusQueueWatch(self.open, queues, clock=lambda: self.seconds, most=most)

    def open(self) -> ServiceBusClient:
        self.opened += 1
        return ServiceBusClient.from_connection_string(
            self.emulator.connection_string, retry_total=0
        )

    async def send(self, count: int, *, due: datetime | None = None, queue: str = CHANGES) -> None:
        async with self.open() as client, client.get_queue_sender(queue) as sender:
            messages = [ServiceBusMessage("pointer") for _ in range(count)]
            if due:
                await sender.schedule_messages(messages, due)
            else:
                await sender.send_messages(messages)

    async def bury(self, count: int) -> None:
        async with self.open() as client, client.get_queue_receiver(CHANGES) as receiver:
            left = count
            while left:
                for message in await receiver.receive_messages(left, max_wait_time=5):
                    await receiver.dead_letter_message(message)
                    left -= 1


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def emulator() -> AsyncIterator[ServiceBusEmulator]:
    running = ServiceBusEmulator()
    await running.start()
    yield running
    await running.stop()
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()


@pytest_asyncio.fixture(loop_scope="module")
async def world(emulator: ServiceBusEmulator) -> AsyncIterator[World]:
    one = World(emulator)
    yield one
    await one.watch.close()
    for queue in emulator.queues.values():
        queue.clear()
        assert queue.dead_letters is not None
        queue.dead_letters.clear()


def load_of(loads: Sequence[QueueLoad], name: str = CHANGES) -> QueueLoad:
    [load] = [one for one in loads if one.queue == name]

    return load


async def test_empty_is_nought(world: World) -> None:
    """
    Empty queues may be looked into, and hold nothing.
    """
    await world.watch.check()

    assert await world.watch.count() == [a_load(CHANGES), a_load(JOBS)]


async def test_waiting_scheduled_and_dead_are_told_apart(world: World) -> None:
    """
    What is due, what is due later and what was given up are counted, and stay where they are.
    """
    await world.send(3)
    await world.bury(1)
    await world.send(2, due=datetime.now(UTC) + timedelta(hours=1))
    await world.send(1, queue=JOBS)

    first, again = await world.watch.count(), await world.watch.count()

    assert first == again
    assert first == [a_load(CHANGES, waiting=2, scheduled=2, dead=1), a_load(JOBS, waiting=1)]


@pytest.mark.parametrize(
    ("sent", "number"), [(5, Number(5)), (6, Number(5, at_least=True))], ids=["as many", "more"]
)
async def test_counting_has_an_end(world: World, sent: int, number: Number) -> None:
    """
    Of more than can be counted at once it is told that there are at least so many.
    """
    await world.send(sent)

    assert load_of(await world.watch.count()).waiting == number


async def test_counting_takes_no_longer_than_its_time(world: World) -> None:
    """
    When time is up what was counted is told, and that there may be more.
    """
    await world.send(3)
    ticks = iter(range(0, 1000, 3))
    watch = ServiceBusQueueWatch(world.open, (CHANGES,), clock=lambda: next(ticks))

    load = load_of(await watch.count())
    await watch.close()

    assert load.waiting == Number(3, at_least=True)


async def test_what_is_open_is_used_again(world: World) -> None:
    """
    Who looks often opens once; what lay idle for long is opened anew.
    """
    await world.watch.check()
    await asyncio.gather(world.watch.check(), world.watch.check())
    often = world.opened
    world.seconds += 60
    await world.watch.check()

    assert (often, world.opened) == (2, 4)


async def test_unknown_queue_is_told(world: World) -> None:
    """
    A queue that is not there, or not ours to look into, is an error, and no number.
    """
    watch = world.make(queues=("elsewhere",))

    for call in (watch.check, watch.count):
        with pytest.raises(TransientError, match="service bus must"):
            await call()
    await watch.close()


async def test_cut_off_is_told_and_mended(world: World) -> None:
    """
    A connection that is cut off is told once, and the next look has a new one.
    """
    await world.watch.check()
    world.emulator.faults.drop_connections()
    outcomes = await asyncio.gather(world.watch.check(), return_exceptions=True)

    await world.watch.check()

    assert all(one is None or isinstance(one, TransientError) for one in outcomes)


class Silence:
    """A client of the SDK, and its receiver, that never get an answer."""

    def __init__(self) -> None:
        self.closed = 0

    def get_queue_receiver(self, _queue: str, **_options: object) -> Self:
        return self

    async def peek_messages(self, **_options: object) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.closed += 1


async def test_silence_is_not_waited_for() -> None:
    """
    A Service Bus that does not answer is given up in time, and nothing stays open.
    """
    silence = Silence()
    watch = ServiceBusQueueWatch(
        lambda: cast("ServiceBusClient", silence),
        (CHANGES,),
        count_seconds=0.0,
        answer_seconds=0.001,
    )

    with pytest.raises(TransientError, match="in time"):
        await watch.check()

    assert silence.closed == 2


async def test_oldest_is_what_is_due(world: World) -> None:
    """
    Since when the oldest message that is due waits is told; what is due later does not wait.
    """
    nothing = await world.watch.find_oldest(CHANGES)
    await world.send(3, due=datetime.now(UTC) + timedelta(hours=1))
    later = await world.watch.find_oldest(CHANGES)
    began = datetime.now(UTC) - timedelta(seconds=1)
    await world.send(2)
    oldest = await world.watch.find_oldest(CHANGES)

    assert (nothing, later) == (None, None)
    assert oldest is not None
    assert began < oldest <= datetime.now(UTC)


async def test_oldest_is_looked_for_so_far(world: World) -> None:
    """
    Behind more messages than are counted nothing is looked for.
    """
    await world.send(6, due=datetime.now(UTC) + timedelta(hours=1))
    await world.send(1)
    near = world.make(most=1)

    assert await near.find_oldest(CHANGES) is None
    assert await world.watch.find_oldest(CHANGES) is not None
    await near.close()
