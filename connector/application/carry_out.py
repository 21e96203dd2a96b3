"""Carry out what was decided for a batch: claim, retire, send, and note the result per record."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from itertools import batched

from connector.application.ports import MarketingGateway, RecordStore
from connector.application.try_again import TryAgain
from connector.domain.batch import Work
from connector.domain.contact import ExternalId, MarketingContact, RecordKey, Rejection
from connector.domain.decision import Decision, OnDelete, decide
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError
from connector.domain.mapping_plan import MappingPlan
from connector.domain.outcome import Outcome
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import Reason, SyncState, SyncStatus

logger = logging.getLogger(__name__)

CONTACTS_PER_CALL = 100
COMES_BACK = "ERROR"
"""Spotler's code for a contact that it failed to handle through no fault of the contact."""


@dataclass(slots=True)
class CarryOut:
    """Does the work of one batch; `outcomes` and `states` fill up while it does."""

    snapshot: Snapshot
    plan: MappingPlan
    marketing: MarketingGateway
    records: RecordStore
    try_again: TryAgain
    on_delete: OnDelete
    outcomes: dict[RecordKey, Outcome] = field(default_factory=dict)
    states: dict[RecordKey, SyncState] = field(default_factory=dict)

    async def run(self) -> dict[RecordKey, Outcome]:
        """Return the outcome per record of the snapshot's work."""
        raced = await self._claim()
        decisions = {
            key: decide(work, self.snapshot, self.plan)
            for key, work in self.snapshot.work.items()
            if key not in raced
        }
        self.outcomes = {key: decision.outcome for key, decision in decisions.items()}
        self.states = {key: one.state for key, one in decisions.items() if one.state is not None}

        for key, decision in decisions.items():
            if decision.retire is not None:
                await self._retire(key, decision.retire)

        for some in batched(_to_send(decisions.items()), CONTACTS_PER_CALL, strict=False):
            await self._send(dict(some))

        lost = await self._save(self.states.values())
        await self._race({*raced, *lost})

        return self.outcomes

    async def _claim(self) -> set[RecordKey]:
        """Write who takes over which lead, and return both rows of the claims that lost a race."""
        claims = {state.key: (state, contact) for state, contact in self.snapshot.claims()}
        lost = await self._save(state for state, _ in claims.values())

        return {key for lead in lost for key in (lead, claims[lead][1])}

    async def _save(self, states: Iterable[SyncState]) -> Collection[RecordKey]:
        now = self.try_again.now

        return await self.records.save([replace(state, changed_at=now) for state in states])

    async def _retire(self, key: RecordKey, external_id: ExternalId) -> None:
        """End a Spotler contact as the setting says; Spotler not knowing it is fine."""
        try:
            if self.on_delete is OnDelete.WITHDRAW:
                await self.marketing.withdraw_permissions(external_id)
            elif self.on_delete is OnDelete.ANONYMISE:
                await self.marketing.anonymise(external_id)
        except (TransientError, ConfigurationError) as exc:
            await self._later([key], exc)

    async def _send(self, contacts: dict[RecordKey, MarketingContact]) -> None:
        try:
            rejected = await self.marketing.save_contacts([*contacts.values()])
        except (TransientError, ConfigurationError) as exc:
            await self._later(contacts, exc)
            return

        for key, contact in contacts.items():
            if rejection := rejected.get(contact.external_id):
                await self._reject(key, rejection)
            elif self.snapshot.state(key).status is SyncStatus.FAILING:
                await self.try_again.parking.release([key])

    async def _reject(self, key: RecordKey, rejection: Rejection) -> None:
        if rejection.code == COMES_BACK:
            await self._later([key], TransientError("spotler could not handle a contact"))
            return

        reason = ":".join(filter(None, (Reason.REJECTED, rejection.code, rejection.property)))
        await self.try_again.park(self.snapshot.work[key], reason)
        self.outcomes[key] = Outcome.FAILED
        self.states[key] = replace(
            self.states[key],
            status=SyncStatus.FAILING,
            reason=reason,
            fingerprint=self.snapshot.state(key).fingerprint,
        )

    async def _later(self, keys: Iterable[RecordKey], cause: ConnectorError) -> None:
        """Leave the states as they were; what is given up counts as never sent."""
        work = [self.snapshot.work[key] for key in keys]
        logger.warning("%d records come back later: %s", len(work), cause)
        outcomes = await self.try_again.later(work, cause)
        for one, outcome in zip(work, outcomes, strict=True):
            self.outcomes[one.key] = outcome
            self.states.pop(one.key, None)
            if outcome is Outcome.PARKED:
                self.states[one.key] = self._given_up(one)

    def _given_up(self, work: Work) -> SyncState:
        return replace(
            self.snapshot.state(work.key),
            fingerprint=None,
            status=SyncStatus.FAILING,
            reason=Reason.GAVE_UP,
        )

    async def _race(self, keys: Collection[RecordKey]) -> None:
        await self.try_again.at_once(
            [self.snapshot.work[key] for key in keys if key in self.snapshot.work]
        )
        self.outcomes |= dict.fromkeys(keys, Outcome.RACED)


def _to_send(
    decisions: Iterable[tuple[RecordKey, Decision]],
) -> Iterable[tuple[RecordKey, MarketingContact]]:
    return ((key, one.contact) for key, one in decisions if one.contact is not None)
