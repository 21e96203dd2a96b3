"""How wide an AMQP 1.0 value is: its code tells, so one can pass over it without reading it.

https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-types-v1.0-os.html#section-encodings
"""

import struct

from devstack.servicebus.values import DecodeError

WIDTHS = {0x4: 0, 0x5: 1, 0x6: 2, 0x7: 4, 0x8: 8, 0x9: 16}
_SIZED_IN_ONE_BYTE = (0xA, 0xC, 0xE)
_SIZED_IN_FOUR_BYTES = (0xB, 0xD, 0xF)

_uint = struct.Struct(">I").unpack_from

# What a malformed value makes the readers raise.
BROKEN = (IndexError, struct.error, UnicodeDecodeError, TypeError, ValueError, RecursionError)


def skip(data: bytes, position: int) -> int:
    """Return the position behind a value without reading it; its size is in its code."""
    try:
        end = _skip(data, position)
    except BROKEN as exc:
        raise DecodeError(f"not an AMQP value at byte {position}: {exc}") from exc

    if end > len(data):
        raise DecodeError(f"the value at byte {position} is cut off")

    return end


def _skip(data: bytes, position: int) -> int:
    code = data[position]
    if code == 0:
        return _skip(data, _skip(data, position + 1))

    kind = code >> 4
    if kind in _SIZED_IN_ONE_BYTE:
        return position + 2 + data[position + 1]

    if kind in _SIZED_IN_FOUR_BYTES:
        return position + 5 + int(_uint(data, position + 1)[0])

    if kind in WIDTHS:
        return position + 1 + WIDTHS[kind]

    raise DecodeError(f"no such type code: 0x{code:02x}")
