"""What the use cases may expect of any `EventQueue`, the fake and the real one."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest
import pytest_asyncio
from azure.servicebus.aio import ServiceBusClient
from pydantic import SecretStr

from connector.adapters.azure_clients import AzureClients, Connection
from connector.adapters.envelope import parse_change
from connector.adapters.messages import ATTEMPT
from connector.adapters.servicebus import ServiceBusQueue
from connector.application.ports import EventQueue
from connector.domain.errors import TransientError
from connector.domain.event import CHANGES, ChangeEvent, RecordChanged, RelatedChanged
from devstack.servicebus.emulator import ServiceBusEmulator
from devstack.servicebus.faults import Refusal
from devstack.servicebus.message import Message
from devstack.servicebus.telling import tell_message
from tests.builders import NOW, a_change, a_rename
from tests.fakes import FakeQueue

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOUR = timedelta(hours=1)


class World(Protocol):
    """Is one footing: the port, and a look at what it carries."""

    @property
    def queue(self) -> EventQueue:
        """Return what is tested."""

    def events(self) -> list[RecordChanged]:
        """Return what arrived, in order."""

    def renames(self) -> list[RelatedChanged]:
        """Return what arrived about rows that were renamed, in order."""

    def delays(self) -> list[timedelta | None]:
        """Return for how long each is held back, to the minute."""

    def refuse_once(self) -> None:
        """Let the next send be refused."""


class FakeWorld:
    """Is the fake that the use cases are tested on."""

    def __init__(self) -> None:
        self._fake = FakeQueue()
        self.queue: EventQueue = self._fake

    def events(self) -> list[RecordChanged]:
        return self._fake.events

    def renames(self) -> list[RelatedChanged]:
        return self._fake.related

    def delays(self) -> list[timedelta | None]:
        return self._fake.delays

    def refuse_once(self) -> None:
        self._fake.errors = [TransientError("service bus must take the event")]


class EmulatorWorld:
    """Is the real adapter, over a real socket, before the emulator; `transfers` counts sends."""

    def __init__(self, emulator: ServiceBusEmulator, queue: ServiceBusQueue) -> None:
        self.faults = emulator.faults
        self.inside = emulator.queues[CHANGES]
        self.queue: EventQueue = queue
        self.transfers = 0
        self.arriving = asyncio.Event()
        self._check_send, self.inside.gate = self.inside.gate, self._count

    def events(self) -> list[RecordChanged]:
        return [event for event in self._carried() if isinstance(event, RecordChanged)]

    def renames(self) -> list[RelatedChanged]:
        return [event for event in self._carried() if isinstance(event, RelatedChanged)]

    def delays(self) -> list[timedelta | None]:
        return [_delay(one) for one in self.inside.journal]

    def refuse_once(self) -> None:
        self.faults.sends = Refusal(times=1)

    def clear(self) -> None:
        """Forget what was and switch all faults off."""
        self.inside.clear()
        self.faults.clear()
        self.transfers = 0
        self.arriving.clear()

    def _carried(self) -> list[ChangeEvent]:
        bodies = (str(tell_message(one, "")["body"]) for one in self.inside.journal)

        return [parse_change(body.encode()) for body in bodies]

    def _count(self, queue: str) -> None:
        self.transfers += 1
        self.arriving.set()
        self._check_send(queue)


def _delay(message: Message) -> timedelta | None:
    if message.scheduled_for is None:
        return None

    return timedelta(minutes=round((message.scheduled_for - time.time()) / 60))


def without_retries(connection_string: str) -> ServiceBusClient:
    return ServiceBusClient.from_connection_string(connection_string, retry_total=0)


def as_in_production(connection_string: str) -> ServiceBusClient:
    return AzureClients().open_servicebus(Connection(SecretStr(connection_string)))


@asynccontextmanager
async def emulated(
    make_client: Callable[[str], ServiceBusClient] = without_retries,
) -> AsyncIterator[EmulatorWorld]:
    emulator = ServiceBusEmulator()
    await emulator.start()
    queue = ServiceBusQueue(lambda: make_client(emulator.connection_string))
    try:
        yield EmulatorWorld(emulator, queue)
    finally:
        await queue.close()
        await emulator.stop()


@pytest.fixture
def sdk_litter() -> Iterator[None]:
    """Let what the SDK forgets of a lost connection come to light here, and not in another test."""
    yield
    gc.collect()


# Where the SDK repeats a send by itself it leaves the broken socket to the garbage collector.
leaves_litter = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting() -> AsyncIterator[EmulatorWorld]:
    """Yield one connection for all tests: the SDK takes a second to open and close one."""
    async with emulated() as one:
        yield one


@pytest.fixture
def real(lasting: EmulatorWorld) -> EmulatorWorld:
    """Begin with an empty queue."""
    lasting.clear()

    return lasting


@pytest.fixture(params=["fake", "emulator"])
def world(request: pytest.FixtureRequest, real: EmulatorWorld) -> World:
    return FakeWorld() if request.param == "fake" else real


async def test_both_kinds_are_carried(world: World) -> None:
    """
    A change of a person and a renamed row go together, each as it is.
    """
    change, rename = a_change(), a_rename()

    await world.queue.send([change, rename])

    assert (world.events(), world.renames()) == ([change], [rename])


async def test_marks_are_carried(world: World) -> None:
    """
    What a change filled, and until when, comes back with it.
    """
    late = replace(a_change(), filled=frozenset({"city=address1_city"}), filled_at=NOW)

    await world.queue.send([late])

    assert world.events() == [late]


async def test_events_arrive_as_sent(world: World) -> None:
    """
    What is sent has arrived when the send returns, whole and in its order.
    """
    events = [a_change(), a_change(forced=True, attempt=3), a_change()]

    await world.queue.send(events)
    await world.queue.send([])

    assert world.events() == events
    assert world.delays() == [None, None, None]


async def test_delayed_events_are_held_back(world: World) -> None:
    """
    A delay holds back all events of its send, and no others.
    """
    now, later, last = a_change(), a_change(), a_change()

    await world.queue.send([later, last], delay=HOUR)
    await world.queue.send([now])

    assert world.events() == [later, last, now]
    assert world.delays() == [HOUR, HOUR, None]


async def test_refused_events_are_told(world: World) -> None:
    """
    A queue that does not take events says so by its name, and takes the next ones.
    """
    world.refuse_once()
    lost, taken = a_change(), a_change()

    with pytest.raises(TransientError, match="service bus must take the event"):
        await world.queue.send([lost])
    await world.queue.send([taken])

    assert world.events() == [taken]


async def test_two_hundred_at_once(real: EmulatorWorld) -> None:
    """
    Two hundred callers at once get each of their events through once, in a few transfers.
    """
    events = [a_change() for _ in range(200)]

    await asyncio.gather(*(real.queue.send([event]) for event in events))

    assert real.events() == events
    assert real.inside.duplicates == 0
    assert real.transfers <= 4


async def test_same_notification_is_one_message(real: EmulatorWorld) -> None:
    """
    A notification that came twice is on the queue once; a copy that we make is another message.
    """
    event = a_change()
    again = event.again()

    await real.queue.send([event])
    await real.queue.send([event, again])

    assert real.events() == [event, again]
    assert real.inside.duplicates == 1


async def test_sent_anew_is_another_message(real: EmulatorWorld) -> None:
    """
    An event that is sent anew arrives though the queue had the very same before.
    """
    assert isinstance(real.queue, ServiceBusQueue)
    event = a_change()

    await real.queue.send([event])
    await real.queue.send_anew([event, event])
    await real.queue.send_anew([])

    assert real.events() == [event] * 3
    assert real.inside.duplicates == 0


async def test_message_says_what_it_is(real: EmulatorWorld) -> None:
    """
    Who looks at the queue sees what a message is and to which action it belongs.
    """
    event = a_change()

    await real.queue.send([event])

    [message] = real.inside.journal
    assert tell_message(message, "")["properties"] == {
        "message_id": event.message_id,
        "correlation_id": event.correlation,
        "content_type": "application/json",
        "subject": "record_changed",
    }


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"{", "{", id="text"),
        pytest.param(b"\xff\xfe\x00", {"base64": "//4A"}, id="no text"),
        pytest.param(b"x" * 200 * 1024, "x" * 200 * 1024, id="long"),
    ],
)
async def test_raw_message_is_as_it_was(real: EmulatorWorld, body: bytes, seen: object) -> None:
    """
    A message that nobody understands goes round unaltered, and twice the same is two messages.
    """
    assert isinstance(real.queue, ServiceBusQueue)
    await real.queue.send_raw(body, attempt=1, delay=HOUR)
    await real.queue.send_raw(body, attempt=2, delay=HOUR)

    assert real.delays() == [HOUR, HOUR]
    assert real.inside.duplicates == 0
    told = [tell_message(one, "") for one in real.inside.journal]
    assert [one["application_properties"] for one in told] == [{ATTEMPT: 1}, {ATTEMPT: 2}]
    assert [one["body"] for one in told] == [seen, seen]


async def drop_in_the_middle(
    world: EmulatorWorld, events: Sequence[RecordChanged]
) -> asyncio.Task[None]:
    """Cut the connection after the events arrived and before the sender hears of it."""
    await world.queue.send([a_change()])  # opens the connection
    world.clear()
    world.faults.latency = 60.0
    sending = asyncio.create_task(world.queue.send(events))
    await world.arriving.wait()
    world.faults.latency = 0.0
    world.faults.drop_connections()

    return sending


@leaves_litter
async def test_lost_connection_is_told(sdk_litter: None, real: EmulatorWorld) -> None:
    """
    A connection cut in the middle is an error for the caller; sent again, events are there once.
    """
    event = a_change()

    sending = await drop_in_the_middle(real, [event])
    with pytest.raises(TransientError):
        await sending
    await real.queue.send([event])

    assert real.events() == [event]


@leaves_litter
async def test_lost_connection_is_bridged(sdk_litter: None) -> None:
    """
    As it runs in production the SDK repeats a cut send by itself, and events are there once.
    """
    async with emulated(as_in_production) as world:
        event = a_change()

        await (await drop_in_the_middle(world, [event]))

        assert world.events() == [event]
        assert world.inside.duplicates == 1


async def test_gone_caller_harms_nobody(real: EmulatorWorld) -> None:
    """
    Callers that stop waiting in the middle of a send cost the others nothing.
    """
    events = [a_change() for _ in range(60)]
    callers = [asyncio.create_task(real.queue.send([event])) for event in events]
    real.faults.latency = 0.05
    await real.arriving.wait()

    for caller in callers[::2]:
        caller.cancel()
    await asyncio.gather(*callers[1::2])
    await real.queue.send([last := a_change()])

    assert real.events() == [*events, last]


async def test_closed_queue_opens_again(real: EmulatorWorld) -> None:
    """
    Closing finishes what is under way, and a later send opens another connection.
    """
    assert isinstance(real.queue, ServiceBusQueue)
    first, second = a_change(), a_change()
    sending = asyncio.create_task(real.queue.send([first]))
    await real.arriving.wait()

    await real.queue.close()
    await sending
    await real.queue.send([second])

    assert real.events() == [first, second]


async def test_nobody_there_is_transient(unused_tcp_port: int) -> None:
    """
    Where nobody listens a send fails by its name.
    """
    address = f"Endpoint=sb://127.0.0.1:{unused_tcp_port};SharedAccessKeyName=a;SharedAccessKey=a;"
    queue = ServiceBusQueue(lambda: without_retries(f"{address}UseDevelopmentEmulator=true;"))

    with pytest.raises(TransientError):
        await queue.send([a_change()])

    await queue.close()
