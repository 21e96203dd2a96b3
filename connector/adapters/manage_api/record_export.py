"""Records as a file of comma-separated values: ids and codes, and nothing that could be run."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from sys import maxunicode
from unicodedata import category

from connector.domain.record_list import explain
from connector.domain.sync_state import SyncState

HEADINGS = ("table", "id", "external_id", "status", "reason", "code", "property", "changed_at")
_SIGNS = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
"""Begins a formula, in plain and in full width, which some spreadsheets take for plain."""

_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})
"""The categories of what has no width or no ink of its own."""

_LOOK_EMPTY = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and a symbol that have none either: fillers of Hangul and the braille blank."""


@dataclass(frozen=True, slots=True)
class _Formulas:
    """The beginnings of what a spreadsheet takes for a formula.

    `inner` is what ends a cell before a formula, where a country's spreadsheets part cells by
    another sign: in the Netherlands by semicolons, and then the quotes around a value protect
    nothing.

    https://owasp.org/www-community/attacks/CSV_Injection
    """

    leading: re.Pattern[str]
    inner: re.Pattern[str]


@cache
def _formulas() -> _Formulas:
    """Return them with all that may stand before a formula and is not seen."""
    unseen = [c for c in map(chr, range(maxunicode + 1)) if category(c) in _UNSEEN]
    blanks = re.escape(_LOOK_EMPTY + "".join(unseen))

    return _Formulas(
        leading=re.compile(rf"[\t\r\n]|[{blanks}]*{_SIGNS}"),
        inner=re.compile(rf"""([;,|\t\r\n][{blanks}"']*)(?={_SIGNS})"""),
    )


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
    formulas = _formulas()
    text = formulas.inner.sub(r"\1'", cell or "")

    return f"'{text}" if formulas.leading.match(text) else text
