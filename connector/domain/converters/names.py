"""What a person reads where the CRM stores a number or an id."""

import re

from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import Note, UnusableValueError

_GUID = re.compile(r"\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)


def to_label(value: object, label: str | None) -> str | None:
    """Return the label of a choice; its number means nothing to anyone."""
    text = to_text(label)
    if text is None and value is not None:
        raise UnusableValueError(Note.NO_LABEL)

    return text


def to_name(value: object, label: str | None) -> str | None:
    """Return the name of the row that a lookup points to, or a text column as it is."""
    if label is None and isinstance(value, str) and not _GUID.fullmatch(value):
        return to_text(value)

    return to_label(value, label)
