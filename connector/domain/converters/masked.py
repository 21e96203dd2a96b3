"""Values that the CRM masks for us: what is left of them is no value.

A masking rule replaces signs by one other sign, and no row says that it did. Only a secured column
can have one.

https://learn.microsoft.com/power-platform/admin/create-manage-masking-rules
"""

import re

from connector.domain.converters.unusable import Note, UnusableValueError

_RUN = re.compile(r"([*#\u2022\u25cf\u2588])\1\1", re.ASCII)
"""Three equal signs in a row, anywhere."""

_REST = re.compile(r"\S?[*#\u2022\u25cf\u2588]+", re.ASCII)
"""Nothing but signs behind the first character."""

_SIGN = re.compile(r"[*#\u2022\u25cf\u2588]")
"""Any such sign: hardly an address that receives mail has one."""


def refuse_masked(value: object, *, is_address: bool, may_be: bool = True) -> None:
    """Raise `UnusableValueError` for a text that a masking rule left.

    `may_be` is False where no rule can be on the column: then a text is what it says. An address
    that shows three such signs is not sent all the same: it would reach nobody.
    """
    if not isinstance(value, str):
        return

    text = value.strip()
    is_masked = is_address and "@" in text and _RUN.search(text) is not None
    if may_be:
        is_masked = holds_mask(text) if is_address else _looks_masked(text)
    if is_masked:
        raise UnusableValueError(Note.MASKED)


def holds_mask(value: object) -> bool:
    """Tell whether a value has a sign that masks are made of: only then masks are worth a look."""
    return isinstance(value, str) and _SIGN.search(value) is not None


def _looks_masked(text: str) -> bool:
    return _RUN.search(text) is not None or _REST.fullmatch(text) is not None
