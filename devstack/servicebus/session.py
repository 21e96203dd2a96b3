"""A session: the order of its deliveries, its links, and what is not settled yet."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from devstack.servicebus.conditions import (
    ACCEPTED,
    INVALID_FIELD,
    REJECTED,
    UNATTACHED_HANDLE,
    RefusedError,
    lock_lost,
)
from devstack.servicebus.links import InLink, QueueLink, ReplyLink
from devstack.servicebus.message import Message
from devstack.servicebus.performatives import (
    Begin,
    Detach,
    Disposition,
    Flow,
    Performative,
    Transfer,
    frame,
)
from devstack.servicebus.queue import Queue
from devstack.servicebus.quick_frames import Delivery, accepted_frame, transfer_frames
from devstack.servicebus.settlement import settle
from devstack.servicebus.values import Described, UInt, UShort

Link = InLink | QueueLink | ReplyLink

# As good as no limit: what holds a client back is the credit of its links.
_WINDOW = UInt(2**31 - 1)
_SERIAL = 0xFFFFFFFF


class ProtocolError(RefusedError):
    """Say that a client breaks the protocol; the connection cannot go on."""


class _Unsettled(NamedTuple):
    handle: int
    queue: Queue
    token: bytes


class Session:
    """One session of a connection; `put` takes the frames that go out."""

    def __init__(self, channel: int, begin: Begin, put: Callable[[bytes], None]) -> None:
        self.links: dict[int, Link] = {}
        self.max_frame_size = 512
        self._channel = channel
        self._put = put
        self._incoming_id = int(begin.next_outgoing_id)
        self._expected_delivery: int | None = None
        self._outgoing_id = 0
        self._delivery_id = 0
        self._room = int(begin.incoming_window)
        self._backlog: deque[bytes] = deque()
        self._unsettled: dict[int, _Unsettled] = {}
        self._refused: set[int] = set()

    def begin(self) -> None:
        """Answer the client's begin."""
        self.send(Begin(UShort(self._channel), UInt(0), _WINDOW, _WINDOW, UInt(255)))

    def send(self, performative: Performative) -> None:
        """Send a frame without payload."""
        self._put(frame(self._channel, performative))

    def close(self) -> None:
        """End every link; what is locked stays locked."""
        for link in self.links.values():
            link.close()
        self.links.clear()

    def refuse(self, handle: UInt, refusal: RefusedError) -> None:
        """Detach a link with the reason; what the client sent before it read that is ignored."""
        self._refused.add(handle)
        self.send(Detach(handle, closed=True, error=refusal.described()))

    def detach(self, handle: int) -> None:
        """End one link."""
        self._refused.discard(handle)
        link = self.links.pop(handle, None)
        if link is not None:
            link.close()
        self._unsettled = {
            number: entry for number, entry in self._unsettled.items() if entry.handle != handle
        }

    def on_flow(self, flow: Flow) -> None:
        """Take the windows and the credit that a client tells."""
        next_incoming = flow.next_incoming_id or 0
        self._room = (next_incoming + flow.incoming_window - self._outgoing_id) & _SERIAL
        self._send_backlog()
        if flow.handle in self._refused:
            return
        if flow.handle is not None:
            self._link(flow.handle).on_flow(flow)
        elif flow.echo:
            self.send(self._state())

    def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        """Take a part of a delivery, and answer a whole one."""
        self._incoming_id = (self._incoming_id + 1) & _SERIAL
        link = self._link(transfer.handle)
        if not isinstance(link, InLink):
            raise ProtocolError(UNATTACHED_HANDLE, "this link does not take deliveries")

        self._check_order(link, transfer)
        if not link.take(transfer, payload):
            return

        first = link.delivery or transfer
        try:
            link.finish()
        except RefusedError as refusal:
            self._answer(first, refusal.outcome())
        else:
            self._answer(first, None)

    def on_disposition(self, disposition: Disposition) -> None:
        """Settle deliveries as the client says, and repeat its outcome to it."""
        if not disposition.role or disposition.state is None:
            return

        last = disposition.first if disposition.last is None else disposition.last
        for number in range(disposition.first, min(last, self._delivery_id) + 1):
            outcome = self._settle(number, disposition.state)
            if not disposition.settled:
                self._tell_settled(number, outcome, by_receiver=False)

    def send_flow(
        self, handle: int, delivery_count: int, credit: int, *, drained: bool = False
    ) -> None:
        """Tell the client the state of a link."""
        self.send(
            self._state()._replace(
                handle=UInt(handle),
                delivery_count=UInt(delivery_count),
                link_credit=UInt(credit),
                drain=drained,
            )
        )

    def send_settled(self, handle: int, payload: bytes) -> None:
        """Send a delivery that needs no answer."""
        number = self._delivery_id
        tag = number.to_bytes(16, "little")
        self._send_delivery(Delivery(handle, number, tag, settled=True, payload=payload))

    def send_locked(self, handle: int, queue: Queue, message: Message) -> None:
        """Send a delivery that the client settles; its tag is the lock token."""
        self._unsettled[self._delivery_id] = _Unsettled(handle, queue, message.token)
        self._send_delivery(
            Delivery(handle, self._delivery_id, message.token, False, message.encoded())  # noqa: FBT003 - not settled
        )

    def _send_delivery(self, delivery: Delivery) -> None:
        self._delivery_id = (self._delivery_id + 1) & _SERIAL
        self._backlog.extend(transfer_frames(self._channel, delivery, self.max_frame_size))
        self._send_backlog()

    def _send_backlog(self) -> None:
        while self._backlog and self._room > 0:
            self._put(self._backlog.popleft())
            self._room -= 1
            self._outgoing_id = (self._outgoing_id + 1) & _SERIAL

    def _link(self, handle: int) -> Link:
        link = self.links.get(handle)
        if link is None:
            raise ProtocolError(UNATTACHED_HANDLE, f"no link is attached with handle {handle}")

        return link

    def _check_order(self, link: InLink, transfer: Transfer) -> None:
        """Refuse a delivery id out of order: the mark of a sender shared without a lock."""
        if link.delivery is not None:
            expected = link.delivery.delivery_id
            if transfer.delivery_id not in (None, expected):
                raise _out_of_order(expected, transfer.delivery_id)
            return

        given = transfer.delivery_id
        if given is None or self._expected_delivery not in (None, given):
            raise _out_of_order(self._expected_delivery, given)

        self._expected_delivery = (given + 1) & _SERIAL

    def _answer(self, transfer: Transfer, outcome: Described | None) -> None:
        if not transfer.settled:
            self._tell_settled(transfer.delivery_id or 0, outcome, by_receiver=True)

    def _tell_settled(self, number: int, outcome: Described | None, *, by_receiver: bool) -> None:
        if outcome is None:
            self._put(accepted_frame(self._channel, number, by_receiver=by_receiver))
        else:
            told = UInt(number)
            self.send(Disposition(by_receiver, told, told, settled=True, state=outcome))

    def _settle(self, number: int, outcome: Described) -> Described | None:
        """Return the outcome as it was applied; None is accepted."""
        entry = self._unsettled.pop(number, None)
        if entry is None:
            return lock_lost().outcome()

        try:
            settle(entry.queue, entry.token, outcome)
        except RefusedError as refusal:
            return refusal.outcome()

        if outcome.descriptor == ACCEPTED:
            return None

        # A rejection repeated with its error would say that settling has failed.
        return Described(REJECTED, []) if outcome.descriptor == REJECTED else outcome

    def _state(self) -> Flow:
        return Flow(UInt(self._incoming_id), _WINDOW, UInt(self._outgoing_id), _WINDOW)


def _out_of_order(expected: int | None, given: int | None) -> ProtocolError:
    return ProtocolError(
        INVALID_FIELD,
        f"sequencing error, expected delivery-id {expected}, got {given}: is one sender used by "
        "several tasks without a lock?",
    )
