"""AMQP 1.0 values that Python has no type of its own for, and the errors of the codec.

The codec maps `None`, `bool`, `str`, `bytes`, `float`, `UUID`, `list` and `dict` as they are and
`int` as long; the classes here carry every other type, so that what was read is written back the
same. Type codes: https://docs.oasis-open.org/amqp/core/v1.0/amqp-core-types-v1.0.html
"""

from typing import NamedTuple


class DecodeError(ValueError):
    """Say that bytes are not AMQP 1.0."""


class EncodeError(TypeError):
    """Say that a value has no AMQP 1.0 form."""


class Symbol(str):
    """A symbolic name, in ASCII."""

    __slots__ = ()


class Char(str):
    """One Unicode character."""

    __slots__ = ()


class UByte(int):
    """An integer of 8 bits without sign."""

    __slots__ = ()


class UShort(int):
    """An integer of 16 bits without sign."""

    __slots__ = ()


class UInt(int):
    """An integer of 32 bits without sign."""

    __slots__ = ()


class ULong(int):
    """An integer of 64 bits without sign."""

    __slots__ = ()


class Byte(int):
    """An integer of 8 bits."""

    __slots__ = ()


class Short(int):
    """An integer of 16 bits."""

    __slots__ = ()


class Int(int):
    """An integer of 32 bits."""

    __slots__ = ()


class Timestamp(int):
    """Milliseconds since 1970, UTC."""

    __slots__ = ()


class Float(float):
    """A number of 32 bits."""

    __slots__ = ()


class Decimal32(bytes):
    """A decimal number of 32 bits, as it stands on the wire."""

    __slots__ = ()


class Decimal64(bytes):
    """A decimal number of 64 bits, as it stands on the wire."""

    __slots__ = ()


class Decimal128(bytes):
    """A decimal number of 128 bits, as it stands on the wire."""

    __slots__ = ()


class Array(list[object]):
    """Values of one type; the first decides which."""


class Described(NamedTuple):
    """A value with a descriptor that says what it means."""

    descriptor: object
    value: object
