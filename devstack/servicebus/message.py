"""A message as the broker keeps it: the sender's bytes, and what the broker knows about them.

What Service Bus adds to an AMQP message:
https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide
"""

import struct
from dataclasses import dataclass, field
from math import inf

from devstack.servicebus.encoding import encode, write
from devstack.servicebus.values import Int, Symbol, UInt

ACTIVE, DEFERRED, SCHEDULED = 0, 1, 2

_LONGEST_TTL = 2**32 - 1


@dataclass(slots=True, eq=False)
class Message:
    """One message in a queue; times are seconds since 1970."""

    bare: bytes
    message_id: object = None
    durable: object = None
    priority: object = None
    time_to_live: float = inf
    scheduled_for: float | None = None
    annotations: dict[object, object] = field(default_factory=dict)

    sequence_number: int = 0
    enqueued_at: float = 0.0
    expires_at: float = inf
    delivery_count: int = 0
    deferred: bool = False
    token: bytes = b""
    locked_until: float = 0.0
    dead_letter_source: str | None = None

    def encoded(self, *, state: int | None = None) -> bytes:
        """Return the message with the broker's header and annotations."""
        return self._header() + self._annotations(state) + self.bare

    def _header(self) -> bytes:
        ttl = min(self.time_to_live * 1000, _LONGEST_TTL + 1)
        lives = UInt(ttl) if ttl <= _LONGEST_TTL else None

        return b"\x00\x53\x70" + encode(
            [self.durable, self.priority, lives, None, UInt(self.delivery_count)]
        )

    def _annotations(self, state: int | None) -> bytes:
        out = bytearray(
            _always(
                *(_SEQUENCE_NUMBER, self.sequence_number),
                *(_ENQUEUED_TIME, to_milliseconds(self.enqueued_at)),
            )
        )
        count = 2
        if self.locked_until:
            out += _when_locked(_LOCKED_UNTIL, to_milliseconds(self.locked_until))
            count += 1
        if state is not None:
            out += _STATE + encode(Int(state))
            count += 1
        if self.dead_letter_source is not None:
            out += _SOURCE + encode(self.dead_letter_source)
            count += 1
        for key, value in self.annotations.items():
            write(out, key)
            write(out, value)
            count += 1

        return b"\x00\x53\x72\xd1" + _map_size(len(out) + 4, 2 * count) + out


def to_milliseconds(seconds: float) -> int:
    """Convert a time to what AMQP calls a timestamp."""
    return round(seconds * 1000)


# Keys with the type code of the value behind them: long, or timestamp.
_SEQUENCE_NUMBER = encode(Symbol("x-opt-sequence-number")) + b"\x81"
_ENQUEUED_TIME = encode(Symbol("x-opt-enqueued-time")) + b"\x83"
_LOCKED_UNTIL = encode(Symbol("x-opt-locked-until")) + b"\x83"
_STATE = encode(Symbol("x-opt-message-state"))
_SOURCE = encode(Symbol("x-opt-deadletter-source"))

_always = struct.Struct(f">{len(_SEQUENCE_NUMBER)}sq{len(_ENQUEUED_TIME)}sq").pack
_when_locked = struct.Struct(f">{len(_LOCKED_UNTIL)}sq").pack
_map_size = struct.Struct(">II").pack
