"""The table `parked`, as a person looks at it who decides what becomes of it."""

import asyncio
from collections.abc import Collection
from itertools import batched

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

from connector.adapters.tables.parked import TABLE, to_parked
from connector.adapters.tables.service import TableService
from connector.domain.contact import OrganisationId, RecordKey
from connector.domain.event import Change
from connector.domain.parking import ParkedEvent, parking_id

PARALLEL = 16


class TableParkedRows:
    """Is the `ParkedRows` of one organisation."""

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection and the organisation that all rows belong to."""
        self._service = service
        self._organisation = organisation

    async def list_deleted(self, keys: Collection[RecordKey]) -> Collection[RecordKey]:
        """Return the records of which a deletion is parked."""
        found = await self._find_all({parking_id(key): key for key in keys})
        events = [parked.event for parked in found if parked.event is not None]

        return {event.key for event in events if event.change is Change.DELETED}

    async def _find_all(self, rows: Collection[str]) -> list[ParkedEvent]:
        """Return the rows that there are, some at a time."""
        found: list[ParkedEvent | None] = []
        async with self._service.open(TABLE) as table:
            for some in batched(rows, PARALLEL, strict=False):
                found += await asyncio.gather(*(self._find(table, row) for row in some))

        return [one for one in found if one is not None]

    async def _find(self, table: TableClient, row: str) -> ParkedEvent | None:
        try:
            return to_parked(await table.get_entity(self._organisation, row))
        except ResourceNotFoundError:
            return None
