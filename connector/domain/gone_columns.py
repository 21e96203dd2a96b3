"""Columns that are mapped, and that the CRM does not have any more: each stops the sync."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.errors import ConfigurationError
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.mapping import Target


@dataclass(frozen=True, slots=True)
class GoneColumn:
    """Is a column that a mapping reads, and nobody can."""

    target: Target
    table: Table
    column: str


class ColumnsMissingError(ConfigurationError):
    """Names the columns that must be there, or be mapped no longer."""

    def __init__(self, gone: Sequence[GoneColumn]) -> None:
        """Take what is gone; names of columns are of nobody."""
        named = ", ".join(f"{one.table}.{one.column} ({one.target.key})" for one in gone)
        super().__init__(
            f"dynamics must have and show the mapped columns {named}: "
            "create them again, or choose others at mappings"
        )


def find_gone(
    mappings: Sequence[PropertyMapping], columns: Mapping[Table, Collection[str]]
) -> tuple[GoneColumn, ...]:
    """Return what is mapped and not there; a table without any column is not there itself."""
    return tuple(
        GoneColumn(mapping.target, table, column)
        for mapping in mappings
        for table, there in columns.items()
        if there
        and (column := mapping.column(table)) is not None
        and mapping.converter_for(table) is not Converter.CONSTANT
        and column not in there
    )
