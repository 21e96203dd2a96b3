"""Bytes to frames and frames to bytes, the latter with latency on demand."""

import asyncio
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from devstack.servicebus.values import DecodeError

AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
SASL_HEADER = b"AMQP\x03\x01\x00\x00"

_header = struct.Struct(">IBBH").unpack_from
_HEADER_SIZE = 8

# Between two delayed writes, so that the loop's timers keep their order.
_TICK = 1e-6


class Frame(NamedTuple):
    """One frame, or a protocol header, which has kind None."""

    kind: int | None
    channel: int
    body: bytes


class FrameReader:
    """What has arrived, cut into frames."""

    def __init__(self, max_frame_size: int) -> None:
        self._max_frame_size = max_frame_size
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take bytes and yield the frames that are whole."""
        data = self._rest + data if self._rest else data
        position, end = 0, len(data)
        while end - position >= _HEADER_SIZE:
            if data[position : position + 4] == b"AMQP":
                size, frame = _HEADER_SIZE, Frame(None, 0, data[position : position + 8])
            else:
                size, offset, kind, channel = _header(data, position)
                if not _HEADER_SIZE <= 4 * offset <= size <= self._max_frame_size:
                    raise DecodeError(f"a frame cannot have size {size} and offset {offset}")
                if size > end - position:
                    break
                frame = Frame(kind, channel, data[position + 4 * offset : position + size])

            position += size
            self._rest = data[position:]
            yield frame

        self._rest = data[position:]


class Outbox:
    """Gathers what is written in one turn of the loop into one write."""

    def __init__(self, transport: asyncio.WriteTransport, latency: Callable[[], float]) -> None:
        """Take where to write, and what tells how long to wait before it."""
        self._transport = transport
        self._latency = latency
        self._loop = asyncio.get_running_loop()
        self._parts: list[bytes] = []
        self._last = 0.0

    def put(self, data: bytes) -> None:
        """Write bytes at the end of this turn."""
        if not self._parts:
            self._loop.call_soon(self.flush)
        self._parts.append(data)

    def flush(self) -> None:
        """Write what was gathered, behind whatever is still delayed."""
        if not self._parts:
            return

        data = b"".join(self._parts)
        self._parts.clear()
        now = self._loop.time()
        due = now + self._latency()
        if self._last > now:
            due = max(due, self._last + _TICK)
        if due <= now:
            self._write(data)
        else:
            self._last = due
            self._loop.call_at(due, self._write, data)

    def close(self, linger: float = 0.0) -> None:
        """Close the transport so long after everything was written."""
        self.flush()
        written = max(self._last + _TICK, self._loop.time())
        self._loop.call_at(written + linger, self._transport.close)

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)
