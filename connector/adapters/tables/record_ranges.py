"""Ranges of the table `records`: what lies between two ids, whatever the partition."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from azure.data.tables.aio import TableClient

from connector.adapters.tables.answers import reading_answer
from connector.adapters.tables.keys import partitions_of, record_id, row_key
from connector.adapters.tables.record_rows import to_state
from connector.adapters.tables.rows import LARGEST_PAGE, Place, StoredRow, compare, read_page
from connector.domain.contact import OrganisationId, RecordId, RecordKey, Table
from connector.domain.record_list import StatePage


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRange:
    """The rows of one table behind one id, up to and with another; without an id it is open."""

    organisation: OrganisationId
    table: Table
    after: RecordId | None
    until: RecordId | None

    async def read(self, client: TableClient, *, size: int) -> StatePage:
        """Return the first states, as far as every partition was read.

        Rows of the others beyond that place are read again with the next piece.
        """
        pieces = await asyncio.gather(
            *(
                self._read_partition(client, partition, min(size, LARGEST_PAGE))
                for partition in partitions_of(self.organisation, self.table)
            )
        )
        places = [rows[-1]["RowKey"] for rows, is_all in pieces if not is_all]
        reached = min(places, default=None)
        found = {row["RowKey"]: row for rows, _ in pieces for row in rows}
        keys = sorted(key for key in found if reached is None or key <= reached)
        states = tuple(to_state(self._key(key), found[key]) for key in keys)

        return StatePage(states, None if reached is None else self._key(reached))

    async def _read_partition(
        self, client: TableClient, partition: str, size: int
    ) -> tuple[Sequence[StoredRow], bool]:
        """Return the first rows of a partition, and whether that is all of them."""
        rows: list[StoredRow] = []
        place: Place = {}
        while True:  # the service may end a page early, even an empty one
            page = await read_page(client, self._conditions(partition), size=size, after=place)
            rows += page.rows
            place = page.place
            if rows or not place:
                return rows, not place

    def _conditions(self, partition: str) -> str:
        conditions = [compare("PartitionKey", "eq", partition)]
        if self.after is not None:
            conditions.append(compare("RowKey", "gt", row_key(self.after)))
        if self.until is not None:
            conditions.append(compare("RowKey", "le", row_key(self.until)))

        return " and ".join(conditions)

    def _key(self, row: str) -> RecordKey:
        with reading_answer():
            return RecordKey(self.table, record_id(row))
