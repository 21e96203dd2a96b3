"""Ids as we write them: lower case, with dashes."""

import re
from typing import Final

NO_GUID: Final = "00000000-0000-0000-0000-000000000000"

_GUID = re.compile(
    r"\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?",
    re.ASCII | re.IGNORECASE,
)


def find_guid(value: object) -> str | None:
    """Find the id that a value holds, or None when it holds none."""
    match = _GUID.fullmatch(value) if isinstance(value, str) else None

    return match[1].lower() if match else None


def to_guid(value: object) -> str:
    """Return a value as an id, or raise ValueError."""
    guid = find_guid(value)
    if guid is None:
        raise ValueError("must be a GUID")

    return guid
