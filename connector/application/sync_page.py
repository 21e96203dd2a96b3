"""Bring one page of people to Spotler, as an initial sync does, and count what became of them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import batched
from typing import Self

from connector.application.account_records import AccountRecords
from connector.application.carry_out import CONTACTS_PER_CALL, LONGEST_SECONDS, CarryOut
from connector.application.find_missing import look_for_missing
from connector.application.note_retries import note_retries
from connector.application.people_page import CALLS_SIDE_BY_SIDE, read_people_page, to_work
from connector.application.ports import CrmGateway, MappingStore, MarketingGateway, RecordStore
from connector.application.progress import Progress
from connector.application.read_people import read_people
from connector.application.try_again import TryAgain
from connector.domain.batch import Work
from connector.domain.cause import gravest
from connector.domain.contact import Record, RecordKey
from connector.domain.decision import AddressUntoldError, OnDelete
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    OtherFirstError,
    PersonWaitsError,
)
from connector.domain.event import JobStep
from connector.domain.job import Job
from connector.domain.mapping_plan import MappingPlan
from connector.domain.outcome import NOT_NOW, UNFINISHED, Outcome
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from connector.domain.tally import Tally

FEW = 10
PATIENT_ATTEMPTS = 3
"""After so many attempts a few that a system still cannot take do not hold up the others."""

OF_ONE = (PersonWaitsError, AddressUntoldError)
"""What concerns one contact alone: a few of these never hold up the others."""


@dataclass(frozen=True, slots=True)
class LeftToStep(TryAgain):
    """Remembers what a system could not take, which comes back with its whole step."""

    left: dict[RecordKey, tuple[Work, ConnectorError]] = field(default_factory=dict)

    @classmethod
    def beside(cls, usual: TryAgain) -> Self:
        """Return one that parks and races as usual."""
        return cls(usual.queue, usual.parking, usual.back_off, usual.now)

    async def later(
        self,
        work: Sequence[Work],
        cause: ConnectorError,
        *,
        excused: Collection[Work] = (),  # noqa: ARG002 - all of it comes back
    ) -> list[Outcome]:
        """Keep the work for whoever ends the page."""
        self.left.update({one.key: (one, cause) for one in work})

        return [Outcome.RETRIED] * len(work)

    async def await_operator(self, work: Sequence[Work], cause: ConfigurationError) -> None:
        """Keep the work for whoever ends the page."""
        self.left.update({one.key: (one, cause) for one in work})


@dataclass(frozen=True, slots=True)
class PageSync:
    """Syncs the people of a page; may be done again, and then sends only what is left."""

    crm: CrmGateway
    marketing: MarketingGateway
    records: RecordStore
    mappings: MappingStore
    try_again: TryAgain
    on_delete: OnDelete

    async def count(self, job: Job) -> int | None:
        """Return about how many rows the table has."""
        await self.crm.prove()

        return await self.crm.count(job.kind.table)

    async def run(self, job: Job, step: JobStep) -> tuple[Tally, str | None]:
        """Return the counts of the page and the cursor of the next one.

        Raises the cause when a system could not take many of them: the step has to come back.
        """
        if step.has_waited:
            await self.crm.prove()

        account = job.account or await self.marketing.account()
        marketing = self.marketing.for_account(account)
        records = AccountRecords(self.records, account)
        page = await read_people_page(
            job, crm=self.crm, marketing=marketing, mappings=self.mappings
        )
        work = to_work(page.records, step, anew=job.anew)

        of_account = replace(self, records=records, marketing=marketing)
        if page.span is None:
            return await of_account.sync(page.records, work, step, page.plan), page.cursor

        found = await look_for_missing(
            page.span, crm=self.crm, records=records, noting_at=self.try_again.now
        )
        tally = await of_account.sync(page.records, work, step, page.plan, found.states)

        return tally + found.tally, page.cursor

    async def sync(
        self,
        people: Sequence[Record],
        work: Mapping[RecordKey, Work],
        step: JobStep,
        plan: MappingPlan,
        known: Mapping[RecordKey, SyncState] | None = None,
    ) -> Tally:
        """Sync people whose states are those of the account, and count what became of them."""
        seen = {record.key: record for record in people}
        whole = await read_people(
            work,
            crm=self.crm,
            records=self.records,
            plan=plan,
            seen=seen,
            parking=self.try_again.parking,
            known=known,
        )
        left = LeftToStep.beside(self.try_again)
        free = asyncio.Semaphore(CALLS_SIDE_BY_SIDE)
        until = asyncio.get_running_loop().time() + LONGEST_SECONDS

        async def carry_out(some: Collection[RecordKey]) -> Progress:
            async with free:
                progress = Progress(snapshot=_part(whole, some), try_again=left)
                await _run(self._to_batch(progress, plan, until))
                return progress

        in_order = self.records.arrange(seen)
        hundreds = [*batched(in_order, CONTACTS_PER_CALL, strict=False)]
        batches = await asyncio.gather(*(carry_out(some) for some in hundreds))
        await self._settle(left, whole, step)
        now = await self._read_again(batches)

        return sum(map(partial(_count, now=now), hundreds, batches), Tally())

    def _to_batch(self, progress: Progress, plan: MappingPlan, until: float) -> CarryOut:
        return CarryOut(
            progress=progress,
            plan=plan,
            crm=self.crm,
            marketing=self.marketing,
            records=self.records,
            on_delete=self.on_delete,
            until=until,
        )

    async def _read_again(self, batches: Sequence[Progress]) -> Mapping[RecordKey, SyncState]:
        """Return the states of whom others may have finished.

        A page runs twice at once when its lock is lost, and changes are synced beside it.
        """
        undecided = {
            key
            for batch in batches
            for key, outcome in batch.outcomes.items()
            if outcome is Outcome.RACED or outcome in NOT_NOW
        }

        return await self.records.list_states(undecided) if undecided else {}

    async def _settle(self, left: LeftToStep, snapshot: Snapshot, step: JobStep) -> None:
        """Let many come back with the step, and a few by themselves: they hold up nobody."""
        if not left.left:
            return

        failed = [
            error for _, error in left.left.values() if not isinstance(error, OtherFirstError)
        ]
        cause = gravest(failed) if failed else OtherFirstError()
        is_of_few = len(failed) <= FEW
        if is_of_few and (isinstance(cause, OF_ONE) or step.attempt >= PATIENT_ATTEMPTS):
            await self._let_go(left, snapshot)
            return

        tried = [work for work, error in left.left.values() if not _is_noted(error)]
        await self._forget(tried, snapshot)
        raise cause

    async def _let_go(self, left: LeftToStep, snapshot: Snapshot) -> None:
        """Let each come back on its own, and note that it does."""
        for work, cause in left.left.values():
            if isinstance(cause, AddressUntoldError):
                await self.try_again.await_operator([work], cause)
            else:
                await self.try_again.later([work], cause)

        # Whose contact took over stays handed over.
        alone = [
            key
            for key, (_, error) in left.left.items()
            if not _is_noted(error) and snapshot.successor(key) is None
        ]
        await note_retries(alone, snapshot, records=self.records, now=self.try_again.now)

    async def _forget(self, work: Sequence[Work], snapshot: Snapshot) -> None:
        """Note that what Spotler holds is unknown: a call that failed may have been carried out."""
        known = {one.key: snapshot.state(one.key) for one in work}
        lost = await self.records.save(
            [replace(state, fingerprint=None) for state in known.values() if state.fingerprint]
        )

        await self.try_again.at_once([one for one in work if one.key in lost])


def _is_noted(error: ConnectorError) -> bool:
    """Tell whether the batch noted itself why a contact waits: it was never tried."""
    return isinstance(error, AddressUntoldError)


async def _run(batch: CarryOut) -> None:
    """Carry out a hundred; when that fails as a whole, the whole comes back."""
    try:
        await batch.run()
    except ConnectorError as exc:
        work = [*batch.snapshot.work.values()]
        outcomes = await batch.try_again.later(work, exc)
        batch.progress.outcomes |= {one.key: what for one, what in zip(work, outcomes, strict=True)}


def _part(whole: Snapshot, some: Collection[RecordKey]) -> Snapshot:
    """Return what concerns some of the people, and the contacts that their leads became."""
    with_heirs = dict.fromkeys([*some, *filter(None, map(whole.successor, some))])
    work = {key: whole.work[key] for key in with_heirs if key in whole.work}

    return replace(whole, work=work)


def _count(
    people: Collection[RecordKey], batch: Progress, now: Mapping[RecordKey, SyncState]
) -> Tally:
    """Count each by the state that it has now, whoever wrote it."""
    statuses = [_status(key, batch, now.get(key)) for key in people]

    return Tally(
        in_sync=statuses.count(SyncStatus.IN_SYNC),
        excluded=statuses.count(SyncStatus.EXCLUDED),
        failed=statuses.count(SyncStatus.FAILING),
    )


def _status(key: RecordKey, batch: Progress, now: SyncState | None) -> SyncStatus:
    outcome, before = batch.outcomes.get(key), batch.snapshot.state(key)
    if outcome in UNFINISHED and (now is None or not _is_finished(before, now)):
        return SyncStatus.FAILING
    if outcome is Outcome.HANDED_OVER:
        return SyncStatus.EXCLUDED

    return (now or batch.states.get(key) or before).status or SyncStatus.IN_SYNC


def _is_finished(before: SyncState, now: SyncState) -> bool:
    """Tell whether somebody else synced a person meanwhile.

    Neither a claim ends a lead, nor does it tell anything that what Spotler holds was forgotten.
    """
    is_sent = now.fingerprint not in {None, before.fingerprint}
    is_new = is_sent or now.version != before.version

    return is_new and now.reason != Reason.HANDED_OVER
