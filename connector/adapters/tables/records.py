"""The table `records`: what we know of each CRM row's last sync."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from itertools import batched, chain

from azure.core import MatchConditions
from azure.data.tables import (
    TableTransactionError,
    TransactionOperation,
    UpdateMode,
)
from azure.data.tables.aio import TableClient

from connector.adapters.tables.answers import Operation, submit
from connector.adapters.tables.conditional import is_lost_race
from connector.adapters.tables.keys import partition_key, row_key
from connector.adapters.tables.record_ranges import RecordRange
from connector.adapters.tables.record_rows import to_entity, to_row, to_state
from connector.adapters.tables.rows import (
    LARGEST_PAGE,
    StoredRow,
    compare,
    find_row,
    read_page,
)
from connector.adapters.tables.service import TableService
from connector.adapters.tables.transactions import ROWS_PER_TRANSACTION, write_rows
from connector.domain.contact import OrganisationId, RecordId, RecordKey, Table
from connector.domain.errors import System
from connector.domain.record_list import StatePage
from connector.domain.sync_state import SyncState

TABLE = "records"
READ_ALONG = 40
"""Pages go on while they have one wanted row in so many; beyond that single reads cost less."""

PARALLEL = 16
FEW = 3
"""Up to this many rows of a partition are read one by one."""


class TableRecordStore:
    """Is the `RecordStore` of one organisation."""

    def __init__(
        self,
        service: TableService,
        organisation: OrganisationId,
        *,
        worked: Callable[[System], None] | None = None,
    ) -> None:
        """Take the connection, the organisation of all rows, and whom to tell of what worked."""
        self._service = service
        self._organisation = organisation
        self._worked = worked

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

    def arrange(self, keys: Iterable[RecordKey]) -> Sequence[RecordKey]:
        """Return the keys so that those of one partition follow each other."""
        return sorted(keys, key=self._partition)

    async def save(self, states: Sequence[SyncState]) -> Collection[RecordKey]:
        """Write each state if its row is still as it was read; return the keys that lost."""
        if not states:
            return []

        by_key = {state.key: state for state in states}
        async with self._service.open(TABLE, System.RECORDS) as table:
            lost = await _side_by_side(
                _write(table, partition, [by_key[key] for key in some])
                for partition, keys in self._by_partition(by_key).items()
                for some in batched(keys, ROWS_PER_TRANSACTION, strict=False)
            )

        if self._worked is not None:
            self._worked(System.RECORDS)

        return list(chain(*lost))

    async def list_between(
        self,
        table: Table,
        *,
        after: RecordId | None,
        until: RecordId | None,
        size: int,
    ) -> StatePage:
        """Return the states behind one id, up to and with another, as the CRM orders ids."""
        between = RecordRange(
            organisation=self._organisation, table=table, after=after, until=until
        )
        async with self._service.open(TABLE) as client:
            return await between.read(client, size=size)

    def _by_partition(self, keys: Iterable[RecordKey]) -> dict[str, list[RecordKey]]:
        partitions: dict[str, list[RecordKey]] = defaultdict(list)
        for key in keys:
            partitions[self._partition(key)].append(key)

        return partitions

    def _partition(self, key: RecordKey) -> str:
        return partition_key(self._organisation, key)


async def _read(
    table: TableClient, partition: str, keys: Mapping[str, RecordKey]
) -> list[SyncState]:
    """Read on in the order of the keys while that is worth it, and the others one by one."""
    rows = sorted(keys)
    found: list[StoredRow] = []
    if len(rows) > FEW:
        found, rows = await _read_along(table, partition, rows)

    for some in batched(rows, PARALLEL, strict=False):
        answers = await asyncio.gather(*(find_row(table, partition, row) for row in some))
        found += filter(None, answers)

    return [to_state(keys[row["RowKey"]], row) for row in found]


async def _read_along(
    table: TableClient, partition: str, rows: Sequence[str]
) -> tuple[list[StoredRow], list[str]]:
    """Return the wanted rows of whole pages, and which are left when they lie too far apart."""
    found: list[StoredRow] = []
    left = list(rows)
    while len(left) > FEW:
        size = min(LARGEST_PAGE, READ_ALONG * len(left))
        page = await read_page(table, _between(partition, left[0], left[-1]), size=size)
        wanted = set(left)
        fresh = [row for row in page.rows if row["RowKey"] in wanted]
        found += fresh
        if not page.place:
            return found, []

        reached = page.rows[-1]["RowKey"] if page.rows else ""
        left = [row for row in left if row > reached]
        if len(fresh) * READ_ALONG < size:
            break

    return found, left


def _between(partition: str, first: str, last: str) -> str:
    ends = ("PartitionKey", "eq", partition), ("RowKey", "ge", first), ("RowKey", "le", last)

    return " and ".join(compare(*end) for end in ends)


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
            await submit(table, [_to_operation(partition, one) for one in going_in])
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
