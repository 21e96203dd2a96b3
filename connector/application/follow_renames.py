"""Let people follow a row that they name: find them, and queue a pointer to each."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched

from connector.application.ports import (
    EventQueue,
    MappingStore,
    ParkingStore,
    RecordStore,
    RelatedReader,
)
from connector.application.review_ports import ParkedRows
from connector.domain.back_off import BackOff
from connector.domain.contact import RecordKey, Table
from connector.domain.default_mappings import effective_mappings
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    PermanentError,
    TransientError,
)
from connector.domain.event import RelatedChanged
from connector.domain.outcome import Outcome
from connector.domain.parking import park_event, parking_id, reason_of
from connector.domain.related import RelatedKey, RelatedTable, columns_that_show

logger = logging.getLogger(__name__)

PEOPLE_PER_PAGE = 1000
TERMS_PER_QUERY = 200
"""A hundred rows in two lookups: 13 KB of an address, which may have 32."""

GROUPS_AT_ONCE = 8
RUN_SECONDS = 60.0
"""After so long nothing new is begun: a function has 270 seconds, and a page may take many."""

MOST_PAGES = 10_000
"""More than anybody has; a search that goes on so long goes round."""

_dice = random.Random()  # noqa: S311 - jitter, not a secret

type _Place = tuple[RelatedKey, Table | None, str | None]
"""The page that an event asks for."""


type _Group = Sequence[RelatedChanged]
"""What is looked for together: rows of one table at the beginning, or else one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRenames:
    """The search for people who show rows that were renamed, or went into one that took them in.

    Rows are looked for together; a row with more people than a page holds is looked for alone, each
    page a message. Only people with a state are pointed to: nobody else ever was to go to Spotler,
    and a rename is no initial sync. `causes` fills up with what kept renames from being followed.
    """

    related: RelatedReader
    mappings: MappingStore
    records: RecordStore
    queue: EventQueue
    parking: ParkingStore
    parked: ParkedRows
    back_off: BackOff
    now: datetime
    clock: Callable[[], float] = time.monotonic
    causes: list[ConnectorError] = field(default_factory=list)
    people_per_page: int = PEOPLE_PER_PAGE
    run_seconds: float = RUN_SECONDS

    async def run(self, events: Sequence[RelatedChanged]) -> list[Outcome]:
        """Return one outcome for each event, in their order.

        Returns when every event is done, safe on a queue, or parked; raises only when the queue
        does not take what is left, and then nothing is lost by starting over. After an outage the
        rest is not tried: vain attempts would take longer than a batch may.
        """
        work = _collapse(events)
        outcomes = dict.fromkeys(work, Outcome.RETRIED)
        end = self.clock() + self.run_seconds
        failure: ConnectorError | None = None
        for groups in batched(_group(work.values()), GROUPS_AT_ONCE, strict=False):
            if failure is not None or self.clock() >= end:
                await self._postpone([event for group in groups for event in group], failure)
                continue

            for done, cause in await _all(self._try(group) for group in groups):
                outcomes |= done
                failure = failure or cause

        return [outcomes[_place(event)] for event in events]

    async def _try(self, group: _Group) -> tuple[dict[_Place, Outcome], ConnectorError | None]:
        """Return what became of the events of a group, and the outage that it met."""
        try:
            await self._follow(group)
        except PermanentError as exc:
            return {_place(event): await self._park(event, exc) for event in group}, None
        except ConnectorError as exc:
            logger.warning("%d renames come back later: %s", len(group), exc)
            self.causes.append(exc)
            return await self._later(group, exc), exc

        return {_place(event): Outcome.FOLLOWED for event in group}, None

    async def _follow(self, group: _Group) -> None:
        first = group[0]
        if first.page >= MOST_PAGES:
            raise PermanentError("the pages of the CRM must come to an end")

        # A page that goes on says nothing of the other pages: their own row may be parked.
        begun = [parking_id(event.key) for event in group if event.among is None]
        settled = await self.parked.find_parked(begun) if begun else ()
        mappings = effective_mappings(await self.mappings.list_changes())
        for table in Table:
            columns = columns_that_show(first.key.table, table=table, mappings=mappings)
            if columns and first.among in {None, table}:
                rows_per_query = max(1, TERMS_PER_QUERY // len(columns))
                for some in batched(group, rows_per_query, strict=False):
                    await self._follow_in(table, columns, some)

        if settled:
            await self.parking.forget(settled)

    async def _follow_in(self, table: Table, columns: Sequence[str], some: _Group) -> None:
        """Point to the people of a page, and only then ask for the next one.

        So whoever is edited meanwhile waits behind one page at most.
        """
        rows = {event.key.id: event for event in some}
        page = await self.related.read_related(
            table, columns, rows.keys(), size=self.people_per_page, cursor=some[0].cursor
        )
        if page.cursor is not None and len(some) > 1:
            await self.queue.send([event.onwards(table, None) for event in some])
            return

        shown = {RecordKey(table, person): theirs for person, theirs in page.shown.items()}
        known = await self.records.list_states(shown)
        # One for each row: of several the queue may have had one before, and leave it out.
        pointers = [rows[row].point_to(key) for key in known for row in shown[key]]
        await self.queue.send(pointers)
        if page.cursor is not None:
            await self.queue.send([some[0].onwards(table, page.cursor)])

    async def _later(self, group: _Group, cause: ConnectorError) -> dict[_Place, Outcome]:
        """Send copies for later, so that they come back together, and park the rest."""
        spent = [event for event in group if self.back_off.is_spent(event.attempt)]
        going_on = [event for event in group if event not in spent]
        if going_on:
            attempt = min(event.attempt for event in going_on)
            delay = self.back_off.delay(attempt, cause, _dice)
            await self.queue.send([event.retried() for event in going_on], delay=delay)

        waiting = {_place(event): Outcome.RETRIED for event in going_on}

        return waiting | {_place(event): await self._park(event, cause) for event in spent}

    async def _postpone(self, events: _Group, cause: ConnectorError | None) -> None:
        """Send events back that were not tried; no attempt is counted."""
        delay = self.back_off.delay(0, cause, _dice) if cause else None
        await self.queue.send([event.again() for event in events], delay=delay)

    async def _park(self, event: RelatedChanged, cause: ConnectorError) -> Outcome:
        """Keep an event, as one that begins at the first page; there is one of a row at most.

        What an operator must put right is parked so that it goes on by itself.
        """
        try:
            await self.parking.park(park_event(event, reason_of(cause), self.now))
        except (TransientError, ConfigurationError) as exc:
            logger.warning("nothing can be parked now: %s", exc)
            delay = self.back_off.delay(event.attempt, exc, _dice)
            await self.queue.send([event.again()], delay=delay)
            return Outcome.RETRIED

        return Outcome.PARKED


def _group(events: Iterable[RelatedChanged]) -> Iterable[_Group]:
    """Return what begins by its table, and what goes on alone."""
    beginning: dict[RelatedTable, list[RelatedChanged]] = {}
    going_on: list[list[RelatedChanged]] = []
    for event in events:
        if event.among is None:
            beginning.setdefault(event.key.table, []).append(event)
        else:
            going_on.append([event])

    return [*beginning.values(), *going_on]


def _place(event: RelatedChanged) -> _Place:
    return event.key, event.among, event.cursor


def _collapse(events: Iterable[RelatedChanged]) -> Mapping[_Place, RelatedChanged]:
    """Return one event for each page that is asked for.

    What stands for two is new: of the pointers of either the queue might take some for duplicates.
    """
    work: dict[_Place, RelatedChanged] = {}
    for event in events:
        known = work.get(_place(event))
        attempt = min(known.attempt, event.attempt) if known else event.attempt
        work[_place(event)] = replace(known.again(), attempt=attempt) if known else event

    return work


async def _all[Answer](asked: Iterable[Awaitable[Answer]]) -> list[Answer]:
    """Return all answers; all have come before one fails the others."""
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer

    return [answer for answer in answers if not isinstance(answer, BaseException)]
