"""Write Python values as AMQP 1.0."""

import struct
import uuid
from collections.abc import Callable
from typing import Any

from devstack.servicebus import values
from devstack.servicebus.values import Array, Described, EncodeError

_Writer = Callable[[bytearray, Any], None]

_SMALL = 255
_LOWEST, _HIGHEST = -128, 127
_pack_long = struct.Struct(">BI").pack
_pack_pair = struct.Struct(">BII").pack


def encode(value: object) -> bytes:
    """Return a value in its shortest AMQP form."""
    out = bytearray()
    write(out, value)

    return bytes(out)


def write(out: bytearray, value: object) -> None:
    """Append a value to what is being written."""
    try:
        _WRITERS[type(value)](out, value)
    except KeyError:
        raise EncodeError(f"AMQP has no form for {type(value).__name__}") from None
    except (struct.error, UnicodeEncodeError) as exc:
        raise EncodeError(f"{type(value).__name__} is out of range: {exc}") from exc


def _fixed(code: int, form: str) -> _Writer:
    pack = struct.Struct(">B" + form).pack

    def write_fixed(out: bytearray, value: float) -> None:
        out += pack(code, value)

    return write_fixed


def _signed(small: int, large: int, form: str) -> _Writer:
    pack_small = struct.Struct(">Bb").pack
    pack_large = struct.Struct(">B" + form).pack

    def write_signed(out: bytearray, value: int) -> None:
        if _LOWEST <= value <= _HIGHEST:
            out += pack_small(small, value)
        else:
            out += pack_large(large, value)

    return write_signed


def _unsigned(zero: int, small: int, large: int, form: str) -> _Writer:
    pack_large = struct.Struct(">B" + form).pack

    def write_unsigned(out: bytearray, value: int) -> None:
        if value == 0:
            out.append(zero)
        elif 0 < value <= _SMALL:
            out.append(small)
            out.append(value)
        else:
            out += pack_large(large, value)

    return write_unsigned


def _variable(small: int, large: int, to_bytes: Callable[[Any], bytes]) -> _Writer:
    def write_variable(out: bytearray, value: object) -> None:
        data = to_bytes(value)
        if len(data) <= _SMALL:
            out.append(small)
            out.append(len(data))
        else:
            out += _pack_long(large, len(data))
        out += data

    return write_variable


def _raw(code: int, width: int) -> _Writer:
    def write_raw(out: bytearray, value: bytes) -> None:
        if len(value) != width:
            raise EncodeError(f"{type(value).__name__} must have {width} bytes")
        out.append(code)
        out += value

    return write_raw


def _write_none(out: bytearray, _: None) -> None:
    out.append(0x40)


def _write_bool(out: bytearray, value: bool) -> None:  # noqa: FBT001 - the value is what is written
    out.append(0x41 if value else 0x42)


def _write_uuid(out: bytearray, value: uuid.UUID) -> None:
    out.append(0x98)
    out += value.bytes


def _write_char(out: bytearray, value: str) -> None:
    out += _pack_long(0x73, ord(value))


def _compound(out: bytearray, codes: tuple[int, int], count: int, body: bytearray) -> None:
    small, large = codes
    if count <= _SMALL and len(body) < _SMALL:
        out += bytes((small, len(body) + 1, count))
    else:
        out += _pack_pair(large, len(body) + 4, count)
    out += body


def _write_list(out: bytearray, value: list[object]) -> None:
    if not value:
        out.append(0x45)
        return

    body = bytearray()
    for item in value:
        write(body, item)
    _compound(out, (0xC0, 0xD0), len(value), body)


def _write_map(out: bytearray, value: dict[object, object]) -> None:
    body = bytearray()
    for key, item in value.items():
        write(body, key)
        write(body, item)
    _compound(out, (0xC1, 0xD1), 2 * len(value), body)


def _write_described(out: bytearray, value: Described) -> None:
    out.append(0x00)
    write(out, value.descriptor)
    write(out, value.value)


def _write_array(out: bytearray, value: Array) -> None:
    kind = type(value[0]) if value else type(None)
    if kind not in _ELEMENTS or any(type(item) is not kind for item in value):
        raise EncodeError(f"an array of {kind.__name__} is not supported")

    code, to_bytes = _ELEMENTS[kind]
    body = bytearray([code])
    for item in value:
        body += to_bytes(item)
    _compound(out, (0xE0, 0xF0), len(value), body)


def _packed(form: str) -> Callable[[Any], bytes]:
    return struct.Struct(">" + form).pack


def _long_bytes(to_bytes: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    def pack(value: object) -> bytes:
        data = to_bytes(value)
        return len(data).to_bytes(4, "big") + data

    return pack


def _as_is(value: bytes) -> bytes:
    return value


_WRITERS: dict[type, _Writer] = {
    type(None): _write_none,
    bool: _write_bool,
    int: _signed(0x55, 0x81, "q"),
    values.UByte: _fixed(0x50, "B"),
    values.UShort: _fixed(0x60, "H"),
    values.UInt: _unsigned(0x43, 0x52, 0x70, "I"),
    values.ULong: _unsigned(0x44, 0x53, 0x80, "Q"),
    values.Byte: _fixed(0x51, "b"),
    values.Short: _fixed(0x61, "h"),
    values.Int: _signed(0x54, 0x71, "i"),
    values.Timestamp: _fixed(0x83, "q"),
    values.Float: _fixed(0x72, "f"),
    float: _fixed(0x82, "d"),
    values.Decimal32: _raw(0x74, 4),
    values.Decimal64: _raw(0x84, 8),
    values.Decimal128: _raw(0x94, 16),
    uuid.UUID: _write_uuid,
    values.Char: _write_char,
    bytes: _variable(0xA0, 0xB0, _as_is),
    str: _variable(0xA1, 0xB1, str.encode),
    values.Symbol: _variable(0xA3, 0xB3, lambda text: text.encode("ascii")),
    list: _write_list,
    dict: _write_map,
    Array: _write_array,
    Described: _write_described,
}

_ELEMENTS: dict[type, tuple[int, Callable[[Any], bytes]]] = {
    type(None): (0x40, lambda _: b""),
    bool: (0x56, _packed("?")),
    int: (0x81, _packed("q")),
    values.UByte: (0x50, _packed("B")),
    values.UShort: (0x60, _packed("H")),
    values.UInt: (0x70, _packed("I")),
    values.ULong: (0x80, _packed("Q")),
    values.Byte: (0x51, _packed("b")),
    values.Short: (0x61, _packed("h")),
    values.Int: (0x71, _packed("i")),
    values.Timestamp: (0x83, _packed("q")),
    values.Float: (0x72, _packed("f")),
    float: (0x82, _packed("d")),
    uuid.UUID: (0x98, lambda item: item.bytes),
    bytes: (0xB0, _long_bytes(_as_is)),
    str: (0xB1, _long_bytes(str.encode)),
    values.Symbol: (0xB3, _long_bytes(lambda text: text.encode("ascii"))),
}
