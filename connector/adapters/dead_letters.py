"""The dead letters of Service Bus: looked at, and received to be sent again.

A receiver is made for each call, and closed however the call ends: it is needed seldom, opening
costs half a second, and the SDK lets no two coroutines share one. Messages of a queue are received
by one call at a time; looking locks none, and whoever looks meanwhile sees what that look sees.

https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from connector.adapters.bounded import attempt, bounded
from connector.application.review_ports import HandOver, ReadMessage
from connector.domain.dead_letter import DeadLetter, DeadLetters
from connector.domain.errors import InvalidEventError
from connector.domain.event import Event, JobStep, RecordChanged, RelatedChanged

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusReceivedMessage
    from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

LOOK_SECONDS: Final = 20.0
SEND_SECONDS: Final = 90.0
CLOSE_SECONDS: Final = 5.0
WAIT_SECONDS: Final = 2.0
"""After so long without a message there is none that we could have."""

MUST: Final = "service bus must show its dead letters"
AT_ONCE: Final = 100
MOST_RECEIVED: Final = 2000
"""What lies before a message must be received too; whoever has more begins with the oldest."""

OF_THE_BROKER: Final = frozenset(
    {"MaxDeliveryCountExceeded", "TTLExpiredException", "HeaderSizeExceeded"}
)
"""Reasons with a description of Service Bus's own; any other may hold anything."""

_CODE = re.compile(r"[\w.:/-]{1,128}", re.ASCII)

type Use[T] = Callable[["ServiceBusReceiver"], Awaitable[T]]


class ServiceBusDeadLetters:
    """Is the `DeadLetterBox` of a namespace."""

    def __init__(
        self,
        make_client: "Callable[[], ServiceBusClient]",
        read: ReadMessage,
        *,
        look_seconds: float = LOOK_SECONDS,
        send_seconds: float = SEND_SECONDS,
    ) -> None:
        """Take how to make a client, and what understands messages."""
        self._make_client = make_client
        self._read = read
        self._look_seconds = look_seconds
        self._send_seconds = send_seconds
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._looks: dict[tuple[str, int], asyncio.Task[DeadLetters]] = {}

    async def list_dead(self, queue: str, most: int) -> DeadLetters:
        """Look at the messages that a queue gave up, at most so many, and take none.

        Many may look at once: they share one look, and nobody waits in a row.
        """
        asked = queue, most
        look = self._looks.get(asked)
        if look is None:
            look = self._looks[asked] = asyncio.create_task(self._look(queue, most))
            look.add_done_callback(lambda done: self._forget(asked, done))

        return await asyncio.shield(look)

    async def _look(self, queue: str, most: int) -> DeadLetters:
        async def look(receiver: "ServiceBusReceiver") -> "list[ServiceBusReceivedMessage]":
            return await _peek(receiver, most + 1)

        found = await self._with_receiver(queue, look, self._look_seconds)
        letters = tuple(self._to_letter(queue, message) for message in found[:most])

        return DeadLetters(queue, letters, more=len(found) > most)

    async def hand_over(
        self, queue: str, numbers: Collection[int], take: HandOver
    ) -> Sequence[bool]:
        """Offer messages by their sequence numbers, and remove each that is taken."""

        async def offer(receiver: "ServiceBusReceiver") -> list[bool]:
            return await _offer(receiver, set(numbers), take)

        async with self._turns[queue]:
            try:
                return await self._with_receiver(queue, offer, self._send_seconds)
            finally:
                self._looks.clear()  # a look from before it would show what is gone

    def _forget(self, asked: tuple[str, int], done: asyncio.Task[DeadLetters]) -> None:
        """Let the next who looks look anew; a failure is told to whoever waits, if anybody does."""
        if self._looks.get(asked) is done:
            del self._looks[asked]
        if not done.cancelled():
            done.exception()

    async def _with_receiver[T](self, queue: str, use: Use[T], seconds: float) -> T:
        from azure.servicebus import ServiceBusSubQueue  # noqa: PLC0415 - heavy, not needed to index

        async with AsyncExitStack() as closing:
            client = self._make_client()
            closing.push_async_callback(_close, client)
            receiver = client.get_queue_receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
            closing.push_async_callback(_close, receiver)

            return await bounded(use(receiver), seconds, must=MUST)

    def _to_letter(self, queue: str, message: "ServiceBusReceivedMessage") -> DeadLetter:
        event = self._find_event(queue, _to_body(message))
        reason = message.dead_letter_reason
        description = message.dead_letter_error_description

        return DeadLetter(
            sequence_number=message.sequence_number or 0,
            message_id=_to_code(message.message_id),
            enqueued_at=message.enqueued_time_utc,
            reason=_to_code(reason),
            description=description if reason in OF_THE_BROKER else None,
            delivery_count=message.delivery_count,
            key=event.key if isinstance(event, RecordChanged) else None,
            related=event.key if isinstance(event, RelatedChanged) else None,
            job=event.job if isinstance(event, JobStep) else None,
        )

    def _find_event(self, queue: str, body: bytes) -> Event | None:
        try:
            return self._read(queue, body)
        except InvalidEventError:
            return None


async def _peek(receiver: "ServiceBusReceiver", most: int) -> "list[ServiceBusReceivedMessage]":
    """Return the first messages; one answer may hold fewer than are asked for."""
    found: list[ServiceBusReceivedMessage] = []
    while len(found) < most:
        some = await receiver.peek_messages(max_message_count=most - len(found))
        if not some:
            break
        found += some

    return found


async def _offer(receiver: "ServiceBusReceiver", wanted: set[int], take: HandOver) -> list[bool]:
    """Receive until all that is wanted was there, and give back what was not taken."""
    taken: list[bool] = []
    left: list[ServiceBusReceivedMessage] = []
    while wanted and len(left) + len(taken) < MOST_RECEIVED:
        messages = await receiver.receive_messages(AT_ONCE, max_wait_time=WAIT_SECONDS)
        if not messages:
            break

        offered = [one for one in messages if one.sequence_number in wanted]
        wanted -= {one.sequence_number or 0 for one in offered}
        answers = await take([_to_body(one) for one in offered]) if offered else ()
        gone = [one for one, is_taken in zip(offered, answers, strict=True) if is_taken]
        await _settle(receiver.complete_message, gone)
        left += [one for one in messages if one not in gone]
        taken += answers

    await _settle(receiver.abandon_message, left)

    return taken


async def _settle(
    settle: "Callable[[ServiceBusReceivedMessage], Awaitable[None]]",
    messages: "Iterable[ServiceBusReceivedMessage]",
) -> None:
    for message in messages:
        await settle(message)


async def _close(opened: "ServiceBusClient | ServiceBusReceiver") -> None:
    """Close what may be halfway through something; nobody waits for it longer than a moment."""
    await attempt(opened.close(), CLOSE_SECONDS)


def _to_body(message: "ServiceBusReceivedMessage") -> bytes:
    """Return the body where it is one as we write them; a foreign one may be a list or a value."""
    from azure.servicebus.amqp import AmqpMessageBodyType  # noqa: PLC0415 - heavy, as above

    if message.body_type is not AmqpMessageBodyType.DATA:
        return b""

    return b"".join(message.body)


def _to_code(said: object) -> str | None:
    """Return a code when it looks like one; what else stands there may be about a person."""
    return said if isinstance(said, str) and _CODE.fullmatch(said) else None
