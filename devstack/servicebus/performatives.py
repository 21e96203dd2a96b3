"""The frames of AMQP 1.0: how a connection, a session and a link speak.

https://docs.oasis-open.org/amqp/core/v1.0/amqp-core-transport-v1.0.html
"""

import struct
from typing import Any, NamedTuple

from devstack.servicebus.decoding import decode, decode_fields
from devstack.servicebus.encoding import encode
from devstack.servicebus.values import (
    Array,
    DecodeError,
    Described,
    Symbol,
    UByte,
    UInt,
    ULong,
    UShort,
)

AMQP_FRAME = 0
SASL_FRAME = 1
EMPTY_FRAME = b"\x00\x00\x00\x08\x02\x00\x00\x00"

_Map = dict[object, object]


class Open(NamedTuple):
    """Begin a connection."""

    container_id: str
    hostname: str | None = None
    max_frame_size: UInt | None = None
    channel_max: UShort | None = None
    idle_time_out: UInt | None = None
    outgoing_locales: object = None
    incoming_locales: object = None
    offered_capabilities: object = None
    desired_capabilities: object = None
    properties: _Map | None = None


class Begin(NamedTuple):
    """Begin a session."""

    remote_channel: UShort | None
    next_outgoing_id: UInt
    incoming_window: UInt
    outgoing_window: UInt
    handle_max: UInt | None = None
    offered_capabilities: object = None
    desired_capabilities: object = None
    properties: _Map | None = None


class Attach(NamedTuple):
    """Attach a link; `role` is true for the end that receives."""

    name: str
    handle: UInt
    role: bool
    snd_settle_mode: UByte | None = None
    rcv_settle_mode: UByte | None = None
    source: Described | None = None
    target: Described | None = None
    unsettled: _Map | None = None
    incomplete_unsettled: bool | None = None
    initial_delivery_count: UInt | None = None
    max_message_size: ULong | None = None
    offered_capabilities: object = None
    desired_capabilities: object = None
    properties: _Map | None = None


class Flow(NamedTuple):
    """Tell windows and credit."""

    next_incoming_id: UInt | None
    incoming_window: UInt
    next_outgoing_id: UInt
    outgoing_window: UInt
    handle: UInt | None = None
    delivery_count: UInt | None = None
    link_credit: UInt | None = None
    available: UInt | None = None
    drain: bool | None = None
    echo: bool | None = None
    properties: _Map | None = None


class Transfer(NamedTuple):
    """Carry a message or a part of it."""

    handle: UInt
    delivery_id: UInt | None = None
    delivery_tag: bytes | None = None
    message_format: UInt | None = None
    settled: bool | None = None
    more: bool | None = None
    rcv_settle_mode: UByte | None = None
    state: Described | None = None
    resume: bool | None = None
    aborted: bool | None = None
    batchable: bool | None = None


class Disposition(NamedTuple):
    """Tell what became of deliveries."""

    role: bool
    first: UInt
    last: UInt | None = None
    settled: bool | None = None
    state: Described | None = None
    batchable: bool | None = None


class Detach(NamedTuple):
    """Detach a link."""

    handle: UInt
    closed: bool | None = None
    error: Described | None = None


class End(NamedTuple):
    """End a session."""

    error: Described | None = None


class Close(NamedTuple):
    """Close a connection."""

    error: Described | None = None


class SaslMechanisms(NamedTuple):
    """Offer ways to authenticate."""

    mechanisms: Array


class SaslInit(NamedTuple):
    """Choose a way to authenticate."""

    mechanism: Symbol
    initial_response: bytes | None = None
    hostname: str | None = None


class SaslOutcome(NamedTuple):
    """Tell whether a client may go on."""

    code: UByte
    additional_data: bytes | None = None


Performative = (
    Open
    | Begin
    | Attach
    | Flow
    | Transfer
    | Disposition
    | Detach
    | End
    | Close
    | SaslMechanisms
    | SaslInit
    | SaslOutcome
)

_KINDS: dict[int, Any] = {
    0x10: Open,
    0x11: Begin,
    0x12: Attach,
    0x13: Flow,
    0x14: Transfer,
    0x15: Disposition,
    0x16: Detach,
    0x17: End,
    0x18: Close,
    0x40: SaslMechanisms,
    0x41: SaslInit,
    0x44: SaslOutcome,
}
_CODES = {kind: ULong(code) for code, kind in _KINDS.items()}

_header = struct.Struct(">IBBH").pack


def parse(body: bytes) -> tuple[Performative, bytes]:
    """Return the performative of a frame's body and the payload behind it."""
    code, start = decode(body, 1)
    fields, end = decode_fields(body, start)
    try:
        return _KINDS[code](*fields), body[end:]
    except (KeyError, TypeError) as exc:
        raise DecodeError(f"not a performative: {code!r}") from exc


def frame(channel: int, performative: Performative, payload: bytes = b"") -> bytes:
    """Return a frame, with every field written even when it is null."""
    described = Described(_CODES[type(performative)], list(performative))
    body = encode(described) + payload
    kind = SASL_FRAME if _CODES[type(performative)] >= _CODES[SaslMechanisms] else AMQP_FRAME

    return _header(len(body) + 8, 2, kind, channel) + body
