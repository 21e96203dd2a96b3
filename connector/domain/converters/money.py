"""Amounts of money."""

from decimal import Decimal, DecimalException

from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import Note, UnusableValueError

_LARGEST = Decimal(10**15)


def to_cents(value: object) -> str | None:
    """Return the amount in cents, which is how Spotler writes money."""
    text = to_text(value)
    if text is None:
        return None

    try:
        return _in_cents(Decimal(text))
    except DecimalException as exc:
        raise UnusableValueError(Note.NOT_MONEY) from exc


def _in_cents(amount: Decimal) -> str:
    if abs(amount) >= _LARGEST:
        raise UnusableValueError(Note.NOT_MONEY)

    return str(round(amount * 100))
