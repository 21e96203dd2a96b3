"""The table `records`: what we know of each CRM row's last sync."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from itertools import batched, chain
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import (
    TableEntity,
    TableTransactionError,
    TransactionOperation,
    UpdateMode,
)
from azure.data.tables.aio import TableClient

from connector.adapters.tables.conditional import is_lost_race, is_table_gone
from connector.adapters.tables.keys import partition_key, row_key
from connector.adapters.tables.record_rows import to_entity, to_row, to_state
from connector.adapters.tables.service import TableService
from connector.adapters.tables.transactions import ROWS_PER_TRANSACTION, write_rows
from connector.domain.contact import OrganisationId, RecordKey
from connector.domain.sync_state import SyncState

TABLE = "records"
LARGEST_PAGE = 1000
READ_ALONG = 4
"""A range may read so many rows for each that is wanted; ids that come together lie together."""

PARALLEL = 16
FEW = 3
"""Up to this many rows of a partition are read one by one, more by one range query."""

type Operation = tuple[TransactionOperation, TableEntity, Mapping[str, Any]]


class TableRecordStore:
    """Is the `RecordStore` of one organisation."""

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection and the organisation that all rows belong to."""
        self._service = service
        self._organisation = organisation

    async def list_states(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SyncState]:
        """Return the states that exist, by key."""
        if not keys:
            return {}

        async with self._service.open(TABLE) as table:
            found = await _side_by_side(
                _read(table, partition, {row_key(key.id): key for key in some})
                for partition, some in self._by_partition(keys).items()
            )

        return {state.key: state for state in chain(*found)}

    async def save(self, states: Sequence[SyncState]) -> Collection[RecordKey]:
        """Write each state if its row is still as it was read; return the keys that lost."""
        if not states:
            return []

        by_key = {state.key: state for state in states}
        async with self._service.open(TABLE) as table:
            lost = await _side_by_side(
                _write(table, partition, [by_key[key] for key in some])
                for partition, keys in self._by_partition(by_key).items()
                for some in batched(keys, ROWS_PER_TRANSACTION, strict=False)
            )

        return list(chain(*lost))

    def _by_partition(self, keys: Iterable[RecordKey]) -> dict[str, list[RecordKey]]:
        partitions: dict[str, list[RecordKey]] = defaultdict(list)
        for key in keys:
            partitions[partition_key(self._organisation, key)].append(key)

        return partitions


async def _read(
    table: TableClient, partition: str, keys: Mapping[str, RecordKey]
) -> list[SyncState]:
    """Read one range, and one by one what lies beyond the first page of it."""
    rows = sorted(keys)
    entities: dict[str, TableEntity] = {}
    if len(rows) > FEW:
        entities, rows = await _read_range(table, partition, rows)

    for some in batched(rows, PARALLEL, strict=False):
        found = await asyncio.gather(*(_find(table, partition, row) for row in some))
        entities |= {entity["RowKey"]: entity for entity in found if entity is not None}

    return [to_state(keys[row], entity) for row, entity in entities.items() if row in keys]


async def _read_range(
    table: TableClient, partition: str, rows: Sequence[str]
) -> tuple[dict[str, TableEntity], list[str]]:
    """Return the first page between the outermost rows, and which rows lie beyond that page."""
    size = min(LARGEST_PAGE, READ_ALONG * len(rows))
    pages = table.query_entities(
        "PartitionKey eq @partition and RowKey ge @first and RowKey le @last",
        parameters={"partition": partition, "first": rows[0], "last": rows[-1]},
        results_per_page=size,
    ).by_page()
    page = [entity async for entity in await anext(pages)]
    is_whole = len(page) < size and not getattr(pages, "continuation_token", None)
    entities = {entity["RowKey"]: entity for entity in page}
    if is_whole:
        return entities, []

    reached = page[-1]["RowKey"] if page else ""

    return entities, [row for row in rows if row > reached]


async def _find(table: TableClient, partition: str, row: str) -> TableEntity | None:
    try:
        return await table.get_entity(partition, row)
    except ResourceNotFoundError as exc:
        if is_table_gone(exc):
            raise

        return None


async def _write(
    table: TableClient, partition: str, states: Sequence[SyncState]
) -> list[RecordKey]:
    """Write in one transaction; when it fails, all that lost a race are left out and told.

    The SDK's own transaction then takes the others: it tells what else may be the matter.
    """
    if await write_rows(table, [(to_row(partition, one), one.etag) for one in states]):
        return []

    going_in, lost = await _sort_out(table, partition, states)
    while going_in:
        try:
            await table.submit_transaction([_to_operation(partition, one) for one in going_in])
        except TableTransactionError as exc:
            if not is_lost_race(exc):
                raise

            lost.append(going_in.pop(exc.index).key)
        else:
            break

        going_in, more = await _sort_out(table, partition, going_in)
        lost += more

    return lost


async def _sort_out(
    table: TableClient, partition: str, states: Sequence[SyncState]
) -> tuple[list[SyncState], list[RecordKey]]:
    """Return whose row is still as it was read, and who has lost the race."""
    found = await _read(table, partition, {row_key(one.key.id): one.key for one in states})
    etags = {state.key: state.etag for state in found}
    going_in = [one for one in states if etags.get(one.key) == one.etag]

    return going_in, [one.key for one in states if etags.get(one.key) != one.etag]


def _to_operation(partition: str, state: SyncState) -> Operation:
    entity = to_entity(partition, state)
    if state.etag is None:
        return TransactionOperation.CREATE, entity, {}

    condition = {"etag": state.etag, "match_condition": MatchConditions.IfNotModified}

    return TransactionOperation.UPDATE, entity, {"mode": UpdateMode.REPLACE, **condition}


async def _side_by_side[T](work: Iterable[Awaitable[T]]) -> list[T]:
    limit = asyncio.Semaphore(PARALLEL)

    async def one(job: Awaitable[T]) -> T:
        async with limit:
            return await job

    return await asyncio.gather(*(one(job) for job in work))
