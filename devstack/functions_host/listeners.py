"""Queue listeners: they take messages, run the function, and settle what it handled."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusReceiver
from azure.servicebus.exceptions import ServiceBusError

from devstack.functions_host import metadata
from devstack.functions_host.connections import Connections
from devstack.functions_host.functions import HostedFunction
from devstack.functions_host.hostfile import ServiceBusOptions
from devstack.functions_host.intake import Intake
from devstack.functions_host.invocations import Invocations
from devstack.functions_host.worker import Outcome

type Messages = Sequence[ServiceBusReceivedMessage]

_log = logging.getLogger(__name__)
# A listener looks this often whether it must stop.
_WAIT_SECONDS = 0.5
_PAUSE_AFTER_ERROR_SECONDS = 0.2


class QueueListener(ABC):
    """Feed one function from one queue until told to stop."""

    def __init__(
        self,
        function: HostedFunction,
        receiver: ServiceBusReceiver,
        options: ServiceBusOptions,
        invocations: Invocations,
    ) -> None:
        self._function = function
        self._receiver = receiver
        self._options = options
        self._invocations = invocations
        self._intake = Intake(receiver, prefetches=options.prefetch_count > 0)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Take messages until told to stop; a broken connection is tried again."""
        while not self._stopping.is_set():
            try:
                await self._rounds()
            except ServiceBusError as error:
                _log.warning("%s cannot receive, trying again: %s", self._function.name, error)
                await self._pause()

    def stop(self) -> None:
        """Take no more messages."""
        self._stopping.set()

    async def close(self) -> None:
        """Close the receiver; the SDK gives back what it holds unread."""
        await self._receiver.close()

    async def _rounds(self) -> None:
        # A receiver that lost its connection would open again within the next receive, but never
        # longer than that may wait, which is too short. An open one stays as it is.
        await self._receiver.__aenter__()
        while not self._stopping.is_set():
            await self._round()

    @abstractmethod
    async def _round(self) -> None:
        """Take messages once and see to them."""

    async def _settle(self, messages: Messages, *, ok: bool) -> None:
        if ok and not self._options.auto_complete_messages:
            return

        await asyncio.gather(*(self._settle_one(message, ok=ok) for message in messages))

    async def _settle_one(self, message: ServiceBusReceivedMessage, *, ok: bool) -> None:
        settle = self._receiver.complete_message if ok else self._receiver.abandon_message
        try:
            await settle(message)
        except (ServiceBusError, ValueError) as error:
            # The lock is lost, or the connection is: the message comes again.
            _log.warning("%s cannot settle a message: %s", self._function.name, error)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), _PAUSE_AFTER_ERROR_SECONDS)
        except TimeoutError:
            return


class SingleListener(QueueListener):
    """Run the function once for each message, several at a time, and keep their locks."""

    def __init__(
        self,
        function: HostedFunction,
        receiver: ServiceBusReceiver,
        options: ServiceBusOptions,
        invocations: Invocations,
    ) -> None:
        super().__init__(function, receiver, options, invocations)
        self._slots = asyncio.Semaphore(options.max_concurrent_calls)
        self._handling: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Take messages until told to stop, then wait for those in hand."""
        await super().run()
        if self._handling:
            await asyncio.wait(self._handling)

    async def _round(self) -> None:
        async with self._slots:
            messages = await self._intake.take(1, _WAIT_SECONDS)
        if self._stopping.is_set():
            await self._settle(messages, ok=False)
            return

        for message in messages:
            await self._slots.acquire()
            task = asyncio.create_task(self._handle(message))
            self._handling.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._handling.discard(task)
        self._slots.release()

    async def _handle(self, message: ServiceBusReceivedMessage) -> None:
        body = metadata.one_body(metadata.body_of(message), binary=self._function.is_binary)
        running = self._invocations.start(
            self._invocations.run(self._function, body, metadata.one(metadata.facts_of(message)))
        )
        await self._keep_locked(message, running)

        await self._settle([message], ok=running.result().ok)

    async def _keep_locked(
        self, message: ServiceBusReceivedMessage, running: asyncio.Task[Outcome]
    ) -> None:
        """Wait for the invocation and renew the lock each time half of it is gone."""
        last = datetime.now(UTC) + self._options.max_auto_lock_renewal_duration
        while True:
            now = datetime.now(UTC)
            until = message.locked_until_utc
            half = (until - now).total_seconds() / 2 if until and now < last else None
            done, _ = await asyncio.wait({running}, timeout=half)
            if done:
                return

            try:
                await self._receiver.renew_message_lock(message)
            except ServiceBusError as error:
                _log.warning("%s lost the lock of a message: %s", self._function.name, error)
                await asyncio.wait({running})
                return


class BatchListener(QueueListener):
    """Run the function for batches of messages, one batch at a time; locks are not renewed."""

    async def _round(self) -> None:
        messages = await self._fill()
        if not messages:
            return
        if self._stopping.is_set():
            await self._settle(messages, ok=False)
            return

        bodies = [metadata.body_of(message) for message in messages]
        outcome = await self._invocations.run(
            self._function,
            metadata.many_bodies(bodies, binary=self._function.is_binary),
            metadata.many([metadata.facts_of(message) for message in messages]),
        )
        await self._settle(messages, ok=outcome.ok)

    async def _fill(self) -> Messages:
        """Take a batch, waiting for the smallest size that the options want."""
        options = self._options
        messages = await self._intake.take(options.max_message_batch_size, _WAIT_SECONDS)
        loop = asyncio.get_running_loop()
        end = loop.time() + options.max_batch_wait_time.total_seconds()
        while 0 < len(messages) < options.min_message_batch_size and not self._stopping.is_set():
            left = end - loop.time()
            if left <= 0:
                break

            messages += await self._intake.take(
                options.max_message_batch_size - len(messages), min(left, _WAIT_SECONDS)
            )

        return messages


async def open_listener(
    function: HostedFunction,
    connections: Connections,
    options: ServiceBusOptions,
    invocations: Invocations,
) -> QueueListener:
    """Open a function's queue and return the listener that its cardinality asks for."""
    queue = connections.settings.expand(function.trigger["queueName"])
    receiver = await connections.open_receiver(function.trigger.get("connection", ""), queue)
    kind = BatchListener if function.takes_many else SingleListener

    return kind(function, receiver, options, invocations)
