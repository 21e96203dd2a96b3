"""What became of the records of a batch so far, and where those go that are not done."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connector.application.in_portions import Unfinished, in_portions
from connector.application.try_again import TryAgain
from connector.domain.batch import Work
from connector.domain.contact import Fingerprint, RecordKey, Rejection, is_opt_out
from connector.domain.errors import ConnectorError, PersonWaitsError
from connector.domain.outcome import Outcome
from connector.domain.parking import ParkedEvent
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import (
    UNKNOWN_IN_SPOTLER,
    Reason,
    SyncState,
    SyncStatus,
    counts_as_done,
    filled_as,
    go_without,
    rejected,
)

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Progress:
    """The outcomes and states of a batch, which fill up, and what Spotler has `taken` of it."""

    snapshot: Snapshot
    try_again: TryAgain
    outcomes: dict[RecordKey, Outcome] = field(default_factory=dict)
    states: dict[RecordKey, SyncState] = field(default_factory=dict)
    taken: dict[RecordKey, frozenset[str]] = field(default_factory=dict)
    sick: list[Work] = field(default_factory=list)
    late: list[Work] = field(default_factory=list)

    async def reject(self, key: RecordKey, rejection: Rejection) -> None:
        """Note that Spotler refused a contact: for now, for good, or because it opted out."""
        work = self.snapshot.work[key]
        reason = rejected(rejection.code, rejection.property)
        if self.snapshot.state(key).reason != reason:
            self.try_again.refused[key] = rejection
        if rejection.is_transient:
            said = f"spotler must be able to handle a contact: {rejection.code}"
            await self.later([work], PersonWaitsError(said))
            self.sick.append(work)
            return

        if is_opt_out(rejection):
            self._exclude(work, reason)
        else:
            await self.fail(work, reason)

    def _exclude(self, work: Work, reason: str) -> None:
        """Note whom Spotler does not want any more; the next change is sent whatever it held."""
        self.outcomes[work.key] = Outcome.EXCLUDED
        self._note(work, SyncStatus.EXCLUDED, reason, fingerprint=None)

    def note_unknown(self, work: Work) -> None:
        """Note that whom we know nothing of is unknown to Spotler too, under every id of theirs.

        Where our own memory was lost, the contact may be there under another id.
        """
        told = {"record": work.key.id}
        logger.warning("a deleted contact is unknown to us and to spotler", extra=told)
        self.outcomes[work.key] = Outcome.UNKNOWN
        if (ended := self.states.get(work.key)) is not None:
            self.states[work.key] = replace(ended, notes=(UNKNOWN_IN_SPOTLER,))

    def note_untold(self, work: Work) -> None:
        """Note that a deleted contact is left out from now on, and Spotler was told nothing."""
        self.outcomes[work.key] = Outcome.EXCLUDED

    async def fail(self, work: Work, reason: str) -> None:
        """Park what Spotler refuses; of who is forced nobody knows what Spotler holds."""
        await self.try_again.park(work, reason)
        self.outcomes[work.key] = Outcome.FAILED
        held = None if work.forced else self.snapshot.state(work.key).fingerprint
        self._note(work, SyncStatus.FAILING, reason, fingerprint=held)

    def _note(
        self, work: Work, status: SyncStatus, reason: str, *, fingerprint: Fingerprint | None
    ) -> None:
        known = self.snapshot.remembered(work.key)
        self.states[work.key] = replace(
            filled_as(self.states.get(work.key, known), known),
            external_id=self.snapshot.lasting_id(work.key),
            status=status,
            reason=reason,
            fingerprint=fingerprint,
        )

    async def later(
        self, work: Sequence[Work], cause: ConnectorError, excused: Collection[Work] = ()
    ) -> None:
        """Leave the states as they were; what is given up counts as never sent."""
        logger.warning("%d records come back later: %s", len(work), cause)
        outcomes = await self.try_again.later(work, cause, excused=excused)
        for one, outcome in zip(work, outcomes, strict=True):
            self.outcomes[one.key] = outcome
            self.states.pop(one.key, None)
            if outcome is Outcome.PARKED:
                self.states[one.key] = self.snapshot.given_up(one.key)

    async def in_portions(
        self,
        work: Sequence[Work],
        do: Callable[[list[Work]], Awaitable[None]],
        *,
        largest: int,
        until: float,
    ) -> None:
        """Do the work in portions, and leave what did not come to its end for later."""
        await self.come_back(await in_portions(work, do, largest=largest, until=until))

    async def come_back(self, unfinished: Unfinished) -> None:
        """Leave what did not come to its end for later, if anything."""
        if not unfinished.work:
            return

        await self.later(unfinished.work, unfinished.cause, unfinished.in_company)
        self.late += unfinished.work

    def recovered(self, raced: Collection[RecordKey]) -> list[ParkedEvent]:
        """Return what was parked before we read of those who do not fail any more."""
        settled = {state.key for state in self.snapshot.claims()}
        settled |= {key for key, one in self.outcomes.items() if one is Outcome.HANDED_OVER}
        settled |= {key for key, one in self.states.items() if one.status is not SyncStatus.FAILING}

        parked = self.snapshot.parked

        return [parked[key] for key in settled if key not in raced and key in parked]

    def newly_sick(self) -> list[RecordKey]:
        """Return who is tried again, alone or for long, and of whom that is not noted yet."""
        state = self.snapshot.state
        sick = [
            one.key
            for one in self.sick
            if one.event.attempt == 0 or state(one.key).reason != Reason.RETRIED
        ]
        late = [
            one.key for one in self.late if one.keeps_failing and counts_as_done(state(one.key))
        ]

        return [key for key in (*sick, *late) if self.outcomes[key] is Outcome.RETRIED]

    def passed_over(self) -> list[SyncState]:
        """Return the states of whom nothing is to be sent any more, and who do not say so yet."""
        skipped = [key for key, one in self.outcomes.items() if one is Outcome.SKIPPED]
        unsaid = [self.snapshot.state(key) for key in skipped if key not in self.states]

        return [*filter(None, map(go_without, unsaid))]

    async def race(self, work: Mapping[RecordKey, Work]) -> None:
        """Send the work that lost a race again."""
        await self.try_again.at_once(
            [one.after(self.taken, self.try_again.clock()) for one in work.values()]
        )
        self.outcomes |= dict.fromkeys(work, Outcome.RACED)
