"""What administrators of mappings need of the world besides what a sync needs."""

from collections.abc import Collection, Sequence
from typing import Protocol

from connector.domain.contact import Column, Record, Table
from connector.domain.crm_column import CrmColumn
from connector.domain.mapping import Mapping
from connector.domain.mapping_set import MappingSet
from connector.domain.step_filter import FilterReport, FilterState, Watched


class MappingSets(Protocol):
    """Keeps the mappings as one set, which changes as a whole or not at all."""

    async def read(self) -> MappingSet:
        """Return the set as it is now, whatever was read before."""

    async def replace(self, changes: Sequence[Mapping], *, version: str) -> MappingSet | None:
        """Store another set in place of the one with that version; None when that one is gone."""


class ColumnReader(Protocol):
    """Knows the columns that the CRM's tables really have; raises as `CrmGateway` does."""

    async def list_columns(self, table: Table) -> Sequence[CrmColumn]:
        """Return the columns that can be read, as known not long ago; none without the table."""

    async def refresh(self, table: Table) -> Sequence[CrmColumn]:
        """Return the columns as they are now."""


class NewestReader(Protocol):
    """Finds an example in the CRM; raises as `CrmGateway` does."""

    async def find_newest(self, table: Table, columns: Collection[Column]) -> Record | None:
        """Find the row that was made last, or None where there is none."""


class StepFilters(Protocol):
    """Keeps the filters of our webhook, and never raises: the mappings hold without them."""

    async def check(self, watched: Watched) -> FilterState:
        """Tell whether the CRM tells us of these columns, and of no others."""

    async def follow(self, watched: Watched) -> FilterReport:
        """Let the CRM tell us of these columns; a filter that is empty tells of all and stays."""
