"""Whole numbers."""

import re

from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import Note, UnusableValueError

_INTEGER = re.compile(r"-?[0-9]{1,10}")

# One number that the receiver cannot hold would cost the whole contact.
_LARGEST = 2**31 - 1


def to_integer(value: object) -> int | None:
    """Return the whole number that the value spells."""
    text = to_text(value)
    if text is None:
        return None
    if not _INTEGER.fullmatch(text) or not -_LARGEST <= int(text) <= _LARGEST:
        raise UnusableValueError(Note.NOT_INTEGER)

    return int(text)
