"""Plain text, of one line and as long as Spotler's fields are."""

import re
from decimal import Decimal

from connector.domain.converters.unusable import Note, UnusableValueError

MAX_LENGTH = 255

_YES, _NO = "Ja", "Nee"

_LINE_BREAKS_AND_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

# Nobody sees them, yet they hide text, turn it around, or cannot be written as UTF-8 at all.
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")


def to_text(value: object) -> str | None:
    """Return the value in words; nothing but white space is the same as empty."""
    text = _in_words(value)
    if len(text) > MAX_LENGTH:
        raise UnusableValueError(Note.TOO_LONG)

    return text or None


def _in_words(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return _clean(value)
        case bool():
            return _YES if value else _NO
        case int() | float():
            return _in_digits(value)
        case _:
            raise UnusableValueError(Note.NOT_TEXT)


def _clean(text: str) -> str:
    if text.isprintable():
        return text.strip()

    return _INVISIBLE.sub("", _LINE_BREAKS_AND_CONTROLS.sub(" ", text)).strip()


def _in_digits(number: float) -> str:
    exact = Decimal(int(number)) if number.is_integer() else Decimal(repr(number))
    if not exact.is_finite():
        raise UnusableValueError(Note.NOT_TEXT)

    return f"{exact:f}"
