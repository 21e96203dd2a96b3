"""Rows by an e-mail address that they hold."""

from collections.abc import Collection, Iterable, Sequence

from connector.domain.contact import Record


def holding(column: str, addresses: Iterable[str]) -> str:
    """Return the condition that a column holds one of some addresses, or begins with it.

    White space behind an address is no part of it; Dataverse cannot ask without it.
    """
    return " or ".join(f"startswith({column},{_quoted(one)})" for one in addresses)


def who_hold(column: str, addresses: Collection[str], found: Iterable[Record]) -> Sequence[Record]:
    """Return who holds one of the addresses, without regard to case.

    SQL Server also takes letters with an accent for those without; such rows are left out.
    """
    wanted = {one.casefold() for one in addresses}

    return [one for one in found if str(one.value(column)).strip().casefold() in wanted]


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")

    return f"'{doubled}'"
