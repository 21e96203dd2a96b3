"""Carry out what was decided for a batch: claim, send, retire, and note the result per record."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connector.application.claim_leads import claim_leads
from connector.application.merging import ENDED_SIDE_BY_SIDE, Merging
from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.application.progress import Progress
from connector.application.retiring import Retiring
from connector.application.try_again import TryAgain
from connector.domain.batch import Work
from connector.domain.contact import ExternalId, RecordKey, Rejection
from connector.domain.decision import Decision, OnDelete, decide
from connector.domain.identity import find_bearer
from connector.domain.mapping_plan import MappingPlan
from connector.domain.outcome import NOT_NOW, Outcome
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import Reason

logger = logging.getLogger(__name__)

CONTACTS_PER_CALL = 100
LONGEST_SECONDS = 120
"""What a batch has not begun by then waits too: the host ends a function after 4.5 minutes."""

TAKEN = Rejection("EXTERNAL_ID_TAKEN")
"""Is our own word: one list cannot say two things of one person."""


@dataclass(slots=True, kw_only=True)
class CarryOut:
    """The work of one batch; its `progress` fills up on the way."""

    progress: Progress
    plan: MappingPlan
    crm: CrmGateway
    marketing: MarketingGateway
    records: RecordStore
    on_delete: OnDelete
    decisions: dict[RecordKey, Decision] = field(default_factory=dict)
    until: float = field(default_factory=lambda: _now() + LONGEST_SECONDS)

    @property
    def snapshot(self) -> Snapshot:
        """Return what was read for the batch."""
        return self.progress.snapshot

    @property
    def try_again(self) -> TryAgain:
        """Return where events go that could not be finished."""
        return self.progress.try_again

    async def run(self) -> dict[RecordKey, Outcome]:
        """Return the outcome per record of the snapshot's work."""
        claims = await claim_leads(self.snapshot, records=self.records, now=self.try_again.now)
        raced, etags = dict(claims.raced), dict(claims.etags)
        self._decide(raced)
        await self._wait_for_operator()
        merging = self._merging()
        await merging.settle(raced, etags)
        await merging.wait_for_merged()

        to_send = [work for work, decision in self._decided() if decision.contact is not None]
        await self._in_portions(to_send, CONTACTS_PER_CALL, self._send)
        retiring = self._retiring()
        await retiring.wait_for_heirs()
        # What is gone needs less to be known of the others.
        for due in await retiring.list_due():
            await self._in_portions(due, ENDED_SIDE_BY_SIDE, retiring.retire)

        # Before the states: nobody is in sync and parked, also when this is as far as we come.
        await self.try_again.parking.forget(self.progress.recovered(raced))
        lost = await self._save(etags)
        await self.progress.race({**raced, **{key: self.snapshot.work[key] for key in lost}})
        await self._look_at_leads()

        return self.progress.outcomes

    def _decide(self, raced: Collection[RecordKey]) -> None:
        for key, work in self.snapshot.work.items():
            if key in raced:
                continue

            decision = decide(work, self.snapshot, self.plan)
            self.decisions[key] = decision
            self.progress.outcomes[key] = decision.outcome
            if decision.state is not None:
                self.progress.states[key] = decision.state

    def _retiring(self) -> Retiring:
        return Retiring(
            progress=self.progress,
            decisions=self.decisions,
            plan=self.plan,
            crm=self.crm,
            marketing=self.marketing,
            records=self.records,
            on_delete=self.on_delete,
        )

    def _merging(self) -> Merging:
        return Merging(
            progress=self.progress,
            decisions=self.decisions,
            plan=self.plan,
            crm=self.crm,
            marketing=self.marketing,
            records=self.records,
            until=self.until,
        )

    def _decided(self) -> Iterable[tuple[Work, Decision]]:
        """Return what was decided for all who do not come back later already."""
        return [
            (self.snapshot.work[key], decision)
            for key, decision in self.decisions.items()
            if self.progress.outcomes[key] not in NOT_NOW
        ]

    async def _save(self, etags: Mapping[RecordKey, str | None]) -> Collection[RecordKey]:
        now, taken = self.try_again.now, self.progress.taken

        return await self.records.save(
            [
                replace(
                    state,
                    changed_at=now,
                    filled_at=now if key in taken else state.filled_at,
                    etag=etags.get(key, state.etag),
                )
                for key, state in self.progress.states.items()
            ]
        )

    async def _in_portions(
        self, work: Sequence[Work], largest: int, do: Callable[[list[Work]], Awaitable[None]]
    ) -> None:
        await self.progress.in_portions(work, do, largest=largest, until=self.until)

    async def _wait_for_operator(self) -> None:
        """Keep what is blocked until an operator has acted; all of it has one cause."""
        blocked = {key: one.blocked for key, one in self.decisions.items() if one.blocked}
        cause = next(iter(blocked.values()), None)
        if cause is not None:
            await self.try_again.await_operator([self.snapshot.work[key] for key in blocked], cause)

    async def _look_at_leads(self) -> None:
        """Let the lead of each contact that was deleted now be looked at: it may be open again."""
        leads = [
            work.bring(lead)
            for work, decision in self._decided()
            if decision.outcome is Outcome.WITHDRAWN
            and self.snapshot.state(work.key).reason != Reason.DELETED
            and (lead := find_bearer(work.key, self.snapshot.external_id(work.key)))
        ]
        await self.try_again.at_once(leads)

    async def _send(self, work: Sequence[Work]) -> None:
        """Send people, and of several who have one external id the first alone."""
        contacts = {
            one.key: contact for one in work if (contact := self.decisions[one.key].contact)
        }
        bearers: dict[ExternalId, RecordKey] = {}
        for key, contact in contacts.items():
            bearers.setdefault(contact.external_id, key)

        rejected = await self.marketing.save_contacts([contacts[key] for key in bearers.values()])
        for key, contact in contacts.items():
            is_bearer = bearers[contact.external_id] == key
            rejection = rejected.get(contact.external_id) if is_bearer else TAKEN
            if rejection:
                await self.progress.reject(key, rejection)
            else:
                self.progress.taken[key] = self.decisions[key].filled


def _now() -> float:
    return asyncio.get_running_loop().time()
