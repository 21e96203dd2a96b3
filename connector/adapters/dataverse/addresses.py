"""Rows by an e-mail address that they hold."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from connector.domain.contact import Record
from connector.domain.converters.unusable import Note

_ANYTHING = ".*"


def holding(column: str, addresses: Iterable[str]) -> str:
    """Return the condition that a column holds one of some addresses, or begins with it.

    White space behind an address is no part of it; Dataverse cannot ask without it.
    """
    return " or ".join(f"startswith({column},{_quoted(one)})" for one in addresses)


def who_hold(column: str, addresses: Collection[str], found: Iterable[Record]) -> Sequence[Record]:
    """Return who holds one of the addresses, without regard to case, and who may do so.

    SQL Server also takes letters with an accent for those without; such rows are left out. A row
    that was found and shows what nobody could have found it by keeps its address from us.
    """
    return [*_find_holders(column, {one.casefold() for one in addresses}, found)]


def _find_holders(
    column: str, addresses: Collection[str], found: Iterable[Record]
) -> Iterator[Record]:
    patterns = [_to_pattern(one) for one in addresses]
    for row in found:
        shown = str(row.value(column) or "").strip().casefold()
        if shown in addresses or column in row.unknown:
            yield row
        elif not _has_foreign_letter(shown) and not any(one.match(shown) for one in patterns):
            yield replace(row, unknown={**row.unknown, column: Note.MASKED})


def _to_pattern(address: str) -> re.Pattern[str]:
    """Return what begins as an address does for Dataverse, which knows wildcards in it.

    https://learn.microsoft.com/power-apps/developer/data-platform/wildcard-characters
    """
    if "[" in address:
        return re.compile(_ANYTHING)

    return re.compile("".join(map(_to_signs, address)), re.DOTALL)


def _to_signs(sign: str) -> str:
    if sign == "%":
        return _ANYTHING
    if sign == "_" or not sign.isascii():
        return ".{0,2}"

    return re.escape(sign)


def _has_foreign_letter(text: str) -> bool:
    return any(one.isalpha() and not one.isascii() for one in text)


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")

    return f"'{doubled}'"
