"""Where mappings are kept and edited: the stored set, and all that it is checked against."""

import asyncio
import logging
from dataclasses import dataclass

from connector.application.mapping_ports import (
    ColumnReader,
    MappingSets,
    NewestReader,
    StepFilters,
)
from connector.application.ports import MarketingGateway
from connector.domain.contact import Table
from connector.domain.crm_column import CrmColumn
from connector.domain.errors import ConnectorError, TransientError
from connector.domain.gone_columns import GoneColumn, find_gone
from connector.domain.mapping_set import MappingSet
from connector.domain.step_filter import FilterReport, FilterState, watched_columns

logger = logging.getLogger(__name__)

ATTEMPTS = 5
"""Two administrators are many; who loses so often meets something else."""

PATIENCE_SECONDS = 5.0
"""Is how long somebody who only looks waits for the CRM to tell of its filters."""


@dataclass(frozen=True, slots=True)
class MappingKeeping:
    """Keeps the mappings of one organisation."""

    sets: MappingSets
    columns: ColumnReader
    newest: NewestReader
    filters: StepFilters
    marketing: MarketingGateway
    patience_seconds: float = PATIENCE_SECONDS

    async def live_columns(self) -> dict[Table, dict[str, CrmColumn]]:
        """Return the columns as they are now, or as last known while the CRM does not answer."""
        found = await asyncio.gather(*(self._live_columns(table) for table in Table))

        return dict(zip(Table, found, strict=True))

    async def check_filters(self, known: MappingSet) -> FilterState:
        """Tell how the filters stand to the mappings, or unknown when that takes too long."""
        try:
            async with asyncio.timeout(self.patience_seconds):
                return await self.filters.check(watched_columns(known.effective))
        except TimeoutError:
            return FilterState.UNKNOWN

    async def find_gone(self, known: MappingSet) -> tuple[GoneColumn, ...]:
        """Return which mapped columns tell nothing; none while the CRM does not say in time."""
        try:
            async with asyncio.timeout(self.patience_seconds):
                found = await asyncio.gather(*(self.columns.list_columns(one) for one in Table))
        except (ConnectorError, TimeoutError):
            return ()

        return find_gone(known.effective, dict(zip(Table, found, strict=True)))

    async def follow(self, saved: MappingSet) -> FilterReport:
        """Let the filters follow the mappings that hold, also when somebody saves meanwhile.

        Whoever writes the filters last must have known the set that was saved last.
        """
        for _ in range(ATTEMPTS):
            report = await self.filters.follow(watched_columns(saved.effective))
            now = await self.sets.read()
            if now.version == saved.version:
                break
            saved = now

        logger.info("filters of the webhook: %s", report.outcome)

        return report

    async def _live_columns(self, table: Table) -> dict[str, CrmColumn]:
        try:
            found = await self.columns.refresh(table)
        except TransientError:
            found = await self.columns.list_columns(table)

        return {column.name: column for column in found}
