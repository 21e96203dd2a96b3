"""The two frames that every message costs, written without the general codec for speed."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from devstack.servicebus.performatives import AMQP_FRAME

_TRUE, _FALSE, _UINT, _UINT_ZERO, _LIST, _BINARY = 0x41, 0x42, 0x70, 0x43, 0xC0, 0xA0

# The frame's header, descriptor and list; then handle, delivery id, tag, format, settled, more.
_transfer = struct.Struct(">IBBH 3sBBB BIBI BB16s BBB")
# The same; then role, first, last, settled, and the outcome `accepted`.
_disposition = struct.Struct(">IBBH 3sBBB BBIBIB 4s")

# What stands before the list's own size: header, descriptor, type code and the size itself.
_BEFORE_LIST = 13
_ACCEPTED = b"\x00\x53\x24\x45"


class Delivery(NamedTuple):
    """One message on its way to a receiver."""

    handle: int
    delivery_id: int
    tag: bytes
    settled: bool
    payload: bytes


def transfer_frames(channel: int, delivery: Delivery, max_frame_size: int) -> Iterator[bytes]:
    """Yield the frames of a delivery, several when it is larger than a frame."""
    handle, delivery_id, tag, settled, payload = delivery
    room = max_frame_size - _transfer.size
    for start in range(0, len(payload) or 1, room):
        part = payload[start : start + room]
        head = _transfer.pack(
            *(_transfer.size + len(part), 2, AMQP_FRAME, channel),
            *(b"\x00\x53\x14", _LIST, _transfer.size - _BEFORE_LIST, 6),
            *(_UINT, handle, _UINT, delivery_id, _BINARY, 16, tag, _UINT_ZERO),
            _TRUE if settled else _FALSE,
            _TRUE if start + room < len(payload) else _FALSE,
        )
        yield head + part


def accepted_frame(channel: int, delivery_id: int, *, by_receiver: bool) -> bytes:
    """Return the frame that settles one delivery as accepted."""
    return _disposition.pack(
        *(_disposition.size, 2, AMQP_FRAME, channel),
        *(b"\x00\x53\x15", _LIST, _disposition.size - _BEFORE_LIST, 5),
        _TRUE if by_receiver else _FALSE,
        *(_UINT, delivery_id, _UINT, delivery_id, _TRUE, _ACCEPTED),
    )
