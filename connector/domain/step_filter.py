"""Which columns the CRM must tell us of: the filter of its webhook follows the mappings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.mapping import Mapping as PropertyMapping

type Watched = Mapping[Table, frozenset[str]]

_ALWAYS: Watched = {
    Table.CONTACT: frozenset(),
    Table.LEAD: frozenset({"statecode", "parentcontactid"}),
}
"""Tells that a lead was qualified. That a contact came of a lead is told when it is created."""


class FilterState(StrEnum):
    """Tells how the filters of the webhook stand to the mappings."""

    CURRENT = "current"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class FilterOutcome(StrEnum):
    """Tells what became of the filters after a change of the mappings."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class FilterReport:
    """Is what became of the filters, and why where that needs words."""

    outcome: FilterOutcome
    detail: str | None = None


def watched_columns(mappings: Iterable[PropertyMapping]) -> Watched:
    """Return the columns of each table whose change we send or act upon."""
    known = tuple(mappings)

    return {table: _ALWAYS[table] | _mapped(known, table) for table in Table}


def _mapped(mappings: Iterable[PropertyMapping], table: Table) -> frozenset[str]:
    return frozenset(
        column
        for mapping in mappings
        if mapping.converter_for(table) is not Converter.CONSTANT
        and (column := mapping.column(table)) is not None
    )
