"""Values that the CRM masks for us: what is left of them is no value.

A masking rule replaces signs by one other sign, and no row says that it did.

https://learn.microsoft.com/power-platform/admin/create-manage-masking-rules
"""

import re

from connector.domain.converters.unusable import Note, UnusableValueError

_MASKED_TEXT = re.compile(r"([*#\u2022\u25cf\u2588])\1\1|\S?[*#\u2022\u25cf\u2588]+", re.ASCII)
"""Three signs in a row anywhere, or nothing but signs behind the first character."""

_MASKED_ADDRESS = re.compile(r"[*#\u2022\u25cf\u2588]")
"""Any such sign: hardly an address that receives mail has one."""


def refuse_masked(value: object, *, is_address: bool) -> None:
    """Raise `UnusableValueError` for a text that a masking rule left."""
    if not isinstance(value, str):
        return

    text = value.strip()
    is_masked = _MASKED_ADDRESS.search(text) if is_address else _looks_masked(text)
    if is_masked:
        raise UnusableValueError(Note.MASKED)


def _looks_masked(text: str) -> bool:
    found = _MASKED_TEXT.search(text)

    return found is not None and (found[1] is not None or found[0] == text)
