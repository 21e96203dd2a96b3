"""How listeners gather batches and keep locks, with a receiver that the test plays."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from azure.servicebus.aio import ServiceBusReceiver
from azure.servicebus.exceptions import MessageLockLostError

from devstack.functions_host import metadata
from devstack.functions_host.functions import HostedFunction
from devstack.functions_host.hostfile import ServiceBusOptions
from devstack.functions_host.intake import Intake
from devstack.functions_host.invocations import Invocations
from devstack.functions_host.listeners import BatchListener, QueueListener, SingleListener
from devstack.functions_host.worker import Outcome

_FUNCTION = HostedFunction("f", "1", {"type": "serviceBusTrigger", "name": "m"}, (), None)


@dataclass
class Message:
    """A message with as little as the listener looks at."""

    body: bytes
    locked_until_utc: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(0, 60))
    application_properties: Mapping[Any, Any] | None = None
    delivery_count: int | None = 0

    def __getattr__(self, name: str) -> None:
        return None


class Receiver:
    """A receiver that notes what becomes of messages."""

    def __init__(self, *, lost: bool = False) -> None:
        self.completed: list[bytes] = []
        self.abandoned: list[bytes] = []
        self.renewed = asyncio.Event()
        self._lost = lost

    async def __aenter__(self) -> None:
        """Be open."""

    async def complete_message(self, message: Message) -> None:
        if self._lost:
            raise MessageLockLostError(message="lost")
        self.completed.append(message.body)

    async def abandon_message(self, message: Message) -> None:
        self.abandoned.append(message.body)

    async def renew_message_lock(self, message: Message) -> None:
        message.locked_until_utc += timedelta(0, 60)
        self.renewed.set()


class Supply:
    """An intake that hands out prepared lots, then tells the listener to stop."""

    def __init__(self, *lots: list[Message]) -> None:
        self.lots = list(lots)
        self.asked: list[int] = []
        self.listener: QueueListener | None = None

    async def take(self, most: int, _: float) -> list[Message]:
        self.asked.append(most)
        if self.lots:
            return self.lots.pop(0)
        if self.listener:
            self.listener.stop()

        return []


class Runs:
    """Stand in for the invocations."""

    def __init__(self, *, ok: bool = True, until: asyncio.Event | None = None) -> None:
        self.bodies: list[Any] = []
        self._ok = ok
        self._until = until

    async def run(self, _: HostedFunction, data: Any, __: object) -> Outcome:  # noqa: ANN401 - a datum
        self.bodies.append(getattr(data.value, "string", data.value))
        if self._until:
            await self._until.wait()

        return Outcome(ok=self._ok)

    def start(self, running: Coroutine[Any, Any, Outcome]) -> asyncio.Task[Outcome]:
        return asyncio.create_task(running)


async def _listen(
    kind: type[QueueListener],
    supply: Supply,
    receiver: Receiver,
    runs: Runs,
    **options: Any,  # noqa: ANN401 - of many kinds
) -> None:
    listener = kind(
        _FUNCTION,
        cast("ServiceBusReceiver", receiver),
        ServiceBusOptions(**options),
        cast("Invocations", runs),
    )
    listener._intake = cast("Intake", supply)
    supply.listener = listener
    await listener.run()


async def test_batch_waits_for_the_minimum() -> None:
    """
    A batch is gathered until it has the smallest size that is wanted.
    """
    supply = Supply([Message(b"1")], [], [Message(b"2"), Message(b"3")], [Message(b"4")])
    runs, receiver = Runs(), Receiver()

    await _listen(BatchListener, supply, receiver, runs, min_message_batch_size=3)

    assert runs.bodies[0] == ["1", "2", "3"]
    assert supply.asked[:3] == [1000, 999, 999]


async def test_minimum_has_its_time() -> None:
    """
    A batch that does not fill up in time is taken as it is.
    """
    supply = Supply([Message(b"1")])
    runs, receiver = Runs(), Receiver()

    await _listen(
        BatchListener,
        supply,
        receiver,
        runs,
        min_message_batch_size=3,
        max_batch_wait_time=timedelta(0),
    )

    assert runs.bodies == [["1"]]
    assert receiver.completed == [b"1"]


async def test_unfilled_batch_is_given_back() -> None:
    """
    Messages that a stopping host has gathered but not begun go back to the queue.
    """
    runs, receiver = Runs(), Receiver()

    await _listen(BatchListener, Supply([Message(b"1")]), receiver, runs, min_message_batch_size=3)

    assert runs.bodies == []
    assert receiver.abandoned == [b"1"]


async def test_long_call_keeps_its_lock() -> None:
    """
    The lock of a single message is renewed while its function runs.
    """
    receiver = Receiver()
    runs = Runs(until=receiver.renewed)
    soon = Message(b"1", locked_until_utc=datetime.now(UTC) + timedelta(seconds=0.02))

    await _listen(SingleListener, Supply([soon]), receiver, runs)

    assert receiver.completed == [b"1"]


async def test_function_may_settle_itself() -> None:
    """
    Without autoCompleteMessages success settles nothing, and failure still abandons.
    """
    receiver = Receiver()

    for ok in (True, False):
        await _listen(
            SingleListener,
            Supply([Message(b"1")]),
            receiver,
            Runs(ok=ok),
            auto_complete_messages=False,
        )

    assert (receiver.completed, receiver.abandoned) == ([], [b"1"])


async def test_lost_lock_is_survived() -> None:
    """
    A message whose lock is lost does not stop the listener.
    """
    runs = Runs()

    await _listen(
        BatchListener, Supply([Message(b"1")], [Message(b"2")]), Receiver(lost=True), runs
    )

    assert runs.bodies == [["1"], ["2"]]


def test_batch_metadata_is_arrays() -> None:
    """
    Strings of a batch come without the empty ones, as the host sends them; the rest keeps line.
    """
    batch: list[metadata.Facts] = [
        {"Subject": None, "DeliveryCount": 1, "EnqueuedTimeUtc": None},
        {"Subject": "second", "DeliveryCount": 2, "EnqueuedTimeUtc": "2026-11-23T10:30:00"},
    ]

    told = metadata.many(batch)

    assert told["SubjectArray"].value.string == ["second"]
    assert told["DeliveryCountArray"].value == "[1, 2]"
    assert told["EnqueuedTimeUtcArray"].value == '[null, "2026-11-23T10:30:00"]'
    assert len(told) == 21
    assert all(name.endswith("Array") for name in told)
