"""Records as a file of comma-separated values: ids and codes, and nothing that could be run."""

import csv
import io
import re
from collections.abc import Iterable

from connector.domain.record_list import explain
from connector.domain.sync_state import SyncState

HEADINGS = ("table", "id", "external_id", "status", "reason", "code", "property", "changed_at")
_SIGNS = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
"""Begins a formula, in plain and in full width, which some spreadsheets take for plain."""

_BLANKS = r"\s\ufeff\u00ad\u200b-\u200f\u2060"
"""What may stand before it and is not seen: blanks, a byte order mark, marks without a width."""

_DANGEROUS = re.compile(rf"[\t\r\n]|[{_BLANKS}]*{_SIGNS}")
"""Begins what a spreadsheet takes for a formula.

https://owasp.org/www-community/attacks/CSV_Injection
"""

_INNER = re.compile(rf"""([;,|\t\r\n][{_BLANKS}"']*)(?={_SIGNS})""")
"""Is what ends a cell before a formula, where a country's spreadsheets part cells by another sign.

In the Netherlands they do so by semicolons, and then the quotes around a value protect nothing.
"""


def to_csv(states: Iterable[SyncState]) -> str:
    """Return a line for each record under a line of headings."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for state in states:
        writer.writerow([_safe(cell) for cell in _to_cells(state)])

    return file.getvalue()


def _to_cells(state: SyncState) -> Iterable[str | None]:
    said = explain(state.reason)
    changed_at = state.changed_at.isoformat() if state.changed_at else None

    return (
        *(state.key.table, state.key.id, state.external_id, state.status),
        *(said.reason, said.code, said.property, changed_at),
    )


def _safe(cell: str | None) -> str:
    """Return a cell that is text to every spreadsheet, whatever it holds."""
    text = _INNER.sub(r"\1'", cell or "")

    return f"'{text}" if _DANGEROUS.match(text) else text
