"""Values that cannot be sent: why, in codes that the page puts into words."""

from enum import StrEnum


class Note(StrEnum):
    """Tells why a value was left out of a record; stable codes, never the value."""

    GONE = "gone"
    INVALID_EMAIL = "invalid_email"
    MASKED = "masked"
    NO_LABEL = "no_label"
    NOT_BOOLEAN = "not_boolean"
    NOT_DATE = "not_date"
    NOT_DUTCH = "not_dutch"
    NOT_INTEGER = "not_integer"
    NOT_MOBILE = "not_mobile"
    NOT_MONEY = "not_money"
    NOT_PHONE = "not_phone"
    NOT_TEXT = "not_text"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    UNSUPPORTED = "unsupported"


UNTOLD = frozenset({Note.GONE, Note.MASKED, Note.UNREADABLE})
"""The notes of values that the CRM keeps from us: what it holds is unknown, and not empty."""


class UnusableValueError(ValueError):
    """Leaves one value out of a record, with the note that says why."""

    def __init__(self, note: Note) -> None:
        """Take the reason; the value itself is personal and stays out."""
        super().__init__(note.value)
        self.note = note
