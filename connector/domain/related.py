"""Rows that people name in a lookup, such as a company, and when one may concern them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connector.domain.contact import RecordId, Table
from connector.domain.converter import Converter
from connector.domain.identity import MASTER
from connector.domain.mapping import Mapping as PropertyMapping


class RelatedTable(StrEnum):
    """A table to which lookups of people point; the value is its logical name."""

    ACCOUNT = "account"
    CONTACT = "contact"
    LEAD = "lead"
    SYSTEMUSER = "systemuser"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class RelatedKey:
    """The name of a row that others point to; the id is a lower-case GUID with dashes."""

    table: RelatedTable
    id: RecordId


@dataclass(frozen=True, slots=True)
class RelatedPage:
    """A piece of the people who show some rows, and where the next one begins when there is one.

    `shown` says of each person, by id, which of the rows that were asked for.
    """

    shown: Mapping[RecordId, Collection[RecordId]]
    cursor: str | None = None


_OF_A_PERSON: Final = frozenset({"fullname", "firstname", "middlename", "lastname"})
_OF_A_GROUP: Final = frozenset({"name"})

NAMES: Final[Mapping[RelatedTable, frozenset[str]]] = {
    RelatedTable.ACCOUNT: _OF_A_GROUP,
    RelatedTable.CONTACT: _OF_A_PERSON,
    RelatedTable.SYSTEMUSER: _OF_A_PERSON,
    RelatedTable.TEAM: _OF_A_GROUP,
}
"""The columns that a name is made of: the full name is not always among those that are told.

No mapped lookup shows a lead.
"""

_OWNERS: Final = frozenset({RelatedTable.SYSTEMUSER, RelatedTable.TEAM})


def find_renamed(
    table: str, message: str, columns: Collection[str] | None = None
) -> RelatedTable | None:
    """Find the table of a row that may have got another name; None when it surely has not.

    `columns` are those that were written, or None where that is not told.
    """
    if message != "Update" or table not in NAMES:
        return None

    related = RelatedTable(table)
    is_renamed = columns is None or not NAMES[related].isdisjoint(columns)

    return related if is_renamed else None


def columns_that_show(
    related: RelatedTable, *, table: Table, mappings: Iterable[PropertyMapping]
) -> tuple[str, ...]:
    """Return the lookups of a table of people in which such a row may stand, sorted.

    They are the mapped ones, and where a row of the same table names the one it was merged into.
    """
    if related is RelatedTable.LEAD:
        return (MASTER.name,) if table is Table.LEAD else ()

    converters = {Converter.LOOKUP_NAME}
    if related in _OWNERS:
        converters.add(Converter.OWNER_NAME)

    columns = {
        column
        for mapping in mappings
        if mapping.converter_for(table) in converters
        and (column := mapping.column(table)) is not None
    }

    if related.value == table.value:
        columns.add(MASTER.name)

    return tuple(sorted(columns))
