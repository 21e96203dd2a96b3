"""Carry out what was decided for a batch: claim, send, retire, and note the result per record."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connector.application.claim_leads import claim_leads
from connector.application.find_unsettled import find_unsettled
from connector.application.in_portions import in_portions
from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.application.progress import Progress
from connector.application.retiring import Retiring
from connector.application.settle_merges import settle_merges
from connector.application.try_again import TryAgain
from connector.domain.batch import Work
from connector.domain.contact import ExternalId, MarketingContact, RecordKey, Rejection
from connector.domain.decision import Decision, OnDelete, decide
from connector.domain.errors import ContactRejectedError, PersonWaitsError
from connector.domain.identity import find_bearer
from connector.domain.mapping import EMAIL
from connector.domain.mapping_plan import MappingPlan
from connector.domain.outcome import NOT_NOW, Outcome
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import Reason, SyncState, rejected

logger = logging.getLogger(__name__)

CONTACTS_PER_CALL = 100
RETIRED_SIDE_BY_SIDE = 8
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
    is_page: bool = False
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
        await self._settle_merges(raced, etags)
        await self._wait_for_merged()

        to_send = [work for work, decision in self._decided() if decision.contact is not None]
        await self._in_portions(to_send, CONTACTS_PER_CALL, self._send)
        retiring = self._retiring()
        await retiring.wait_for_heirs()
        due = await retiring.list_due()
        await self._in_portions(due, RETIRED_SIDE_BY_SIDE, retiring.retire)

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

    def _decided(self) -> Iterable[tuple[Work, Decision]]:
        """Return what was decided for all who do not come back later already."""
        return [
            (self.snapshot.work[key], decision)
            for key, decision in self.decisions.items()
            if self.progress.outcomes[key] not in NOT_NOW
        ]

    async def _save(self, etags: Mapping[RecordKey, str | None]) -> Collection[RecordKey]:
        now = self.try_again.now

        return await self.records.save(
            [
                replace(state, changed_at=now, etag=etags.get(key, state.etag))
                for key, state in self.progress.states.items()
            ]
        )

    async def _in_portions(
        self, work: Sequence[Work], largest: int, do: Callable[[list[Work]], Awaitable[None]]
    ) -> None:
        unfinished = await in_portions(work, do, largest=largest, until=self.until)
        if unfinished.work:
            await self.progress.later(unfinished.work, unfinished.cause, unfinished.in_company)

    async def _wait_for_operator(self) -> None:
        """Keep what is blocked until an operator has acted; all of it has one cause."""
        blocked = {key: one.blocked for key, one in self.decisions.items() if one.blocked}
        cause = next(iter(blocked.values()), None)
        if cause is not None:
            await self.try_again.await_operator([self.snapshot.work[key] for key in blocked], cause)

    async def _settle_merges(
        self, raced: dict[RecordKey, Work], etags: dict[RecordKey, str | None]
    ) -> None:
        settled = await settle_merges(
            self.decisions,
            self.snapshot,
            crm=self.crm,
            marketing=self.marketing,
            records=self.records,
            plan=self.plan,
            now=self.try_again.now,
        )
        self._note_settled(settled.written, etags)
        for key, cause in settled.failed.items():
            work = self.snapshot.work[key]
            if isinstance(cause, ContactRejectedError):
                await self.progress.fail(work, rejected(cause.code))
            else:
                await self.progress.later([work], cause)
        await self._wait_for(
            settled.waiting, "the contact that it was merged into must be sent before"
        )
        for key in settled.lost:
            raced[key] = self.snapshot.work[key]
            del self.decisions[key], self.progress.outcomes[key], self.progress.states[key]

    def _note_settled(
        self, written: Mapping[RecordKey, SyncState], etags: dict[RecordKey, str | None]
    ) -> None:
        """Go on from the states in which merges are settled, whatever becomes of their rows."""
        etags |= {key: state.etag for key, state in written.items()}
        self.progress.states |= written
        self.progress.snapshot = replace(self.snapshot, states={**self.snapshot.states, **written})

    async def _wait_for(self, others: Mapping[RecordKey, RecordKey], cause: str) -> None:
        """Let rows come back once the other ones were looked at, which are brought."""
        if not others:
            return

        waiting = {key: self.snapshot.work[key] for key in others}
        brought = [
            waiting[key].bring(other)
            for key, other in others.items()
            if other not in self.snapshot.work
        ]
        await self.try_again.at_once(brought)
        await self.progress.later([*waiting.values()], PersonWaitsError(cause))

    async def _wait_for_merged(self) -> None:
        """Let contacts come back that take the place of a merged row, until that is settled."""
        contacts = {
            work.key: decision.contact
            for work, decision in self._decided()
            if decision.contact and self._may_move(work.key, decision.contact)
        }
        found = await find_unsettled(
            contacts, crm=self.crm, marketing=self.marketing, records=self.records
        )
        await self._wait_for(
            found.merged, "what was merged into the contact must be settled before"
        )
        if found.failed:
            cause = next(iter(found.failed.values()))
            await self.progress.later([self.snapshot.work[key] for key in found.failed], cause)

    def _may_move(self, key: RecordKey, contact: MarketingContact) -> bool:
        """Tell whether a contact gets another address in Spotler than it had, or may.

        In a page nobody is asked for whose address of before is not known: that would be a call
        for each.
        """
        if not self.plan.by_address:
            return False
        if not contact.filled_at:
            return not self.is_page and self.snapshot.state(key).etag is not None

        return not contact.was_filled_at(str(contact.properties.get(EMAIL.what)))

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
