"""Let people follow a row whose name they show: find them, and queue a pointer to each."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched

from connector.application.ports import (
    EventQueue,
    MappingStore,
    ParkingStore,
    RecordStore,
    RelatedReader,
    WriteMessage,
)
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
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.outcome import Outcome
from connector.domain.parking import ParkedEvent
from connector.domain.related import RelatedKey, columns_that_show

logger = logging.getLogger(__name__)

PEOPLE_PER_PAGE = 1000
PAGES_AT_ONCE = 8
RUN_SECONDS = 60.0
"""After so long nothing new is begun: a function has 270 seconds, and a page may take many."""

MOST_PAGES = 10_000
"""More than anybody has; a search that goes on so long goes round."""

_dice = random.Random()  # noqa: S311 - jitter, not a secret

type _Place = tuple[RelatedKey, Table | None, str | None]
"""The page that an event asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRenames:
    """The search for people who show a row that was renamed; a message is one page of it.

    Only people with a state are pointed to: nobody else ever was to go to Spotler, and a rename is
    no initial sync.
    """

    related: RelatedReader
    mappings: MappingStore
    records: RecordStore
    queue: EventQueue
    parking: ParkingStore
    write: WriteMessage
    back_off: BackOff
    now: datetime
    clock: Callable[[], float] = time.monotonic
    people_per_page: int = PEOPLE_PER_PAGE
    run_seconds: float = RUN_SECONDS

    async def run(self, events: Sequence[RelatedChanged]) -> list[Outcome]:
        """Return one outcome for each event, in their order.

        Returns when every event is done, safe on a queue, or parked; raises only when the queue
        does not take what is left, and then nothing is lost by starting over. After an outage the
        rest is not tried: a hundred vain attempts would take longer than a batch may.
        """
        work = _collapse(events)
        outcomes = dict.fromkeys(work, Outcome.RETRIED)
        end = self.clock() + self.run_seconds
        failure: ConnectorError | None = None
        for some in batched(work.items(), PAGES_AT_ONCE, strict=False):
            if failure is not None or self.clock() >= end:
                await self._postpone([event for _, event in some], failure)
                continue

            answers = await _all(self._try(event) for _, event in some)
            for (place, _), (outcome, cause) in zip(some, answers, strict=True):
                outcomes[place] = outcome
                failure = failure or cause

        return [outcomes[_place(event)] for event in events]

    async def _try(self, event: RelatedChanged) -> tuple[Outcome, ConnectorError | None]:
        """Return what became of an event, and the outage that it met."""
        try:
            await self._follow(event)
        except PermanentError as exc:
            return await self._park(event, exc), None
        except ConnectorError as exc:
            logger.warning("a rename comes back later: %s", exc)
            return await self._later(event, exc), exc

        return Outcome.FOLLOWED, None

    async def _follow(self, event: RelatedChanged) -> None:
        if event.page >= MOST_PAGES:
            raise PermanentError("the pages of the CRM must come to an end")

        mappings = effective_mappings(await self.mappings.list_changes())
        for table in Table:
            if event.among in {None, table}:
                await self._follow_in(table, event, mappings)

    async def _follow_in(
        self, table: Table, event: RelatedChanged, mappings: Iterable[PropertyMapping]
    ) -> None:
        """Point to the people of a page, and only then ask for the next one.

        So whoever is edited meanwhile waits behind one page at most.
        """
        columns = columns_that_show(event.key.table, table=table, mappings=mappings)
        if not columns:
            return

        page = await self.related.read_related(
            table, columns, event.key.id, size=self.people_per_page, cursor=event.cursor
        )
        known = await self.records.list_states([RecordKey(table, id_) for id_ in page.ids])
        await self.queue.send([event.point_to(key) for key in known])
        if page.cursor is not None:
            await self.queue.send([event.onwards(table, page.cursor)])

    async def _later(self, event: RelatedChanged, cause: ConnectorError) -> Outcome:
        if self.back_off.is_spent(event.attempt):
            return await self._park(event, cause)

        delay = self.back_off.delay(event.attempt, cause, _dice)
        await self.queue.send([event.retried()], delay=delay)

        return Outcome.RETRIED

    async def _postpone(
        self, events: Sequence[RelatedChanged], cause: ConnectorError | None
    ) -> None:
        """Send events back that were not tried; no attempt is counted."""
        delay = self.back_off.delay(0, cause, _dice) if cause else None
        await self.queue.send([event.again() for event in events], delay=delay)

    async def _park(self, event: RelatedChanged, cause: ConnectorError) -> Outcome:
        """Keep an event, as one that begins at the first page; there is one of a row at most."""
        parked = ParkedEvent(
            id=f"related-{event.key.table}-{event.key.id}",
            reason=type(cause).__name__,
            parked_at=self.now,
            body=self.write(event.anew()),
            attempts=event.attempt,
        )
        try:
            await self.parking.park(parked)
        except (TransientError, ConfigurationError) as exc:
            logger.warning("nothing can be parked now: %s", exc)
            delay = self.back_off.delay(event.attempt, exc, _dice)
            await self.queue.send([event.again()], delay=delay)
            return Outcome.RETRIED

        return Outcome.PARKED


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
