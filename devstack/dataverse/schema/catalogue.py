"""All tables of the organisation, found by logical name or by the name of their set."""

from collections.abc import Iterable, Iterator

from devstack.dataverse.schema.contact import contact_table
from devstack.dataverse.schema.lead import lead_table
from devstack.dataverse.schema.marketing import sales_tables
from devstack.dataverse.schema.organisation import organisation_tables
from devstack.dataverse.schema.own import own_tables
from devstack.dataverse.schema.processing import processing_tables
from devstack.dataverse.schema.table import Table


class Catalogue:
    """The metadata of the organisation."""

    def __init__(self, tables: Iterable[Table]) -> None:
        """Hold these tables."""
        self._by_name: dict[str, Table] = {}
        self._by_set: dict[str, Table] = {}
        for table in tables:
            self.add(table)

    def __iter__(self) -> Iterator[Table]:
        return iter(self._by_name.values())

    def add(self, table: Table) -> None:
        """Take up a table."""
        self._by_name[table.name] = table
        self._by_set[table.set_name] = table

    def get(self, name: str) -> Table:
        """Return a table that must be there."""
        return self._by_name[name]

    def find(self, name: str) -> Table | None:
        """Return a table by its logical name."""
        return self._by_name.get(name)

    def find_set(self, set_name: str) -> Table | None:
        """Return a table by the name of its set, which is case-sensitive."""
        return self._by_set.get(set_name)


def standard_catalogue(*, sales: bool = True, own: bool = True) -> Catalogue:
    """Return the tables of an environment with or without Sales and the connector's own."""
    return Catalogue(
        (
            contact_table(sales=sales),
            *organisation_tables(),
            *processing_tables(),
            *((lead_table(), *sales_tables()) if sales else ()),
            *(own_tables() if own else ()),
        )
    )
