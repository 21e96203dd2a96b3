"""The links of a session: what a client sends into, and what it receives from."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

from devstack.servicebus.conditions import SIZE_EXCEEDED, RefusedError
from devstack.servicebus.message import Message
from devstack.servicebus.performatives import Flow, Transfer
from devstack.servicebus.queue import Queue

# The largest message of the Standard tier.
MAX_MESSAGE_SIZE = 256 * 1024

_CREDIT = 1000
_LOW_CREDIT = 500


class Wire(Protocol):
    """What a link needs of its session."""

    def send_flow(
        self, handle: int, delivery_count: int, credit: int, *, drained: bool = False
    ) -> None:
        """Tell the client the state of a link."""

    def send_settled(self, handle: int, payload: bytes) -> None:
        """Send a delivery that needs no answer."""

    def send_locked(self, handle: int, queue: Queue, message: Message) -> None:
        """Send a delivery that the client settles."""


class InLink:
    """A link into which a client sends; `accept` takes a whole message or refuses it."""

    def __init__(self, wire: Wire, handle: int, accept: Callable[[int, bytes], None]) -> None:
        self.delivery: Transfer | None = None
        self._wire = wire
        self._handle = handle
        self._accept = accept
        self._parts: list[bytes] = []
        self._size = 0
        self._delivery_count = 0
        self._credit = 0

    def open(self, initial_delivery_count: int) -> None:
        """Give the first credit."""
        self._delivery_count = initial_delivery_count
        self._give_credit()

    def take(self, transfer: Transfer, payload: bytes) -> bool:
        """Take a part of a delivery, and tell whether it was the last."""
        if self.delivery is None:
            self.delivery = transfer
        self._size += len(payload)
        if self._size <= MAX_MESSAGE_SIZE:
            self._parts.append(payload)

        return not transfer.more

    def finish(self) -> None:
        """Hand over the delivery that is whole; raise when it is refused."""
        first, size, payload = self.delivery, self._size, b"".join(self._parts)
        self.delivery, self._size = None, 0
        self._parts.clear()
        self._count()
        if size > MAX_MESSAGE_SIZE:
            raise RefusedError(
                SIZE_EXCEEDED,
                f"The received message (delivery-id:{first and first.delivery_id}, size:{size} "
                f"bytes) exceeds the limit ({MAX_MESSAGE_SIZE} bytes) currently allowed on the "
                "link.",
            )

        self._accept(int((first and first.message_format) or 0), payload)

    def on_flow(self, flow: Flow) -> None:
        """Answer a client that asks for the state of the link."""
        if flow.echo:
            self._give_credit()

    def close(self) -> None:
        """Forget a delivery that will never be whole."""
        self._parts.clear()

    def _count(self) -> None:
        self._delivery_count = (self._delivery_count + 1) & 0xFFFFFFFF
        self._credit -= 1
        if self._credit <= _LOW_CREDIT:
            self._give_credit()

    def _give_credit(self) -> None:
        self._credit = _CREDIT
        self._wire.send_flow(self._handle, self._delivery_count, _CREDIT)


class _Credit:
    """How many deliveries a client still wants on a link."""

    def __init__(self, wire: Wire, handle: int) -> None:
        self.credit = 0
        self.handle = handle
        self.wire = wire
        self._delivery_count = 0

    def spend(self) -> None:
        """Count one delivery."""
        self.credit -= 1
        self._delivery_count = (self._delivery_count + 1) & 0xFFFFFFFF

    def renew(self, flow: Flow) -> None:
        """Take the credit that the client gives, less what is on its way."""
        behind = (self._delivery_count - (flow.delivery_count or 0)) & 0xFFFFFFFF
        self.credit = max(0, (flow.link_credit or 0) - behind)

    def answer(self, flow: Flow) -> None:
        """Use up the credit of a client that drains; tell the state to one that asks."""
        if flow.drain:
            self._delivery_count = (self._delivery_count + self.credit) & 0xFFFFFFFF
            self.credit = 0
        if flow.drain or flow.echo:
            self.wire.send_flow(
                self.handle, self._delivery_count, self.credit, drained=bool(flow.drain)
            )


class QueueLink(_Credit):
    """A link from which a client receives the messages of a queue."""

    def __init__(self, wire: Wire, handle: int, queue: Queue, *, deletes: bool) -> None:
        super().__init__(wire, handle)
        self.deletes = deletes
        self._queue = queue

    def deliver(self, message: Message) -> None:
        """Send a message to the client."""
        self.spend()
        if self.deletes:
            self.wire.send_settled(self.handle, message.encoded())
        else:
            self.wire.send_locked(self.handle, self._queue, message)

    def on_flow(self, flow: Flow) -> None:
        """Deliver what the new credit allows."""
        self.renew(flow)
        if self.credit:
            self._queue.subscribe(self)
        self.answer(flow)

    def close(self) -> None:
        """Deliver no more."""
        self._queue.unsubscribe(self)


class ReplyLink(_Credit):
    """A link on which a client receives the answers of a node."""

    def __init__(self, wire: Wire, handle: int, address: str) -> None:
        super().__init__(wire, handle)
        self.address = address
        self._waiting: deque[bytes] = deque()

    def reply(self, payload: bytes) -> None:
        """Send an answer as soon as there is credit."""
        self._waiting.append(payload)
        self._send()

    def on_flow(self, flow: Flow) -> None:
        """Send what the new credit allows."""
        self.renew(flow)
        self._send()
        self.answer(flow)

    def close(self) -> None:
        """Forget what was never sent."""
        self._waiting.clear()

    def _send(self) -> None:
        while self._waiting and self.credit > 0:
            self.spend()
            self.wire.send_settled(self.handle, self._waiting.popleft())
