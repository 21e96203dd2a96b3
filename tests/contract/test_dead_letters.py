"""What the use cases may expect of any `DeadLetterBox`, the fake and the real one."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Protocol

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from connector.adapters.dead_letters import ServiceBusDeadLetters
from connector.adapters.envelope import read_message, to_body
from connector.application.review_ports import DeadLetterBox
from connector.domain.errors import TransientError
from connector.domain.event import CHANGES, JOBS
from devstack.servicebus.emulator import ServiceBusEmulator
from tests.builders import ORGANISATION, a_change, a_rename
from tests.jobs import a_job
from tests.review import FakeDeadLetters

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSONAL = "jan@example.nl"


class World(Protocol):
    """Is one footing: the port, and a hand that lets a queue give messages up."""

    @property
    def box(self) -> DeadLetterBox:
        """Return what is tested."""

    async def bury(self, *bodies: bytes, queue: str = CHANGES) -> None:
        """Let a queue give messages up, in this order."""

    async def count(self, queue: str = CHANGES) -> int:
        """Return how many a queue has given up."""


class FakeWorld:
    """Is the fake that the use cases are tested on."""

    def __init__(self) -> None:
        self._fake = FakeDeadLetters()
        self.box: DeadLetterBox = self._fake

    async def bury(self, *bodies: bytes, queue: str = CHANGES) -> None:
        letters = self._fake.bodies[queue]
        for body in bodies:
            letters[len(letters) + 1] = body

    async def count(self, queue: str = CHANGES) -> int:
        return len(self._fake.bodies[queue])


class EmulatorWorld:
    """Is the real adapter, over a real socket, before the emulator."""

    def __init__(self, emulator: ServiceBusEmulator) -> None:
        self.emulator = emulator
        self.box: DeadLetterBox = ServiceBusDeadLetters(self.open, read_message)

    def open(self) -> ServiceBusClient:
        return ServiceBusClient.from_connection_string(
            self.emulator.connection_string, retry_total=0
        )

    async def bury(
        self, *bodies: bytes, queue: str = CHANGES, reason: str = "Crash", said: str = PERSONAL
    ) -> None:
        async with (
            self.open() as client,
            client.get_queue_sender(queue) as sender,
            client.get_queue_receiver(queue) as receiver,
        ):
            for number, body in enumerate(bodies):
                identity = f"message-{time.monotonic_ns()}-{number}"
                await sender.send_messages(ServiceBusMessage(body, message_id=identity))
            left = len(bodies)
            while left:
                for message in await receiver.receive_messages(left, max_wait_time=5):
                    await receiver.dead_letter_message(
                        message, reason=reason, error_description=said
                    )
                    left -= 1

    async def count(self, queue: str = CHANGES) -> int:
        dead = self.emulator.queues[queue].dead_letters
        assert dead is not None

        return len([*dead.store.all()])

    def clear(self) -> None:
        for queue in self.emulator.queues.values():
            queue.clear()
            assert queue.dead_letters is not None
            queue.dead_letters.clear()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting() -> AsyncIterator[EmulatorWorld]:
    emulator = ServiceBusEmulator()
    await emulator.start()
    yield EmulatorWorld(emulator)
    await emulator.stop()


@pytest.fixture
def real(lasting: EmulatorWorld) -> EmulatorWorld:
    """Begin with empty queues."""
    lasting.clear()

    return lasting


@pytest.fixture(params=["fake", "emulator"])
def world(request: pytest.FixtureRequest, real: EmulatorWorld) -> World:
    return FakeWorld() if request.param == "fake" else real


async def take_all(bodies: Sequence[bytes]) -> Sequence[bool]:
    return [True] * len(bodies)


async def numbers(world: World, queue: str = CHANGES) -> list[int]:
    letters = (await world.box.list_dead(queue, 100)).letters

    return [letter.sequence_number for letter in letters]


async def test_letters_are_shown_and_stay(world: World) -> None:
    """
    Who looks sees what a message points to, a record, a renamed row or a job, and takes nothing.
    """
    change, rename = a_change(), a_rename()
    step = a_job().step(ORGANISATION)
    await world.bury(to_body(change).encode(), b"{", to_body(rename).encode())
    await world.bury(to_body(step).encode(), queue=JOBS)

    for _ in range(2):
        changes = await world.box.list_dead(CHANGES, 100)
        assert [letter.key for letter in changes.letters] == [change.key, None, None]
        assert [letter.related for letter in changes.letters] == [None, None, rename.key]
        assert (changes.queue, changes.more) == (CHANGES, False)
    [about_jobs] = (await world.box.list_dead(JOBS, 100)).letters
    assert (about_jobs.key, about_jobs.job) == (None, step.job)


async def test_long_box_says_so(world: World) -> None:
    """
    At most as many are shown as are asked for, the oldest first, and that there are more.
    """
    changes = [a_change() for _ in range(5)]
    await world.bury(*(to_body(one).encode() for one in changes))

    shown = await world.box.list_dead(CHANGES, 3)

    assert [letter.key for letter in shown.letters] == [one.key for one in changes[:3]]
    assert shown.more
    assert not (await world.box.list_dead(CHANGES, 5)).more


async def test_taken_is_gone_and_others_stay(world: World) -> None:
    """
    Only who is named is offered, only what is taken goes, and the rest can be had again.
    """
    bodies = [b"one", b"two", b"three", b"four"]
    await world.bury(*bodies)
    first, second, third, fourth = await numbers(world)
    offered: list[bytes] = []

    async def take(some: Sequence[bytes]) -> Sequence[bool]:
        offered.extend(some)
        return [body == b"two" for body in some]

    taken = await world.box.hand_over(CHANGES, [second, third, 10**12], take)

    assert sorted(offered) == [b"three", b"two"]
    assert sorted(taken) == [False, True]
    assert await numbers(world) == [first, third, fourth]
    assert await world.box.hand_over(CHANGES, [first, third, fourth], take_all) == [True] * 3
    assert await world.count() == 0


async def test_nothing_there_is_nothing_taken(world: World) -> None:
    """
    From an empty box nothing is offered.
    """
    assert await world.box.hand_over(CHANGES, [1, 2], take_all) == []
    assert (await world.box.list_dead(CHANGES, 100)).letters == ()


async def test_refused_hand_over_leaves_all(world: World) -> None:
    """
    When nobody can take them now the cause is told, and every message stays.
    """
    await world.bury(b"one", b"two")

    async def refuse(_: Sequence[bytes]) -> Sequence[bool]:
        raise TransientError("service bus must take the event")

    with pytest.raises(TransientError, match="must take"):
        await world.box.hand_over(CHANGES, await numbers(world), refuse)

    assert await world.count() == 2


async def test_only_codes_are_shown(real: EmulatorWorld) -> None:
    """
    Reason, description and message id of a stranger may hold anything, and are not shown.
    """
    await real.bury(b"x", reason=f"because of {PERSONAL}", said=PERSONAL)
    await real.bury(b"y", reason="Crash", said=PERSONAL)

    strange, coded = (await real.box.list_dead(CHANGES, 100)).letters

    assert (strange.reason, strange.description) == (None, None)
    assert (coded.reason, coded.description) == ("Crash", None)
    assert coded.message_id is not None
    assert coded.enqueued_at is not None


async def test_broker_says_why(real: EmulatorWorld) -> None:
    """
    What Service Bus itself says of a message is shown whole.
    """
    await real.bury(b"x", reason="MaxDeliveryCountExceeded", said="Could not be consumed.")

    [letter] = (await real.box.list_dead(CHANGES, 100)).letters

    assert (letter.reason, letter.description) == (
        "MaxDeliveryCountExceeded",
        "Could not be consumed.",
    )


async def test_message_of_another_form_is_kept(real: EmulatorWorld) -> None:
    """
    A body that is no body as we write them is one that nobody understands.
    """
    async with real.open() as client, client.get_queue_sender(CHANGES) as sender:
        from azure.servicebus.amqp import AmqpAnnotatedMessage  # noqa: PLC0415 - heavy

        await sender.send_messages(AmqpAnnotatedMessage(value_body="text"))
    async with real.open() as client, client.get_queue_receiver(CHANGES) as receiver:
        [message] = await receiver.receive_messages(1, max_wait_time=5)
        await receiver.dead_letter_message(message)

    [letter] = (await real.box.list_dead(CHANGES, 100)).letters

    assert letter.key is None


async def test_two_at_once_take_turns(real: EmulatorWorld) -> None:
    """
    Two who send at once share the messages, and none goes twice.
    """
    await real.bury(*(f"{number}".encode() for number in range(20)))
    wanted = await numbers(real)

    both = await asyncio.gather(*(real.box.hand_over(CHANGES, wanted, take_all) for _ in range(2)))

    assert sorted(map(len, both)) == [0, 20]


@pytest.fixture
def sdk_litter() -> Iterator[None]:
    """Let what the SDK forgets of a lost connection come to light here, and not in another test."""
    yield
    gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_silence_is_bounded(sdk_litter: None, real: EmulatorWorld) -> None:
    """
    A Service Bus that does not answer holds up nobody for longer than a moment.
    """
    box = ServiceBusDeadLetters(real.open, read_message, look_seconds=0.5)
    real.emulator.faults.latency = 60.0

    try:
        with pytest.raises(TransientError, match="in time"):
            await box.list_dead(CHANGES, 100)
    finally:
        real.emulator.faults.latency = 0.0
        real.emulator.faults.drop_connections()


async def test_nobody_there_is_told(unused_tcp_port: int) -> None:
    """
    Where nobody listens the trouble is told by its name.
    """
    address = f"Endpoint=sb://127.0.0.1:{unused_tcp_port};SharedAccessKeyName=a;SharedAccessKey=a;"

    def open_nobody() -> ServiceBusClient:
        return ServiceBusClient.from_connection_string(
            f"{address}UseDevelopmentEmulator=true;", retry_total=0
        )

    with pytest.raises(TransientError):
        await ServiceBusDeadLetters(open_nobody, read_message).list_dead(CHANGES, 100)
