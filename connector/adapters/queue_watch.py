"""Looks into the queues of Service Bus by peeking: nothing is taken, and no right to manage needed.

A receiver is made for each look and closed afterwards, as for dead letters. Peeking shows what is
due, what is in work, and what is scheduled, each with its state.

https://learn.microsoft.com/azure/service-bus-messaging/message-browsing
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from connector.adapters.bounded import bounded
from connector.adapters.servicebus import attempt
from connector.domain.queue_load import Number, QueueLoad

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusReceivedMessage
    from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

MOST: Final = 1000
COUNT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 4.0
CLOSE_SECONDS: Final = 5.0
MESSAGES_PER_PEEK: Final = 250
MUST: Final = "service bus must let us look into its queues"

type Peeked = tuple[list["ServiceBusReceivedMessage"], bool]
"""Is what was seen, and whether there may be more."""


class ServiceBusQueueWatch:
    """The `QueueWatch` of a namespace."""

    def __init__(
        self,
        make_client: "Callable[[], ServiceBusClient]",
        queues: Sequence[str],
        *,
        most: int = MOST,
        count_seconds: float = COUNT_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """Take how to make a client, the names of the queues, and how far to count."""
        self._make_client = make_client
        self._queues = tuple(queues)
        self._most = most
        self._count_seconds = count_seconds
        self._answer_seconds = answer_seconds

    async def check(self) -> None:
        """Look whether every queue may be looked into, by its first message."""

        async def look(receiver: "ServiceBusReceiver") -> None:
            await receiver.peek_messages(max_message_count=1)

        await asyncio.gather(*(self._with_receiver(queue, look) for queue in self._queues))

    async def count(self) -> Sequence[QueueLoad]:
        """Count what lies on every queue, as far as it can be counted at once."""
        return await asyncio.gather(*(self._count(queue) for queue in self._queues))

    async def _count(self, queue: str) -> QueueLoad:
        from azure.servicebus import ServiceBusMessageState  # noqa: PLC0415 - heavy, as below

        (live, more), (dead, more_dead) = await asyncio.gather(
            self._with_receiver(queue, self._peek),
            self._with_receiver(queue, self._peek, is_dead=True),
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
        ends_at = time.monotonic() + self._count_seconds
        while True:
            wanted = min(self._most + 1 - len(found), MESSAGES_PER_PEEK)
            some = await receiver.peek_messages(max_message_count=wanted)
            found += some
            if not some:
                return found, False
            if len(found) > self._most:
                return found[: self._most], True
            if time.monotonic() >= ends_at:
                return found, True

    async def _with_receiver[T](
        self,
        queue: str,
        use: "Callable[[ServiceBusReceiver], Awaitable[T]]",
        *,
        is_dead: bool = False,
    ) -> T:
        from azure.servicebus import ServiceBusSubQueue  # noqa: PLC0415 - heavy, not for indexing

        async with AsyncExitStack() as closing:
            client = self._make_client()
            closing.push_async_callback(_close, client)
            sub_queue = ServiceBusSubQueue.DEAD_LETTER if is_dead else None
            receiver = client.get_queue_receiver(queue, sub_queue=sub_queue)
            closing.push_async_callback(_close, receiver)
            seconds = self._count_seconds + self._answer_seconds

            return await bounded(use(receiver), seconds, must=MUST)


async def _close(opened: "ServiceBusClient | ServiceBusReceiver") -> None:
    """Close what may be halfway through something; nobody waits for it longer than a moment."""
    await attempt(opened.close(), CLOSE_SECONDS)
