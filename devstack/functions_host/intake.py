"""Takes from a queue what lies ready there, without waiting for more to come.

The SDK's own call for several messages waits another 0.2 s after the first one, and leaves credit
on the link, so that the broker goes on sending messages that nobody asked for. So the first message
comes by the SDK's public call, which also reconnects, and the ones behind it are pumped off the
link here. This is the only module that touches the SDK's private parts.
"""
# ruff: noqa: SLF001 - the reason stands above

from typing import Any

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus._pyamqp.error import AMQPException
from azure.servicebus.aio import ServiceBusReceiver

# A queue that has more to give sends it within this time.
_GAP_SECONDS = 0.004


class Intake:
    """Receive messages from one queue."""

    def __init__(self, receiver: ServiceBusReceiver, *, prefetches: bool) -> None:
        self._receiver = receiver
        self._prefetches = prefetches

    async def take(self, most: int, seconds: float) -> list[ServiceBusReceivedMessage]:
        """Wait for a message and return it with those that lie ready behind it."""
        messages = await self._receiver.receive_messages(1, max_wait_time=seconds)
        if not messages or most == 1:
            return messages

        ready = await self._pump(most - 1)
        if ready:
            messages += await self._receiver.receive_messages(ready, max_wait_time=seconds)

        return messages

    async def _pump(self, most: int) -> int:
        """Read messages off the link into the SDK's buffer, and return how many are there."""
        handler: Any = self._receiver._handler
        # Without this flag the SDK gives back what comes in.
        self._receiver._receive_context.set()
        try:
            await self._read(handler, most)
        except AMQPException:
            # The next public call meets the same error and reconnects.
            return 0
        finally:
            self._receiver._receive_context.clear()

        return min(most, int(handler._received_messages.qsize()))

    async def _read(self, handler: Any, most: int) -> None:  # noqa: ANN401 - untyped in the SDK
        buffered, link = handler._received_messages, handler._link
        if not self._prefetches:
            await link.flow(link_credit=most)
        elif link.current_link_credit <= 0:
            await link.flow(link_credit=handler._link_credit)

        before = -1
        while before < buffered.qsize() < most:
            before = buffered.qsize()
            await handler._connection.listen(wait=_GAP_SECONDS, batch=most - before)

        if not self._prefetches:
            await link.flow(link_credit=0)
