"""Settle the merges of a batch before anything is sent, and let wait who takes a merged place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connector.application.find_unsettled import find_unsettled
from connector.application.in_portions import Unfinished
from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.application.progress import Progress
from connector.application.settle_merges import MergeSettling
from connector.application.tighten import tighten_place
from connector.domain.batch import Work, in_order
from connector.domain.contact import ExternalId, MarketingContact, RecordKey
from connector.domain.decision import Decision
from connector.domain.errors import ContactRejectedError, OtherFirstError, PermanentError
from connector.domain.mapping import EMAIL
from connector.domain.mapping_plan import MappingPlan
from connector.domain.outcome import NOT_NOW
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import SyncState, rejected

ENDED_SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """The merges of a batch, and the contacts that are going to take the place of a merged row."""

    progress: Progress
    decisions: dict[RecordKey, Decision]
    plan: MappingPlan
    crm: CrmGateway
    marketing: MarketingGateway
    records: RecordStore
    until: float

    @property
    def _snapshot(self) -> Snapshot:
        return self.progress.snapshot

    async def settle(
        self, raced: dict[RecordKey, Work], etags: dict[RecordKey, str | None]
    ) -> None:
        """Settle what was merged, and note what is raced and which etags were written."""
        settling = MergeSettling(
            decisions=self.decisions,
            snapshot=self._snapshot,
            crm=self.crm,
            marketing=self.marketing,
            records=self.records,
            plan=self.plan,
            account=await self.marketing.account(),
            now=self.progress.try_again.now,
            note=self.progress.try_again.note,
        )
        settled = settling.settled
        await self.progress.in_portions(
            settling.list_due(), settling.settle, largest=ENDED_SIDE_BY_SIDE, until=self.until
        )
        self._note_settled(settled.written, etags)
        settled = settled.without(
            {key for key, one in self.progress.outcomes.items() if one in NOT_NOW}
        )
        for key in settled.unknown:
            self.decisions[key] = replace(self.decisions[key], retire=())
        for key, refusal in settled.refused.items():
            code = refusal.code if isinstance(refusal, ContactRejectedError) else None
            await self.progress.fail(self._snapshot.work[key], rejected(code))
        await self._wait_for(
            settled.waiting,
            "who it was merged into, or shares its place, must be sent before",
        )
        for key in settled.lost:
            raced[key] = self._snapshot.work[key]
            del self.decisions[key], self.progress.outcomes[key], self.progress.states[key]

    def _note_settled(
        self, written: Mapping[RecordKey, SyncState], etags: dict[RecordKey, str | None]
    ) -> None:
        """Go on from the states in which merges are settled, whatever becomes of their rows."""
        etags |= {key: state.etag for key, state in written.items()}
        for key, state in written.items():
            ended = self.progress.states[key]
            self.progress.states[key] = replace(ended, settled_in=state.settled_in)
        states = {**self._snapshot.states, **written}
        self.progress.snapshot = replace(self._snapshot, states=states)

    async def _wait_for(self, others: Mapping[RecordKey, RecordKey], cause: str) -> None:
        """Let rows come back once the other ones were looked at, which are brought."""
        if not others:
            return

        waiting = {key: self._snapshot.work[key] for key in others}
        brought = [
            waiting[key].bring(other)
            for key, other in others.items()
            if other not in self._snapshot.work
        ]
        await self.progress.try_again.at_once(brought)
        await self.progress.later([*waiting.values()], OtherFirstError(cause))

    async def wait_for_merged(self) -> None:
        """Let contacts come back that take the place of a merged row, until that is settled."""
        contacts = {
            work.key: contact
            for work in in_order(self._snapshot.work[key] for key in self.decisions)
            if self.progress.outcomes[work.key] not in NOT_NOW
            and (contact := self.decisions[work.key].contact)
            and self._may_move(work.key, contact)
        }
        found = await find_unsettled(
            contacts, crm=self.crm, marketing=self.marketing, records=self.records
        )
        await self._wait_for(
            found.merged, "what was merged into the contact must be settled before"
        )
        work = self._snapshot.work
        failed = Unfinished(
            alone=[work[key] for key in found.failed],
            in_company=[work[key] for key in found.waiting],
            cause=found.cause,
        )
        await self.progress.come_back(failed)

        async def tighten(some: Sequence[Work]) -> None:
            for one in some:
                await self._tighten_places(one, found.taken[one.key])

        free = [work[key] for key in found.taken]
        await self.progress.in_portions(free, tighten, largest=1, until=self.until)

    async def _tighten_places(self, work: Work, places: Sequence[ExternalId]) -> None:
        """Tighten what a contact is going to take, which waits while that is refused."""
        try:
            for place in places:
                await tighten_place(place, self._snapshot.external_id(work.key), self.marketing)
        except PermanentError as exc:
            await self.progress.come_back(Unfinished(alone=[work], cause=exc))

    def _may_move(self, key: RecordKey, contact: MarketingContact) -> bool:
        """Tell whether a contact gets another address in Spotler than it had, or may."""
        if not self.plan.by_address:
            return False
        if not contact.filled_at:
            return self._snapshot.state(key).etag is not None

        return not contact.was_filled_at(str(contact.properties.get(EMAIL.what)))
