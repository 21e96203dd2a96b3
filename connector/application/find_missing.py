"""Find the contacts with a state whose rows are no longer there, page by page."""

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, chain

from connector.application.ports import CrmGateway, RecordStore
from connector.domain.contact import RecordKey
from connector.domain.missing import (
    Span,
    deleted,
    is_taken_for_row,
    must_have_row,
    without_row,
)
from connector.domain.sync_state import Reason, SyncState
from connector.domain.tally import Tally

IDS_PER_QUERY = 100
STATES_PER_READ = 1000
QUERIES_SIDE_BY_SIDE = 4

PROOFS_PER_PAGE = 20
"""One for a hundred rows: each is a call, and only a number hangs on it. The next sync goes on."""

_dice = random.Random()  # noqa: S311 - who is hidden must not always come first


@dataclass(frozen=True, slots=True)
class FoundStates:
    """The states of the rows of a page, and the count of those whose rows are missing."""

    states: Mapping[RecordKey, SyncState]
    tally: Tally


async def look_for_missing(
    span: Span, *, crm: CrmGateway, records: RecordStore, noting_at: datetime | None = None
) -> FoundStates:
    """Read the states of a page, and count the contacts whose rows are missing.

    Both lie in one range, and cost one look. With a time it is noted of each that its row is
    missing; a state that was written meanwhile belongs to somebody who syncs the contact. Who never
    was in Spotler is only noted as deleted, where the CRM says so: nothing is to be done for them.
    """
    states: dict[RecordKey, SyncState] = {}
    count, proofs_left = 0, PROOFS_PER_PAGE
    async for piece in _iter_pieces(span, records):
        states |= {one.key: one for one in piece if one.key.id in span.rows}
        rowless = [one for one in piece if one.key.id not in span.rows]
        missing = await _without_row(span, [one for one in rowless if must_have_row(one)], crm)
        lost = await _note(missing, records, noting_at) if noting_at else ()
        count += len(missing) - len(lost)
        if noting_at and proofs_left:
            taken = await _without_row(span, [one for one in rowless if is_taken_for_row(one)], crm)
            some = _dice.sample(taken, min(len(taken), proofs_left))
            proofs_left -= len(some)
            await _note_deleted(span, some, crm, records, noting_at)

    return FoundStates(states, Tally(details={Reason.NOT_IN_DYNAMICS: count}) if count else Tally())


async def _iter_pieces(span: Span, records: RecordStore) -> AsyncIterator[Sequence[SyncState]]:
    """Yield all states in pieces, so that memory stays flat however many rows are missing."""
    after, is_over = span.after, False
    while not is_over:
        piece = await records.list_between(
            span.table, after=after, until=span.until, size=STATES_PER_READ
        )
        yield piece.states
        is_over = piece.last is None
        after = piece.last.id if piece.last else None


async def _note(
    missing: Sequence[SyncState], records: RecordStore, now: datetime
) -> Collection[RecordKey]:
    """Note that rows are missing, where that is new; return the states that lost a race."""
    fresh = [one for one in missing if one.reason != Reason.NOT_IN_DYNAMICS]

    return await records.save([without_row(one, now) for one in fresh])


async def _note_deleted(
    span: Span,
    states: Sequence[SyncState],
    crm: CrmGateway,
    records: RecordStore,
    now: datetime,
) -> None:
    """Note of rows that Spotler has nothing of that they are deleted; a hidden one still counts."""
    gone = await crm.find_deleted(span.table, [one.key.id for one in states]) if states else ()
    if gone:
        await records.save([deleted(one, now) for one in states if one.key.id in gone])


async def _without_row(
    span: Span, states: Sequence[SyncState], crm: CrmGateway
) -> Sequence[SyncState]:
    """Ask for each row once more: it may have been made since the page was read."""
    free = asyncio.Semaphore(QUERIES_SIDE_BY_SIDE)

    async def ask(some: Sequence[SyncState]) -> Sequence[SyncState]:
        async with free:
            there = await crm.list_records(span.table, [one.key.id for one in some], ())

        return [one for one in some if one.key.id not in there]

    hundreds = batched(states, IDS_PER_QUERY, strict=False)

    return [*chain.from_iterable(await asyncio.gather(*map(ask, hundreds)))]
