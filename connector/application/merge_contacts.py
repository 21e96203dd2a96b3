"""Carry out what was decided for Spotler's people: link, write, and count."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector.application.match_contacts import Matching
from connector.application.note_people import Noting
from connector.domain.contact import ExternalId, RecordKey, Table
from connector.domain.errors import PermanentError, TransientError
from connector.domain.mapping_plan import MappingPlan
from connector.domain.match import Match
from connector.domain.merge import FAILED, Fate, Merge, Why, make_new, merge
from connector.domain.spotler_contact import find_own_row
from connector.domain.sync_state import SyncState
from connector.domain.tally import Tally
from connector.domain.way_back import WayBack

logger = logging.getLogger(__name__)

WRITES_SIDE_BY_SIDE = 6
"""Of the eight connections to the CRM two stay free for changes as they happen."""


type Done = tuple[Merge, Fate | Why]


@dataclass(frozen=True, slots=True)
class Merging:
    """Decides for the people of a page and, unless it is a preview, carries that out."""

    matching: Matching
    plan: MappingPlan
    ways: Sequence[WayBack]
    now: datetime
    is_done_before: Callable[[Merge], Fate]

    def decide(self, match: Match) -> Merge:
        """Return what to do for one person."""
        if match.row is None or match.excluded is not None:
            return Merge(match.contact, excluded=match.excluded)

        held = self.matching.rows.get(RecordKey(Table.CONTACT, match.row))
        if held is None:
            return make_new(match.contact, match.row, self.ways)

        return merge(match.contact, held, self.ways, unsent=self.noting.is_unsent(held))

    @property
    def noting(self) -> Noting:
        """Return what remembers the outcome."""
        return Noting(self.matching, self.plan, self.ways, self.now)

    def preview(self, matches: Sequence[Match]) -> Tally:
        """Return what would become of people."""
        return count([(one, self._expected(one)) for one in map(self.decide, matches)])

    async def run(self, matches: Sequence[Match]) -> Tally:
        """Write people; raises the cause when the CRM cannot take one of them now."""
        await self._link(matches)
        merges = [self.decide(match) for match in matches]
        free = asyncio.Semaphore(WRITES_SIDE_BY_SIDE)

        async def write(one: Merge) -> Fate | Why:
            async with free:
                return await self._write(one)

        # All have an answer before one fails the others: nothing goes on behind our back.
        fates = await asyncio.gather(*map(write, merges), return_exceptions=True)
        done = [(one, _result(fate)) for one, fate in zip(merges, fates, strict=True)]
        await self.noting.note(done)

        return count(done)

    async def _link(self, matches: Sequence[Match]) -> None:
        """Write first whom each row stands for, so that Spotler never holds a person twice."""
        links = [state for match in matches for state in self._links(match)]
        lost = await self.matching.records.save([replace(s, changed_at=self.now) for s in links])
        if lost:
            raise TransientError("nobody else must decide over the same people: try again")

        written = await self.matching.records.list_states([state.key for state in links])
        self.matching.states.update(written)

    def _links(self, match: Match) -> list[SyncState]:
        """Return the states to write before the row: its own, and that of who looks for it."""
        born = self.matching.born(match.contact)
        if match.row is None or born is None:
            return []

        external_id = match.contact.external_id
        is_new = RecordKey(Table.CONTACT, match.row) not in self.matching.rows
        is_respelt = str(external_id) != match.row == find_own_row(ExternalId(str(external_id)))
        if not (is_new or match.by_address or is_respelt):
            return []

        own, sign = self.matching.state(match.row), self.matching.state(born.id)
        links = [] if own.external_id else [replace(own, external_id=external_id)]
        if match.row not in {born.id, sign.successor}:
            links.append(replace(sign, external_id=external_id, successor=match.row))

        return links

    def _expected(self, one: Merge) -> Fate | Why:
        if one.excluded is not None:
            return one.excluded
        if one.creates:
            return Fate.CREATED

        return Fate.CHANGED if one.writes else self.is_done_before(one)

    async def _write(self, one: Merge) -> Fate | Why:
        fate = self._expected(one)
        try:
            if one.creates and one.row:
                await self.matching.book.create(one.row, one.columns)
            elif one.writes and one.held:
                is_written = await self.matching.book.update(one.held, one.columns)
                # Whoever was in between was so after the feed was read.
                return fate if is_written else Why.NEWER_IN_DYNAMICS
        except PermanentError as exc:
            logger.warning("the CRM refused a contact: %s", exc, extra={"record": one.row})
            return Why.REJECTED

        return fate


def _result(answer: Fate | Why | BaseException) -> Fate | Why:
    if isinstance(answer, BaseException):
        raise answer

    return answer


def count(done: Sequence[Done]) -> Tally:
    """Count what became of people; only values that are written over others count as changed."""
    return sum((_count(one, fate) for one, fate in done), Tally())


def _count(one: Merge, fate: Fate | Why) -> Tally:
    if fate in FAILED:
        return Tally(failed=1, details={f"reason:{fate}": 1})
    if isinstance(fate, Why):
        return Tally(excluded=1, details={f"reason:{fate}": 1})

    changed = one.columns if fate is Fate.CHANGED else ()

    return Tally(in_sync=1, details={str(fate): 1} | {f"field:{name}": 1 for name in changed})
