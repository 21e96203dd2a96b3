"""Take an AMQP message apart into its sections, and add to them.

https://docs.oasis-open.org/amqp/core/v1.0/amqp-core-messaging-v1.0.html
"""

import struct
import uuid
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from devstack.servicebus.conditions import ARGUMENT_ERROR, DECODE_ERROR, RefusedError
from devstack.servicebus.decoding import decode
from devstack.servicebus.encoding import encode
from devstack.servicebus.message import Message
from devstack.servicebus.values import DecodeError, Described, ULong
from devstack.servicebus.widths import skip

HEADER, DELIVERY_ANNOTATIONS, ANNOTATIONS, PROPERTIES = 0x70, 0x71, 0x72, 0x73
APPLICATION_PROPERTIES, DATA, SEQUENCE, VALUE, FOOTER = 0x74, 0x75, 0x76, 0x77, 0x78

BATCH_FORMAT = 0x80013700

_LONGEST_ID = 128
_SCHEDULED_TIME = "x-opt-scheduled-enqueue-time"
_SET_BY_THE_BROKER = {
    "x-opt-sequence-number",
    "x-opt-enqueued-time",
    "x-opt-locked-until",
    "x-opt-message-state",
    "x-opt-deadletter-source",
}
_SMALL_LIST, _LARGE_LIST, _EMPTY_LIST = 0xC0, 0xD0, 0x45


def read_messages(message_format: int, payload: bytes) -> list[Message]:
    """Return the messages of a delivery: one, or those of a batch."""
    try:
        if message_format == BATCH_FORMAT:
            return [_read(data) for data in _batched(payload)]

        return [_read(payload)]
    except DecodeError as exc:
        raise RefusedError(DECODE_ERROR, str(exc)) from exc


def decode_sections(data: bytes) -> list[Described]:
    """Return the sections of a message, each with its code as descriptor."""
    return [Described(code, decode(data, start)[0]) for code, _, start in _sections(data)]


def with_application_properties(bare: bytes, extra: Mapping[str, object]) -> bytes:
    """Return a bare message with more application properties; the old ones stay."""
    kept: dict[object, object] = {}
    before, behind = b"", bare
    for code, at, start in _sections(bare):
        if code > APPLICATION_PROPERTIES:
            break

        end = skip(bare, start)
        if code == PROPERTIES:
            before = bare[at:end]
        else:
            kept, _ = decode(bare, start)
        behind = bare[end:]

    kept.update(extra)

    return before + encode(Described(ULong(APPLICATION_PROPERTIES), kept)) + behind


def _with_message_id(bare: bytes, message_id: str) -> bytes:
    """Return a bare message with an id; its other properties stay."""
    fields: list[object] = []
    for code, _, start in _sections(bare):
        if code == PROPERTIES:
            fields, _ = decode(bare, start)
            bare = bare[skip(bare, start) :]
        break

    return encode(Described(ULong(PROPERTIES), [message_id, *fields[1:]])) + bare


def _batched(payload: bytes) -> Iterator[bytes]:
    for code, data in decode_sections(payload):
        if code == DATA and isinstance(data, bytes):
            yield data


def _sections(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield per section its code, where it begins, and where its value begins."""
    position = 0
    while position < len(data):
        if data[position : position + 2] == b"\x00\x53" and position + 3 < len(data):
            code, start = data[position + 2], position + 3
        else:
            code, start = _long_code(data, position)
        if not HEADER <= code <= FOOTER:
            raise DecodeError(f"not a section of a message: {code}")

        yield code, position, start
        position = skip(data, start)


def _long_code(data: bytes, position: int) -> tuple[int, int]:
    if data[position] != 0:
        raise DecodeError(f"a section must begin at byte {position}")

    code, start = decode(data, position + 1)
    return (code if isinstance(code, int) else 0), start


def _read(data: bytes) -> Message:
    message = Message(bare=b"")
    for code, at, start in _sections(data):
        if code == HEADER:
            _take_header(message, decode(data, start)[0])
        elif code == ANNOTATIONS:
            _take_annotations(message, decode(data, start)[0])
        elif code != DELIVERY_ANNOTATIONS:
            message.bare = data[at:]
            message.message_id = _first_field(data, start) if code == PROPERTIES else None
            break

    _check_id(message.message_id)
    if message.message_id in (None, ""):
        # The broker gives an id to what comes without one.
        message.message_id = uuid.uuid4().hex
        message.bare = _with_message_id(message.bare, message.message_id)

    return message


def _take_header(message: Message, fields: list[Any]) -> None:
    durable, priority, ttl = (*fields, None, None, None)[:3]
    message.durable, message.priority = durable, priority
    message.time_to_live = inf if ttl is None else ttl / 1000


def _take_annotations(message: Message, annotations: dict[object, object]) -> None:
    message.annotations = {
        key: value for key, value in annotations.items() if key not in _SET_BY_THE_BROKER
    }
    due = annotations.get(_SCHEDULED_TIME)
    if isinstance(due, int):
        message.scheduled_for = due / 1000


def _first_field(data: bytes, start: int) -> object:
    """Return the message id, the first of the properties, without reading the others."""
    code = data[start]
    if code == _SMALL_LIST:
        return decode(data, start + 3)[0] if data[start + 2] else None

    if code == _LARGE_LIST:
        return decode(data, start + 9)[0] if struct.unpack_from(">I", data, start + 5)[0] else None

    if code == _EMPTY_LIST:
        return None

    raise DecodeError("the properties of a message must be a list")


def _check_id(message_id: object) -> None:
    if isinstance(message_id, str) and len(message_id) > _LONGEST_ID:
        raise RefusedError(
            ARGUMENT_ERROR, f"The message id must be at most {_LONGEST_ID} characters long."
        )
