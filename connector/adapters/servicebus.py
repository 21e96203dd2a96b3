"""Sends events to Service Bus: one sender per queue that joins what waits into one send.

The SDK's asynchronous sender mixes up its deliveries when coroutines share it, and a round trip
costs the same for one message as for a hundred. So callers only leave their messages here, and one
task at a time sends what is waiting.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from connector.adapters.envelope import MOST_ATTEMPTS, wrap
from connector.domain.errors import TransientError
from connector.domain.event import CHANGES, Event

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage
    from azure.servicebus.aio import ServiceBusClient, ServiceBusSender

logger = logging.getLogger(__name__)

MESSAGES_PER_SEND = 100
SEND_SECONDS = 20.0
CLOSE_SECONDS = 5.0
ATTEMPT = "spotler_connector_attempt"
"""The property that counts for who cannot be read; all others count in their envelope."""


@dataclass(slots=True)
class _Waiting:
    """Is what one caller wants sent together."""

    messages: "list[ServiceBusMessage]"
    due: datetime | None
    done: asyncio.Future[None]


class ServiceBusQueue:
    """Is the port of one queue of events, on Service Bus."""

    def __init__(
        self,
        make_client: "Callable[[], ServiceBusClient]",
        name: str = CHANGES,
        *,
        send_seconds: float = SEND_SECONDS,
        close_seconds: float = CLOSE_SECONDS,
    ) -> None:
        """Take how to make a client; it is made at the first send, inside the event loop."""
        self._make_client = make_client
        self._name = name
        self._send_seconds = send_seconds
        self._close_seconds = close_seconds
        self._connection: tuple[ServiceBusClient, ServiceBusSender] | None = None
        self._waiting: list[_Waiting] = []
        self._sending: asyncio.Task[None] | None = None

    async def send(self, events: Sequence[Event], *, delay: timedelta | None = None) -> None:
        """Queue events and return when Service Bus has them."""
        if events:
            await self._send([_to_message(event) for event in events], delay)

    async def send_anew(self, events: Sequence[Event]) -> None:
        """Queue events under message ids that no queue has seen, whatever the events say."""
        if events:
            await self._send([_to_message(event, str(uuid.uuid4())) for event in events], None)

    async def send_raw(self, body: bytes, *, attempt: int, delay: timedelta) -> None:
        """Queue a body as it is, with a new message id and its attempt beside it."""
        await self._send([_to_raw_message(body, attempt)], delay)

    async def _send(self, messages: "list[ServiceBusMessage]", delay: timedelta | None) -> None:
        due = datetime.now(UTC) + delay if delay else None
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(messages, due, done))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_waiting())

        await done

    async def close(self) -> None:
        """Finish what is under way and close the connection."""
        if self._sending is not None:
            await asyncio.wait({self._sending})

        await self._disconnect()

    async def _send_waiting(self) -> None:
        """Send until nobody waits; however this ends, nobody is left waiting."""
        together: list[_Waiting] = []
        try:
            while self._waiting:
                together = _take(self._waiting)
                await self._send_together(together)
        finally:
            self._refuse(together, asyncio.CancelledError())

    async def _send_together(self, together: Sequence[_Waiting]) -> None:
        messages = [message for one in together for message in one.messages]
        sent = self._transmit(messages, together[0].due)
        failure = await attempt(sent, self._send_seconds)
        if failure is None:
            for one in together:
                _settle(one, None)
            return

        logger.warning("queue %s does not take messages: %s", self._name, type(failure).__name__)
        self._refuse(together, failure)
        await self._disconnect()

    def _refuse(self, together: Iterable[_Waiting], cause: BaseException) -> None:
        """Tell everybody, also who still waits: behind a failed send their time would run out."""
        for one in (*together, *self._waiting):
            _settle(one, cause)

        self._waiting.clear()

    async def _transmit(
        self, messages: "Sequence[ServiceBusMessage]", due: datetime | None
    ) -> None:
        sender = self._connect()
        for some in batched(messages, MESSAGES_PER_SEND, strict=False):
            if due is None:
                await sender.send_messages(list(some))
            else:
                await sender.schedule_messages(list(some), due)

    def _connect(self) -> "ServiceBusSender":
        if self._connection is None:
            client = self._make_client()
            self._connection = client, client.get_queue_sender(self._name)

        return self._connection[1]

    async def _disconnect(self) -> None:
        """Leave a connection that may be halfway through something; the next send opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # It closes its sender too, which must be held until here: it knows it only weakly.
            await attempt(connection[0].close(), self._close_seconds)


async def attempt(work: Coroutine[Any, Any, None], seconds: float) -> BaseException | None:
    """Return what went wrong; the SDK giving up its own task or hanging is wrong like any error."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()

    if not task.done():
        return TimeoutError()

    return asyncio.CancelledError() if task.cancelled() else task.exception()


def _take(waiting: list[_Waiting]) -> list[_Waiting]:
    """Remove and return what goes out in one send: what is due at the same time and fits in."""
    due, size = waiting[0].due, 0
    together: list[_Waiting] = []
    rest: list[_Waiting] = []
    for one in waiting:
        fits = not together or size + len(one.messages) <= MESSAGES_PER_SEND
        if one.due == due and fits:
            together.append(one)
            size += len(one.messages)
        else:
            rest.append(one)

    waiting[:] = rest

    return together


def _settle(one: _Waiting, cause: BaseException | None) -> None:
    """End a caller's wait, if the caller has not gone."""
    if one.done.done():
        return

    if cause is None:
        one.done.set_result(None)
        return

    error = TransientError("service bus must take the event")
    error.__cause__ = cause
    one.done.set_exception(error)


def _to_message(event: Event, message_id: str | None = None) -> "ServiceBusMessage":
    from azure.servicebus import ServiceBusMessage  # noqa: PLC0415 - heavy, not needed to index

    envelope = wrap(event)

    return ServiceBusMessage(
        envelope.model_dump_json(),
        message_id=message_id or event.message_id,
        correlation_id=event.correlation,
        content_type="application/json",
        subject=envelope.kind,
    )


def _to_raw_message(body: bytes, attempt: int) -> "ServiceBusMessage":
    from azure.servicebus import ServiceBusMessage  # noqa: PLC0415 - heavy, not needed to index

    return ServiceBusMessage(
        body, message_id=str(uuid.uuid4()), application_properties={ATTEMPT: attempt}
    )


def read_attempt(properties: Mapping[str, object] | None) -> int:
    """Return the attempt beside a raw body; what nobody of us wrote counts as none."""
    attempt = (properties or {}).get(ATTEMPT)

    if not isinstance(attempt, int) or not 0 <= attempt <= MOST_ATTEMPTS:
        return 0

    return attempt
