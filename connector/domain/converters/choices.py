"""Columns with few answers: gender, and yes or no."""

from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import Note, UnusableValueError

# https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/contact#BKMK_GenderCode
_GENDERS = {"1": "M", "2": "F", "M": "M", "F": "F"}


def to_gender(value: object) -> str | None:
    """Return Spotler's letter; what is neither male nor female there is left empty."""
    return _GENDERS.get(to_text(value) or "")


def to_yes_or_no(value: object) -> str | None:
    """Return the Dutch word."""
    if value is None or isinstance(value, bool):
        return to_text(value)

    raise UnusableValueError(Note.NOT_BOOLEAN)
