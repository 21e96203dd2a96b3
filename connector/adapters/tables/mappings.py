"""The table `mappings`: what administrators changed about the default mappings.

A row of its own tells the version of the whole set. Every change writes it on condition, in one
transaction with the mappings, so of two administrators who save at once one is told.
"""

import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from azure.core import MatchConditions
from azure.data.tables import (
    TableEntity,
    TableTransactionError,
    TransactionOperation,
    UpdateMode,
)

from connector.adapters.tables.answers import (
    Operation,
    iter_entities,
    reading_answer,
    submit,
)
from connector.adapters.tables.conditional import is_lost_race
from connector.adapters.tables.mapping_rows import row_key, to_entity, to_mapping
from connector.adapters.tables.service import TableService
from connector.domain.contact import OrganisationId
from connector.domain.errors import MappingError
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.mapping_set import MappingSet

TABLE: Final = "mappings"
VERSION: Final = "version"
FRESH_SECONDS: Final = 30.0
"""How long a worker may go on with mappings that it read; a change reaches all within this."""

UNCHANGED: Final = "defaults"
"""Is the version of a set in which nobody changed anything yet."""

MOST_CHANGES: Final = 99
"""A transaction takes a hundred rows, and one of them is the version."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """Is all that the partition holds."""

    mappings: Mapping[str, PropertyMapping]
    version: str = UNCHANGED
    etag: str | None = None


class TableMappingStore:
    """Is the `MappingStore` and the `MappingSets` of one organisation."""

    def __init__(
        self,
        service: TableService,
        organisation: OrganisationId,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the connection and the organisation that all rows belong to."""
        self._service = service
        self._organisation = organisation
        self._clock = clock
        self._known: tuple[float, Sequence[PropertyMapping]] | None = None
        self._writes = 0

    async def list_changes(self, *, now: bool = False) -> Sequence[PropertyMapping]:
        """Return the stored mappings, deleted ones included, as read not long ago, or now."""
        known = None if now else self._known
        if known is None or self._clock() - known[0] >= FRESH_SECONDS:
            return (await self.read()).changes

        return known[1]

    async def read(self) -> MappingSet:
        """Return the set as it is now, whatever was read before."""
        asked, writes = self._clock(), self._writes
        stored = await self._read()
        changes = tuple(stored.mappings.values())
        if writes == self._writes:  # else we changed them ourselves while we asked
            self._known = (asked, changes)

        return MappingSet(changes, stored.version)

    async def replace(
        self, changes: Sequence[PropertyMapping], *, version: str
    ) -> MappingSet | None:
        """Store another set in place of the one with that version; None when that one is gone."""
        stored = await self._read()
        if stored.version != version:
            return None

        after = uuid.uuid4().hex
        operations = [self._next_version(stored, after), *self._differences(stored, changes)]
        if len(operations) > MOST_CHANGES + 1:
            raise MappingError(f"at most {MOST_CHANGES} mappings can be changed at once")

        if not await self._submit(operations):
            return None

        return MappingSet(tuple(changes), after)

    async def _submit(self, operations: Sequence[Operation]) -> bool:
        """Write all or nothing; False when somebody else has written meanwhile.

        What was read before is forgotten in any case: an answer that was lost may have been a yes.
        """
        try:
            async with self._service.open(TABLE) as table:
                try:
                    await submit(table, operations)
                except TableTransactionError as exc:
                    if is_lost_race(exc):
                        return False
                    raise
        finally:
            self._writes += 1
            self._known = None

        return True

    async def _read(self) -> _Stored:
        async with self._service.open(TABLE) as table:
            rows = iter_entities(
                table,
                "PartitionKey eq @organisation",
                parameters={"organisation": self._organisation},
            )
            return await _to_stored(rows)

    def _next_version(self, stored: _Stored, version: str) -> Operation:
        entity = TableEntity(PartitionKey=self._organisation, RowKey=VERSION, version=version)
        if stored.etag is None:
            return TransactionOperation.CREATE, entity, {}

        condition = {"etag": stored.etag, "match_condition": MatchConditions.IfNotModified}

        return TransactionOperation.UPDATE, entity, {"mode": UpdateMode.REPLACE, **condition}

    def _differences(
        self, stored: _Stored, changes: Sequence[PropertyMapping]
    ) -> Iterator[Operation]:
        wanted = {row_key(mapping.target): mapping for mapping in changes}
        for key, mapping in wanted.items():
            if stored.mappings.get(key) != mapping:
                entity = to_entity(self._organisation, mapping)
                yield TransactionOperation.UPSERT, entity, {"mode": UpdateMode.REPLACE}

        for key in stored.mappings.keys() - wanted.keys():
            entity = TableEntity(PartitionKey=self._organisation, RowKey=key)
            yield TransactionOperation.DELETE, entity, {}


async def _to_stored(rows: AsyncIterator[TableEntity]) -> _Stored:
    mappings: dict[str, PropertyMapping] = {}
    version, etag = UNCHANGED, None
    async for row in rows:
        if row["RowKey"] == VERSION:
            with reading_answer():
                version, etag = str(row["version"]), str(row.metadata["etag"])
        else:
            mappings[row["RowKey"]] = to_mapping(row)

    return _Stored(mappings, version, etag)
