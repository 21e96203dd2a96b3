"""Values that the CRM masks for us: what is left of them is no value.

A masking rule replaces signs by one other sign, and no row says that it did.

https://learn.microsoft.com/power-platform/admin/create-manage-masking-rules
"""

import re

from connector.domain.converters.unusable import Note, UnusableValueError

_RUN = re.compile(r"([*#\u2022\u25cf\u2588])\1\1", re.ASCII)
"""Three equal signs in a row, anywhere."""

_REST = re.compile(r"\S?[*#\u2022\u25cf\u2588]+", re.ASCII)
"""Nothing but signs behind the first character."""

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
    return _RUN.search(text) is not None or _REST.fullmatch(text) is not None
