"""The table `parked`, as a person looks at it who decides what becomes of it."""

import asyncio
from collections.abc import Collection, Sequence
from itertools import batched

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError
from azure.data.tables.aio import TableClient

from connector.adapters.tables.answers import find_entity, iter_entities
from connector.adapters.tables.parked import BODY, TABLE, to_parked
from connector.adapters.tables.service import TableService
from connector.domain.contact import OrganisationId, RecordKey
from connector.domain.parking import LICENCE, ParkedEvent, parking_id

PARALLEL = 16
COLUMNS = ("queue", "reason", "attempts", "parked_at", "first_parked_at", f"{BODY}00")
"""Are those of a list: what can be sent again is never longer than the first piece of a body."""


class TableParkedRows:
    """Is the `ParkedRows` of one organisation."""

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection and the organisation that all rows belong to."""
        self._service = service
        self._organisation = organisation

    async def list_deleted(self, keys: Collection[RecordKey]) -> Collection[RecordKey]:
        """Return the records of which a deletion is parked."""
        found = await self.find_parked([parking_id(key) for key in keys])
        deleted = {parked.id for parked in found if parked.is_deletion}

        return {key for key in keys if parking_id(key) in deleted}

    async def list_parked(self, most: int) -> Sequence[ParkedEvent]:
        """Return what is parked, at most so many; of long bodies only the beginning.

        What waits for the licence comes last: however much that is, it hides nothing.
        """
        found: list[ParkedEvent] = []
        async with self._service.open(TABLE) as table:
            for operator in ("ne", "eq"):
                rows = iter_entities(
                    table,
                    f"PartitionKey eq @organisation and reason {operator} @held",
                    parameters={"organisation": self._organisation, "held": LICENCE},
                    select=["RowKey", *COLUMNS],
                )
                async for row in rows:
                    if len(found) == most:
                        return found
                    found.append(to_parked(row))

        return found

    async def remove(self, parked: ParkedEvent) -> bool:
        """Remove a row if it is still as it was read, and tell whether it is gone."""
        async with self._service.open(TABLE) as table:
            try:
                await table.delete_entity(
                    self._organisation,
                    parked.id,
                    etag=parked.etag,
                    match_condition=MatchConditions.IfNotModified,
                )
            except ResourceModifiedError:
                return False

        return True

    async def find_parked(self, ids: Collection[str]) -> Sequence[ParkedEvent]:
        """Return what is parked under some ids, as far as it is there, each with its etag."""
        found: list[ParkedEvent | None] = []
        async with self._service.open(TABLE) as table:
            for some in batched(ids, PARALLEL, strict=False):
                found += await asyncio.gather(*(self._find(table, row) for row in some))

        return [one for one in found if one is not None]

    async def _find(self, table: TableClient, row: str) -> ParkedEvent | None:
        found = await find_entity(table, self._organisation, row)

        return to_parked(found) if found is not None else None
