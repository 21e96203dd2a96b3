"""Find the contacts that Spotler was sent and whose rows are no longer there, page by page."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from itertools import batched, chain

from connector.application.ports import CrmGateway, RecordStore
from connector.domain.missing import Span, must_have_row, without_row
from connector.domain.sync_state import Reason, SyncState
from connector.domain.tally import Tally

IDS_PER_QUERY = 100
STATES_PER_READ = 1000
QUERIES_SIDE_BY_SIDE = 4


async def count_missing(span: Span | None, *, crm: CrmGateway, records: RecordStore) -> Tally:
    """Count the contacts of a page whose rows are missing, and note nothing."""
    count = 0
    async for some in _iter_missing(span, crm, records):
        count += len(some)

    return _to_tally(count)


async def note_missing(
    span: Span | None, *, crm: CrmGateway, records: RecordStore, now: datetime
) -> Tally:
    """Count the same, and note of each that its row is missing.

    A state that was written meanwhile belongs to somebody who syncs the contact: it is left.
    """
    count = 0
    async for some in _iter_missing(span, crm, records):
        unnoted = [one for one in some if one.reason != Reason.NOT_IN_DYNAMICS]
        lost = await records.save([without_row(one, now) for one in unnoted])
        count += len(some) - len(lost)

    return _to_tally(count)


async def _iter_missing(
    span: Span | None, crm: CrmGateway, records: RecordStore
) -> AsyncIterator[Sequence[SyncState]]:
    """Yield the states of missing rows in pieces, so that memory stays flat.

    Each row is asked for once more, after its state was read: it may have been made since the
    page was.
    """
    if span is None:
        return

    after, is_over = span.after, False
    while not is_over:
        piece = await records.list_between(
            span.table, after=after, until=span.until, without=span.rows, size=STATES_PER_READ
        )
        doubtful = [one for one in piece.states if must_have_row(one)]
        if doubtful:
            yield await _without_row(span, doubtful, crm)

        is_over = piece.last is None
        after = piece.last.id if piece.last else None


async def _without_row(
    span: Span, states: Sequence[SyncState], crm: CrmGateway
) -> Sequence[SyncState]:
    free = asyncio.Semaphore(QUERIES_SIDE_BY_SIDE)

    async def ask(some: Sequence[SyncState]) -> Sequence[SyncState]:
        async with free:
            there = await crm.list_records(span.table, [one.key.id for one in some], ())

        return [one for one in some if one.key.id not in there]

    hundreds = batched(states, IDS_PER_QUERY, strict=False)

    return [*chain.from_iterable(await asyncio.gather(*map(ask, hundreds)))]


def _to_tally(count: int) -> Tally:
    return Tally(details={Reason.NOT_IN_DYNAMICS: count}) if count else Tally()
