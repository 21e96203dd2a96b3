"""Sends events to Service Bus: one sender per queue that joins what waits into one send.

The SDK's asynchronous sender mixes up its deliveries when coroutines share it, and a round trip
costs the same for one message as for a hundred. So callers only leave their messages here, and one
task at a time sends what is waiting. That task is also the only one that retries, for all callers
that said how long they have.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from connector.adapters.bounded import attempt
from connector.adapters.messages import ATTEMPT, to_message, to_raw_message
from connector.adapters.waiting_sends import (
    MESSAGES_PER_SEND,
    MOST_PATIENT,
    Waiting,
    patient_of,
    release_beyond_bound,
    settle,
    take,
)
from connector.domain.errors import TransientError
from connector.domain.event import CHANGES, Event

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage
    from azure.servicebus.aio import ServiceBusClient, ServiceBusSender

logger = logging.getLogger(__name__)

SEND_SECONDS = 20.0
CLOSE_SECONDS = 5.0
STALLED_SECONDS = 1.0
OPENING_SECONDS = 5.0
"""A send that takes longer than this is stalled; the first one opens the connection too."""

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 2.0
MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class PatientQueue:
    """The port of a queue for callers who can wait so many seconds while Service Bus is away."""

    queue: "ServiceBusQueue"
    seconds: float

    async def send(self, events: Sequence[Event], *, delay: timedelta | None = None) -> None:
        """Queue events, and retry as long as there is time."""
        await self.queue.send(events, delay=delay, patience=self.seconds)


class ServiceBusQueue:
    """Is the port of one queue of events, on Service Bus."""

    def __init__(
        self,
        make_client: "Callable[[], ServiceBusClient]",
        name: str = CHANGES,
        *,
        send_seconds: float = SEND_SECONDS,
        close_seconds: float = CLOSE_SECONDS,
        note: Callable[[BaseException | None], None] | None = None,
    ) -> None:
        """Take how to make a client; it is made at the first send, inside the event loop.

        What became of each send is noted where somebody wants to know.
        """
        self._make_client = make_client
        self._name = name
        self._send_seconds = send_seconds
        self._close_seconds = close_seconds
        self._note = note
        self._connection: tuple[ServiceBusClient, ServiceBusSender] | None = None
        self._waiting: list[Waiting] = []
        self._together: Sequence[Waiting] = ()
        self._sending: asyncio.Task[None] | None = None
        self._failures = 0
        self._is_stalled = False
        self._closing = asyncio.Event()

    def patiently(self, seconds: float) -> PatientQueue:
        """Return the same queue for callers who can wait."""
        return PatientQueue(self, seconds)

    async def send(
        self, events: Sequence[Event], *, delay: timedelta | None = None, patience: float = 0.0
    ) -> None:
        """Queue events and return when Service Bus has them.

        A failed send is retried for so many seconds of patience, and otherwise told at once.
        """
        if events:
            await self._send([to_message(event) for event in events], delay, patience)

    async def send_anew(self, events: Sequence[Event]) -> None:
        """Queue events under message ids that no queue has seen, whatever the events say."""
        if events:
            await self._send([to_message(event, str(uuid.uuid4())) for event in events], None)

    async def send_raw(self, body: bytes, *, attempt: int, delay: timedelta) -> None:
        """Queue a body as it is, with a new message id and its attempt beside it."""
        await self._send([to_raw_message(body, {ATTEMPT: attempt})], delay)

    async def send_bodies(
        self, bodies: Sequence[tuple[bytes, Mapping[str, int | bool | str]]], *, delay: timedelta
    ) -> None:
        """Queue bodies as they are, with new message ids and the properties beside each."""
        await self._send([to_raw_message(*one) for one in bodies], delay)

    async def _send(
        self,
        messages: "list[ServiceBusMessage]",
        delay: timedelta | None,
        patience: float = 0.0,
    ) -> None:
        if patience and (self._failures or self._is_stalled) and self._is_full():
            raise TransientError("service bus must take the event; too many wait for that")

        due = datetime.now(UTC) + delay if delay else None
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(
            Waiting(messages=messages, due=due, is_patient=patience > 0, done=done)
        )
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_waiting())

        try:
            async with asyncio.timeout(patience or None):
                await done
        except TimeoutError as exc:
            raise TransientError("service bus must take the event in time") from exc

    async def close(self) -> None:
        """Finish what is under way, retry nothing any more, and close the connection."""
        if self._sending is not None:
            self._closing.set()
            await asyncio.wait({self._sending})
            self._closing.clear()

        await self._disconnect()

    async def _send_waiting(self) -> None:
        """Send until nobody waits; however this ends, nobody is left waiting."""
        try:
            while self._waiting:
                self._together = take(self._waiting)
                await self._send_together(self._together)
        finally:
            self._refuse(self._together, asyncio.CancelledError())

    async def _send_together(self, together: Sequence[Waiting]) -> None:
        messages = [message for one in together for message in one.messages]
        sent = self._transmit(messages, together[0].due)
        failure = await self._attempt(sent)
        if self._note is not None:
            self._note(failure)
        if failure is None:
            self._failures = 0
            self._together = ()
            for one in together:
                settle(one, None)
            return

        self._failures += 1
        logger.warning("queue %s does not take messages: %s", self._name, type(failure).__name__)
        patient = [] if self._closing.is_set() else patient_of(*together, *self._waiting)
        self._refuse(together, failure, but=patient)
        await self._disconnect()
        await self._pause()

    async def _attempt(self, sent: Coroutine[Any, Any, None]) -> BaseException | None:
        """Try a send, and release the callers beyond the bound while it is stalled."""
        seconds = STALLED_SECONDS if self._connection else OPENING_SECONDS
        timer = asyncio.get_running_loop().call_later(seconds, self._stall)
        try:
            return await attempt(sent, self._send_seconds)
        finally:
            timer.cancel()
            self._is_stalled = False

    def _stall(self) -> None:
        self._is_stalled = True
        release_beyond_bound(self._together, self._waiting)

    def _is_full(self) -> bool:
        return len(patient_of(*self._together, *self._waiting)) >= MOST_PATIENT

    async def _pause(self) -> None:
        """Wait a little longer after each failure, but not once the end has come."""
        if not self._waiting:
            self._failures = 0
            return

        doublings = min(self._failures - 1, MOST_DOUBLINGS)
        seconds = min(FIRST_PAUSE_SECONDS * 2**doublings, LONGEST_PAUSE_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    def _refuse(
        self,
        together: Iterable[Waiting],
        cause: BaseException,
        *,
        but: Sequence[Waiting] = (),
    ) -> None:
        """Tell all callers but some, also those that still wait: their time would run out."""
        kept = {id(one) for one in but}
        for one in (*together, *self._waiting):
            if id(one) not in kept:
                settle(one, cause)

        self._waiting[:] = but
        self._together = ()

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
