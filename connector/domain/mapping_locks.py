"""What the locked mappings must be: they cannot be half emptied, nor turned into something else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.crm_column import ColumnType
from connector.domain.mapping import BIRTHDAY, EMAIL, OWNER, TYPE, Target
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.property import Property
from connector.domain.property_fit import Fit, find_fit

_BOTH = (Table.CONTACT, Table.LEAD)


@dataclass(frozen=True, slots=True)
class Lock:
    """Is what holds for one locked mapping; a constant has no column, so no type of one."""

    tables: tuple[Table, ...]
    converters: tuple[Converter, ...]
    columns: frozenset[ColumnType]

    def find_emptied(self, mapping: PropertyMapping) -> Iterator[Table]:
        """Yield the tables that must have a column, and do not."""
        return (table for table in self.tables if mapping.column(table) is None)

    def has_its_converters(self, mapping: PropertyMapping) -> bool:
        """Tell whether each column goes through a converter that makes what is meant."""
        used = (mapping.converter_for(table) for table in Table if mapping.column(table))

        return all(converter in self.converters for converter in used)


LOCKS: Mapping[Target, Lock] = {
    EMAIL: Lock(_BOTH, (Converter.EMAIL,), frozenset({ColumnType.TEXT})),
    TYPE: Lock(_BOTH, (Converter.CONSTANT,), frozenset()),
    BIRTHDAY: Lock(
        (Table.CONTACT,), (Converter.DATE,), frozenset({ColumnType.DATE, ColumnType.DATETIME})
    ),
    OWNER: Lock(
        _BOTH,
        (Converter.OWNER_NAME, Converter.LOOKUP_NAME),
        frozenset({ColumnType.OWNER, ColumnType.LOOKUP}),
    ),
}
"""A lead has no birthday of its own, so its column may stay empty."""


def find_fit_of(target: Target, property_: Property | None) -> Fit:
    """Return what a mapping may be filled by: a locked one by less than its field could hold."""
    fit, lock = find_fit(property_), LOCKS.get(target)

    return Fit(frozenset(lock.converters), lock.columns & fit.columns) if lock else fit


def is_spoiled(mapping: PropertyMapping) -> bool:
    """Tell whether a mapping is locked, and no longer what it must be."""
    lock = LOCKS.get(mapping.target)

    return lock is not None and (
        any(lock.find_emptied(mapping)) or not lock.has_its_converters(mapping)
    )
