"""Sends events to Service Bus: one locked sender per queue that joins what waits into one send.

The SDK's asynchronous sender mixes up its deliveries when coroutines share it, and a round trip
costs the same for one message as for a hundred. So callers only leave their messages here, and one
task at a time sends all that is waiting.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from connector.adapters.envelope import to_body
from connector.domain.errors import TransientError
from connector.domain.event import RecordChanged

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage
    from azure.servicebus.aio import ServiceBusClient, ServiceBusSender

logger = logging.getLogger(__name__)

CHANGES = "changes"
MESSAGES_PER_SEND = 100
SEND_SECONDS = 20


@dataclass(slots=True)
class _Waiting:
    """Is what one caller wants sent together."""

    messages: "list[ServiceBusMessage]"
    due: datetime | None
    done: asyncio.Future[None]


class ServiceBusQueue:
    """Is the `EventQueue` on one Service Bus queue."""

    def __init__(self, make_client: "Callable[[], ServiceBusClient]", name: str = CHANGES) -> None:
        """Take how to make a client; it is made at the first send, inside the event loop."""
        self._make_client = make_client
        self._name = name
        self._client: ServiceBusClient | None = None
        self._sender: ServiceBusSender | None = None
        self._waiting: list[_Waiting] = []
        self._sending: asyncio.Task[None] | None = None

    async def send(
        self, events: Sequence[RecordChanged], *, delay: timedelta | None = None
    ) -> None:
        """Queue events and return when Service Bus has them."""
        due = datetime.now(UTC) + delay if delay else None
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting([_to_message(event) for event in events], due, done))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_waiting())

        await done

    async def close(self) -> None:
        """Finish what is under way and close the connection."""
        if self._sending is not None:
            await self._sending

        await self._disconnect()

    async def _send_waiting(self) -> None:
        while self._waiting:
            due = self._waiting[0].due
            together = _take(self._waiting, due)
            try:
                await asyncio.wait_for(
                    self._transmit([m for one in together for m in one.messages], due),
                    SEND_SECONDS,
                )
            except Exception as exc:  # noqa: BLE001 - the SDK raises many kinds; all mean "not sent"
                logger.warning(
                    "queue %s does not take messages: %s", self._name, type(exc).__name__
                )
                await self._disconnect()
                _fail(together, exc)
            else:
                for one in together:
                    if not one.done.done():
                        one.done.set_result(None)

    async def _transmit(self, messages: "list[ServiceBusMessage]", due: datetime | None) -> None:
        sender = await self._connect()
        for start in range(0, len(messages), MESSAGES_PER_SEND):
            some = messages[start : start + MESSAGES_PER_SEND]
            if due is None:
                await sender.send_messages(some)
            else:
                await sender.schedule_messages(some, due)

    async def _connect(self) -> "ServiceBusSender":
        if self._sender is None:
            self._client = self._make_client()
            self._sender = self._client.get_queue_sender(self._name)

        return self._sender

    async def _disconnect(self) -> None:
        client, self._client, self._sender = self._client, None, None
        if client is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.close(), SEND_SECONDS)


def _take(waiting: list[_Waiting], due: datetime | None) -> list[_Waiting]:
    """Remove and return what goes out in one send: all that is due at the same time."""
    together = [one for one in waiting if one.due == due]
    waiting[:] = [one for one in waiting if one.due != due]

    return together


def _fail(together: list[_Waiting], cause: Exception) -> None:
    for one in together:
        if not one.done.done():
            error = TransientError("service bus must take the event")
            error.__cause__ = cause
            one.done.set_exception(error)


def _to_message(event: RecordChanged) -> "ServiceBusMessage":
    from azure.servicebus import ServiceBusMessage  # noqa: PLC0415 - heavy, not needed to index

    return ServiceBusMessage(
        to_body(event),
        message_id=event.message_id,
        correlation_id=event.correlation,
        content_type="application/json",
        subject="record_changed",
    )
