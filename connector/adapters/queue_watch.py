"""Looks into the queues of Service Bus by peeking: nothing is taken, and no right to manage needed.

Opening a receiver costs half a second and closing it another, so it stays open while people look
often. It never gets credit, so no message is delivered to it. Peeking shows what is due, what is in
work, and what is scheduled, each with its state.

https://learn.microsoft.com/azure/service-bus-messaging/message-browsing
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from connector.adapters.bounded import attempt, bounded
from connector.domain.queue_load import Number, QueueLoad

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusReceivedMessage
    from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

MOST: Final = 1000
COUNT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 2.0
CLOSE_SECONDS: Final = 1.0
IDLE_SECONDS: Final = 60.0
"""What was not used for so long may have been cut off, and is opened anew."""

MESSAGES_PER_PEEK: Final = 250
FIRST: Final = 1
MUST: Final = "service bus must let us look into its queues"

type Peeked = tuple[list["ServiceBusReceivedMessage"], bool]
"""Is what was seen, and whether there may be more."""

type Place = tuple[str, bool]
"""Is a queue, and whether its dead letters are meant."""


@dataclass(slots=True)
class _Window:
    """An open receiver with its client, and when it was last used."""

    client: "ServiceBusClient"
    receiver: "ServiceBusReceiver"
    used_at: float


class ServiceBusQueueWatch:
    """The `QueueWatch` of a namespace."""

    def __init__(
        self,
        make_client: "Callable[[], ServiceBusClient]",
        queues: Sequence[str],
        *,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST,
        count_seconds: float = COUNT_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """Take how to make a client, the names of the queues, and how far to count."""
        self._make_client = make_client
        self._queues = tuple(queues)
        self._clock = clock
        self._most = most
        self._count_seconds = count_seconds
        self._answer_seconds = answer_seconds
        self._windows: dict[Place, _Window] = {}
        self._turns: dict[Place, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def check(self) -> None:
        """Look whether every queue may be looked into, by its first message."""

        async def look(receiver: "ServiceBusReceiver") -> None:
            await receiver.peek_messages(max_message_count=1, sequence_number=FIRST)

        await asyncio.gather(*(self._use((queue, False), look) for queue in self._queues))

    async def find_oldest(self, queue: str) -> datetime | None:
        """Return since when the oldest message that is due lies on a queue, in work or not.

        Behind more that are not due than are counted none is looked for.
        """
        return await self._use((queue, False), self._find_oldest)

    async def count(self) -> Sequence[QueueLoad]:
        """Count what lies on every queue, as far as it can be counted at once."""
        return await asyncio.gather(*(self._count(queue) for queue in self._queues))

    async def close(self) -> None:
        """Close what is open."""
        windows, self._windows = self._windows, {}
        await asyncio.gather(*(_close(window) for window in windows.values()))

    async def _count(self, queue: str) -> QueueLoad:
        from azure.servicebus import ServiceBusMessageState  # noqa: PLC0415 - heavy, as below

        (live, more), (dead, more_dead) = await asyncio.gather(
            self._use((queue, False), self._peek), self._use((queue, True), self._peek)
        )
        scheduled = sum(one.state is ServiceBusMessageState.SCHEDULED for one in live)

        return QueueLoad(
            queue=queue,
            waiting=Number(len(live) - scheduled, more),
            scheduled=Number(scheduled, more),
            dead=Number(len(dead), more_dead),
        )

    async def _peek(self, receiver: "ServiceBusReceiver") -> Peeked:
        """Return the first messages; one answer may hold fewer than are asked for."""
        found: list[ServiceBusReceivedMessage] = []
        ends_at = self._clock() + self._count_seconds
        while True:
            wanted = min(self._most + 1 - len(found), MESSAGES_PER_PEEK)
            after = (found[-1].sequence_number or 0) + 1 if found else FIRST
            some = await receiver.peek_messages(max_message_count=wanted, sequence_number=after)
            found += some
            if not some:
                return found, False
            if len(found) > self._most:
                return found[: self._most], True
            if self._clock() >= ends_at:
                return found, True

    async def _find_oldest(self, receiver: "ServiceBusReceiver") -> datetime | None:
        """Look at one message, and at many only where the first is not due yet."""
        from azure.servicebus import ServiceBusMessageState  # noqa: PLC0415 - heavy, as below

        seen, after = 0, FIRST
        ends_at = self._clock() + self._count_seconds
        while seen < self._most and self._clock() < ends_at:
            wanted = MESSAGES_PER_PEEK if seen else 1
            some = await receiver.peek_messages(max_message_count=wanted, sequence_number=after)
            for one in some:
                if one.state is ServiceBusMessageState.ACTIVE:
                    return one.enqueued_time_utc
            if not some:
                return None
            seen, after = seen + len(some), (some[-1].sequence_number or 0) + 1

        return None

    async def _use[T](
        self, place: Place, work: "Callable[[ServiceBusReceiver], Awaitable[T]]"
    ) -> T:
        """Use the receiver of a place, one at a time: the SDK lets no two coroutines share one."""
        seconds = self._count_seconds + self._answer_seconds
        async with self._turns[place]:
            window = await self._open(place)
            is_whole = False
            try:
                result = await bounded(work(window.receiver), seconds, must=MUST)
                is_whole = True
            finally:
                if not is_whole:
                    self._windows.pop(place, None)
                    await _close(window)
            window.used_at = self._clock()

            return result

    async def _open(self, place: Place) -> _Window:
        from azure.servicebus import ServiceBusSubQueue  # noqa: PLC0415 - heavy, not for indexing

        window = self._windows.get(place)
        if window is not None and self._clock() - window.used_at < IDLE_SECONDS:
            return window
        if window is not None:
            await _close(window)

        queue, is_dead = place
        client = self._make_client()
        sub_queue = ServiceBusSubQueue.DEAD_LETTER if is_dead else None
        receiver = client.get_queue_receiver(queue, sub_queue=sub_queue)
        self._windows[place] = _Window(client, receiver, self._clock())

        return self._windows[place]


async def _close(window: _Window) -> None:
    """Close what may be halfway through something; nobody waits for it longer than a moment."""
    await attempt(window.receiver.close(), CLOSE_SECONDS)
    await attempt(window.client.close(), CLOSE_SECONDS)
