"""Carry out what was decided for a batch: claim, retire, send, and note the result per record."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from connector.application.in_portions import in_portions
from connector.application.ports import MarketingGateway, RecordStore
from connector.application.try_again import TryAgain
from connector.domain.batch import Work
from connector.domain.contact import RecordKey, Rejection
from connector.domain.decision import Decision, OnDelete, decide
from connector.domain.errors import ConnectorError, PermanentError, TransientError
from connector.domain.mapping_plan import MappingPlan
from connector.domain.outcome import Outcome
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import Reason, SyncState, SyncStatus, give_up

logger = logging.getLogger(__name__)

CONTACTS_PER_CALL = 100
RETIRED_SIDE_BY_SIDE = 8
LONGEST_SECONDS = 120
"""What a batch has not begun by then waits too: the host ends a function after 4.5 minutes."""

UNFINISHED = frozenset({Outcome.RETRIED, Outcome.PARKED, Outcome.FAILED})


@dataclass(slots=True)
class CarryOut:
    """Does the work of one batch; `outcomes` and `states` fill up while it does."""

    snapshot: Snapshot
    plan: MappingPlan
    marketing: MarketingGateway
    records: RecordStore
    try_again: TryAgain
    on_delete: OnDelete
    decisions: dict[RecordKey, Decision] = field(default_factory=dict)
    outcomes: dict[RecordKey, Outcome] = field(default_factory=dict)
    states: dict[RecordKey, SyncState] = field(default_factory=dict)
    until: float = field(default_factory=lambda: _now() + LONGEST_SECONDS)

    async def run(self) -> dict[RecordKey, Outcome]:
        """Return the outcome per record of the snapshot's work."""
        raced = await self._claim()
        self._decide(raced)

        to_send = [work for work, decision in self._decided() if decision.contact is not None]
        await self._in_portions(to_send, CONTACTS_PER_CALL, self._send)
        await self._wait_for_heirs()
        to_retire = [work for work, decision in self._decided() if decision.retire is not None]
        await self._in_portions(to_retire, RETIRED_SIDE_BY_SIDE, self._retire)

        lost = await self._save(self.states.values())
        await self._race({*raced, *lost})
        await self.try_again.parking.release(self._recovered(lost))

        return self.outcomes

    async def _claim(self) -> set[RecordKey]:
        """Write who takes over which lead, and return both rows of the claims that lost a race."""
        claims = {state.key: (state, contact) for state, contact in self.snapshot.claims()}
        lost = await self._save(state for state, _ in claims.values())

        return {key for lead in lost for key in (lead, claims[lead][1])}

    def _decide(self, raced: Collection[RecordKey]) -> None:
        for key, work in self.snapshot.work.items():
            if key in raced:
                continue

            decision = decide(work, self.snapshot, self.plan)
            self.decisions[key] = decision
            self.outcomes[key] = decision.outcome
            if decision.state is not None:
                self.states[key] = decision.state

    def _decided(self) -> Iterable[tuple[Work, Decision]]:
        return ((self.snapshot.work[key], decision) for key, decision in self.decisions.items())

    async def _save(self, states: Iterable[SyncState]) -> Collection[RecordKey]:
        now = self.try_again.now

        return await self.records.save([replace(state, changed_at=now) for state in states])

    async def _in_portions(
        self, work: Sequence[Work], largest: int, do: Callable[[list[Work]], Awaitable[None]]
    ) -> None:
        unfinished = await in_portions(work, do, largest=largest, until=self.until)
        if unfinished.work:
            await self._later(unfinished.work, unfinished.cause, unfinished.in_company)

    async def _wait_for_heirs(self) -> None:
        """Let a lead come back when its contact could not be sent: until then it is all there is.

        Where Spotler merges people by their address, sending the contact may also have renamed
        the lead's, and then there is nothing left to end.
        """
        waiting = [
            work
            for work, decision in self._decided()
            if decision.outcome is Outcome.HANDED_OVER
            and decision.retire is not None
            and self._outcome_of_heir(work.key) in UNFINISHED
        ]
        for work in waiting:
            self.decisions[work.key] = replace(self.decisions[work.key], retire=None)

        if waiting:
            await self._later(waiting, TransientError("the contact must be sent before"))

    def _outcome_of_heir(self, lead: RecordKey) -> Outcome | None:
        contact = self.snapshot.successor(lead)

        return self.outcomes.get(contact) if contact else None

    async def _retire(self, work: Sequence[Work]) -> None:
        """End Spotler contacts; which permissions there are is read anew, so that none is left."""
        await self.marketing.check()
        await asyncio.gather(*(self._end(one) for one in work))

    async def _end(self, work: Work) -> None:
        """Withdraw what was a lead's, and end who is deleted as the setting says.

        Spotler not knowing the contact is fine.
        """
        decision = self.decisions[work.key]
        policy = OnDelete.WITHDRAW if decision.outcome is Outcome.HANDED_OVER else self.on_delete
        try:
            if decision.retire is not None and policy is OnDelete.WITHDRAW:
                await self.marketing.withdraw_permissions(decision.retire)
            elif decision.retire is not None and policy is OnDelete.ANONYMISE:
                await self.marketing.anonymise(decision.retire)
        except PermanentError as exc:
            logger.warning("a contact could not be ended: %s", exc, extra={"record": work.key.id})
            await self._fail(work, Reason.REJECTED)

    async def _send(self, work: Sequence[Work]) -> None:
        contacts = {
            one.key: contact for one in work if (contact := self.decisions[one.key].contact)
        }
        rejected = await self.marketing.save_contacts([*contacts.values()])
        for key, contact in contacts.items():
            if rejection := rejected.get(contact.external_id):
                await self._reject(key, rejection)

    async def _reject(self, key: RecordKey, rejection: Rejection) -> None:
        work = self.snapshot.work[key]
        if rejection.is_transient:
            await self._later([work], TransientError("spotler must be able to handle a contact"))
            return

        said = filter(None, (Reason.REJECTED, rejection.code, rejection.property))
        await self._fail(work, ":".join(said))

    async def _fail(self, work: Work, reason: str) -> None:
        """Park what Spotler refuses; the fingerprint stays that of what Spotler holds."""
        await self.try_again.park(work, reason)
        self.outcomes[work.key] = Outcome.FAILED
        known = self.snapshot.state(work.key)
        self.states[work.key] = replace(
            self.states.get(work.key, known),
            external_id=known.external_id,
            status=SyncStatus.FAILING,
            reason=reason,
            fingerprint=known.fingerprint,
        )

    async def _later(
        self, work: Sequence[Work], cause: ConnectorError, excused: Collection[Work] = ()
    ) -> None:
        """Leave the states as they were; what is given up counts as never sent."""
        logger.warning("%d records come back later: %s", len(work), cause)
        outcomes = await self.try_again.later(work, cause, excused=excused)
        for one, outcome in zip(work, outcomes, strict=True):
            self.outcomes[one.key] = outcome
            self.states.pop(one.key, None)
            if outcome is Outcome.PARKED:
                self.states[one.key] = give_up(self.snapshot.state(one.key))

    def _recovered(self, lost: Collection[RecordKey]) -> list[RecordKey]:
        """Return the records that were failing and are not any more."""
        return [
            key
            for key, state in self.states.items()
            if key not in lost
            and self.snapshot.state(key).status is SyncStatus.FAILING
            and state.status is not SyncStatus.FAILING
        ]

    async def _race(self, keys: Collection[RecordKey]) -> None:
        work = self.snapshot.work
        await self.try_again.at_once([work[key] for key in keys if key in work])
        self.outcomes |= dict.fromkeys(keys, Outcome.RACED)


def _now() -> float:
    return asyncio.get_running_loop().time()
