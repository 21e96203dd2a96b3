"""Lists and counts of the table `records`, for people who look at what did not go through."""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Final

from azure.data.tables.aio import TableClient

from connector.adapters.tables.answers import reading_answer
from connector.adapters.tables.keys import partition_key, record_id, row_key, table_of
from connector.adapters.tables.record_rows import to_state, to_status
from connector.adapters.tables.records import TABLE
from connector.adapters.tables.rows import LARGEST_PAGE, StoredRow, compare, iter_rows
from connector.adapters.tables.service import TableService
from connector.domain.contact import Account, OrganisationId, RecordKey
from connector.domain.errors import ConfigurationError
from connector.domain.missing import ROWLESS
from connector.domain.record_list import Counts, RecordFilter, Standing, StatePage, explain
from connector.domain.sync_state import SyncState, SyncStatus

logger = logging.getLogger(__name__)

PAGE_SECONDS: Final = 10.0
"""Somebody waits: the service itself works on a page for 5 seconds at most."""

_COUNTED = ["PartitionKey", "RowKey", "status", "reason", "notes", "account"]

type Condition = tuple[str, str, str]


class TableRecordLists:
    """Is the `RecordLists` of one organisation: in the order of the keys, which SQL Server has too.

    A page goes on behind a key and not behind a token of the service, so whatever comes from
    outside is a place in the table, and nothing that could fail.
    """

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection and the organisation that all rows belong to."""
        self._service = service
        self._organisation = organisation

    async def count(self) -> Counts:
        """Count all records that have a status, by reading a few columns of every row."""
        counts: Counter[Standing] = Counter()
        ours = _join(self._partitions(RecordFilter()))
        async with self._service.open(TABLE) as table:
            async for row in iter_rows(table, ours, select=_COUNTED, seconds=PAGE_SECONDS):
                status = _skip_broken(to_status, row)
                if status is not None:
                    with reading_answer():
                        counts[_to_standing(row, status)] += 1

        return counts

    async def list_page(
        self, wanted: RecordFilter, *, size: int, after: RecordKey | None = None
    ) -> StatePage:
        """Return the first states that are wanted, or the first ones behind a record."""
        found: list[SyncState] = []
        async with self._service.open(TABLE) as table:
            async for state in self._iter(table, wanted, size, after):
                if len(found) == size:
                    return StatePage(tuple(found), found[-1].key)
                found.append(state)

        return StatePage(tuple(found))

    async def _iter(
        self, table: TableClient, wanted: RecordFilter, size: int, after: RecordKey | None
    ) -> AsyncIterator[SyncState]:
        for place in self._places(wanted, after):
            conditions = _join([*place, *_conditions(wanted)])
            least = min(size + 1, LARGEST_PAGE)
            async for row in iter_rows(table, conditions, size=least, seconds=PAGE_SECONDS):
                state = _skip_broken(_to_state, row) if row.get("status") else None
                if state is not None:
                    yield state

    def _places(self, wanted: RecordFilter, after: RecordKey | None) -> Iterator[list[Condition]]:
        """Yield the ranges to read in turn: an `or` over partitions would read the whole table."""
        if after is None:
            yield self._partitions(wanted)
            return

        partition = partition_key(self._organisation, after)
        yield [("PartitionKey", "eq", partition), ("RowKey", "gt", row_key(after.id))]
        yield [*self._partitions(wanted), ("PartitionKey", "gt", partition)]

    def _partitions(self, wanted: RecordFilter) -> list[Condition]:
        """Return from where to where partitions are ours; a full stop comes after a dash."""
        ours = f"{self._organisation}-{wanted.table}" if wanted.table else self._organisation

        return [("PartitionKey", "ge", f"{ours}-"), ("PartitionKey", "lt", f"{ours}.")]


def _to_standing(row: StoredRow, status: SyncStatus) -> Standing:
    return Standing(
        table=table_of(row["PartitionKey"]),
        status=status,
        reason=explain(row.get("reason")).reason,
        has_notes=bool(row.get("notes")),
        account=Account(row["account"]) if "account" in row else None,
        has_row=row.get("reason") not in ROWLESS,
    )


def _to_state(row: StoredRow) -> SyncState:
    with reading_answer():
        key = RecordKey(table_of(row["PartitionKey"]), record_id(row["RowKey"]))

    return to_state(key, row)


def _skip_broken[T](read: Callable[[StoredRow], T], row: StoredRow) -> T | None:
    """Read a row; one that is broken must not hide the others."""
    try:
        return read(row)
    except ConfigurationError as exc:
        logger.warning("a row of %s is left out: %s", TABLE, exc, extra={"row": row["RowKey"]})
        return None


def _conditions(wanted: RecordFilter) -> Iterator[Condition]:
    if wanted.status is not None:
        yield "status", "eq", wanted.status
    if wanted.reason is not None:  # alone, or before its details
        yield "reason", "ge", wanted.reason
        yield "reason", "lt", f"{wanted.reason};"
    if wanted.since is not None:  # as text, which sorts as the time does
        since = wanted.since.replace(tzinfo=None).isoformat(timespec="seconds")
        yield "changed_at", "ge", since
    if wanted.with_notes:
        yield "notes", "gt", ""


def _join(conditions: Iterable[Condition]) -> str:
    return " and ".join(compare(*one) for one in conditions)
