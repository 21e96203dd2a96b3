"""Columns that are mapped, and that the CRM does not have any more or does not let us read."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.converters.unusable import Note
from connector.domain.crm_column import CrmColumn
from connector.domain.errors import ConfigurationError
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.mapping import Target


@dataclass(frozen=True, slots=True)
class GoneColumn:
    """A column that a mapping reads and that tells nothing, because it is gone or secured."""

    target: Target
    table: Table
    column: str
    why: Note = Note.GONE


class ColumnsMissingError(ConfigurationError):
    """Mapped columns that must be there and be readable, or be mapped no longer."""

    def __init__(self, gone: Sequence[GoneColumn]) -> None:
        """Take what is gone; names of columns are of nobody."""
        missing = _named(one for one in gone if one.why is Note.GONE)
        secured = _named(one for one in gone if one.why is Note.UNREADABLE)
        to_make = (
            f"dynamics must have the mapped columns {missing}: "
            "create them again, or choose others at mappings"
        )
        to_allow = (
            f"our application user must be allowed to read the secured columns {secured}: "
            "add it to a column security profile, or choose others at mappings"
        )
        said = to_make if missing else "", to_allow if secured else ""
        super().__init__("; ".join(filter(None, said)))


def find_gone(
    mappings: Sequence[PropertyMapping], columns: Mapping[Table, Collection[CrmColumn]]
) -> tuple[GoneColumn, ...]:
    """Return what is mapped and tells nothing; a table without any column is not there itself."""
    readable = {
        table: {one.name: one.is_readable for one in there} for table, there in columns.items()
    }

    return tuple(
        GoneColumn(mapping.target, table, column, Note.UNREADABLE if column in there else Note.GONE)
        for mapping in mappings
        for table, there in readable.items()
        if there
        and (column := mapping.column(table)) is not None
        and mapping.converter_for(table) is not Converter.CONSTANT
        and not there.get(column, False)
    )


def _named(gone: Iterable[GoneColumn]) -> str:
    return ", ".join(f"{one.table}.{one.column} ({one.target.key})" for one in gone)
