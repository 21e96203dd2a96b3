"""Read AMQP 1.0 values from bytes."""

import struct
import uuid
from collections.abc import Callable
from typing import Any

from devstack.servicebus import values
from devstack.servicebus.values import Array, DecodeError, Described
from devstack.servicebus.widths import BROKEN, WIDTHS

_Reader = Callable[[bytes, int], tuple[Any, int]]

_uint = struct.Struct(">I").unpack_from
_pair = struct.Struct(">II").unpack_from


def decode(data: bytes, position: int = 0) -> tuple[Any, int]:
    """Return the value at a position and the position behind it."""
    try:
        return _READERS[data[position]](data, position + 1)
    except DecodeError:
        raise
    except BROKEN as exc:
        raise DecodeError(f"not an AMQP value at byte {position}: {exc}") from exc


def decode_fields(data: bytes, position: int) -> tuple[list[Any], int]:
    """Return the fields of the list at a position and the position behind it."""
    fields, end = decode(data, position)
    if type(fields) is not list:
        raise DecodeError(f"a list must stand at byte {position}")

    return fields, end


def _unknown(data: bytes, position: int) -> tuple[Any, int]:
    raise DecodeError(f"no such type code: 0x{data[position - 1]:02x}")


def _constant(value: object) -> _Reader:
    return lambda _, position: (value, position)


def _fixed(form: str, make: Callable[[Any], object] | None = None) -> _Reader:
    layout = struct.Struct(">" + form)
    unpack, width = layout.unpack_from, layout.size

    def read_plain(data: bytes, position: int) -> tuple[Any, int]:
        return unpack(data, position)[0], position + width

    def read_made(data: bytes, position: int) -> tuple[Any, int]:
        return make(unpack(data, position)[0]), position + width  # type: ignore[misc]  # made only if given

    return read_plain if make is None else read_made


def _taken(data: bytes, start: int, size: int) -> bytes:
    end = start + size
    if end > len(data):
        raise DecodeError(f"the value at byte {start} is cut off")

    return data[start:end]


def _raw(width: int, make: Callable[[bytes], object]) -> _Reader:
    return lambda data, position: (make(_taken(data, position, width)), position + width)


def _small(make: Callable[[bytes], object]) -> _Reader:
    def read_small(data: bytes, position: int) -> tuple[Any, int]:
        size = data[position]
        return make(_taken(data, position + 1, size)), position + 1 + size

    return read_small


def _large(make: Callable[[bytes], object]) -> _Reader:
    def read_large(data: bytes, position: int) -> tuple[Any, int]:
        size = _uint(data, position)[0]
        return make(_taken(data, position + 4, size)), position + 4 + size

    return read_large


def _text(data: bytes) -> str:
    return data.decode()


def _symbol(data: bytes) -> values.Symbol:
    return values.Symbol(data.decode("ascii"))


def _char(number: int) -> values.Char:
    return values.Char(chr(number))


def _truth(number: int) -> bool:
    if number not in (0, 1):
        raise DecodeError("a boolean must be 0 or 1")

    return number == 1


def _small_size(data: bytes, position: int) -> tuple[int, int, int]:
    return data[position + 1], position + 2, position + 1 + data[position]


def _large_size(data: bytes, position: int) -> tuple[int, int, int]:
    size, count = _pair(data, position)
    return count, position + 8, position + 4 + size


_Sizer = Callable[[bytes, int], tuple[int, int, int]]


def _list(sizer: _Sizer) -> _Reader:
    def read_list(data: bytes, position: int) -> tuple[Any, int]:
        count, position, end = sizer(data, position)
        items = []
        for _ in range(count):
            item, position = _READERS[data[position]](data, position + 1)
            items.append(item)

        return items, _agreed(position, end)

    return read_list


def _map(sizer: _Sizer) -> _Reader:
    def read_map(data: bytes, position: int) -> tuple[Any, int]:
        count, position, end = sizer(data, position)
        items = {}
        for _ in range(count // 2):
            key, position = _READERS[data[position]](data, position + 1)
            items[key], position = _READERS[data[position]](data, position + 1)

        return items, _agreed(position, end)

    return read_map


def _array(sizer: _Sizer) -> _Reader:
    def read_array(data: bytes, position: int) -> tuple[Any, int]:
        count, position, end = sizer(data, position)
        code = data[position]
        if code == 0 or WIDTHS.get(code >> 4) == 0:
            return _array_without_bytes(code, count), _agreed(position + 1, end)

        read, position, items = _READERS[code], position + 1, Array()
        for _ in range(count):
            item, position = read(data, position)
            items.append(item)

        return items, _agreed(position, end)

    return read_array


def _array_without_bytes(code: int, count: int) -> Array:
    if count:
        raise DecodeError(f"an array of {count} values of type 0x{code:02x} is not supported")

    return Array()


def _agreed(position: int, end: int) -> int:
    if position != end:
        raise DecodeError(f"the size ends at byte {end}, the values at byte {position}")

    return end


def _described(data: bytes, position: int) -> tuple[Any, int]:
    descriptor, position = _READERS[data[position]](data, position + 1)
    value, position = _READERS[data[position]](data, position + 1)

    return Described(descriptor, value), position


_READERS: list[_Reader] = [_unknown] * 256
for _code, _reader in {
    0x00: _described,
    0x40: _constant(None),
    0x41: _constant(value=True),
    0x42: _constant(value=False),
    0x43: _constant(values.UInt(0)),
    0x44: _constant(values.ULong(0)),
    0x45: lambda _, position: ([], position),
    0x50: _fixed("B", values.UByte),
    0x51: _fixed("b", values.Byte),
    0x52: _fixed("B", values.UInt),
    0x53: _fixed("B", values.ULong),
    0x54: _fixed("b", values.Int),
    0x55: _fixed("b"),
    0x56: _fixed("B", _truth),
    0x60: _fixed("H", values.UShort),
    0x61: _fixed("h", values.Short),
    0x70: _fixed("I", values.UInt),
    0x71: _fixed("i", values.Int),
    0x72: _fixed("f", values.Float),
    0x73: _fixed("I", _char),
    0x74: _raw(4, values.Decimal32),
    0x80: _fixed("Q", values.ULong),
    0x81: _fixed("q"),
    0x82: _fixed("d"),
    0x83: _fixed("q", values.Timestamp),
    0x84: _raw(8, values.Decimal64),
    0x94: _raw(16, values.Decimal128),
    0x98: _raw(16, lambda raw: uuid.UUID(bytes=raw)),
    0xA0: _small(bytes),
    0xA1: _small(_text),
    0xA3: _small(_symbol),
    0xB0: _large(bytes),
    0xB1: _large(_text),
    0xB3: _large(_symbol),
    0xC0: _list(_small_size),
    0xC1: _map(_small_size),
    0xD0: _list(_large_size),
    0xD1: _map(_large_size),
    0xE0: _array(_small_size),
    0xF0: _array(_large_size),
}.items():
    _READERS[_code] = _reader
