"""Say what an initial sync would do for one page of people, and write nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from connector.application.people_page import CALLS_SIDE_BY_SIDE, read_people_page, to_work
from connector.application.ports import CrmGateway, MappingStore, MarketingGateway, RecordStore
from connector.application.read_people import read_people
from connector.domain.contact import MarketingContact, RecordKey
from connector.domain.decision import Decision, decide
from connector.domain.errors import PermanentError
from connector.domain.event import JobStep
from connector.domain.job import Job
from connector.domain.preview import (
    foresee_change,
    foresee_new,
    foresee_rest,
    foresee_unseen_change,
    is_new,
)
from connector.domain.snapshot import Snapshot
from connector.domain.tally import Tally

MOST_COMPARED = 200
"""Spotler is read person by person: of the others on a page only that they change is told."""


@dataclass(frozen=True, slots=True)
class PagePreview:
    """Reads and decides as the sync of a page does."""

    crm: CrmGateway
    marketing: MarketingGateway
    records: RecordStore
    mappings: MappingStore

    async def count(self, job: Job) -> int | None:
        """Return about how many rows the table has."""
        return await self.crm.count(job.kind.table)

    async def run(self, job: Job, step: JobStep) -> tuple[Tally, str | None]:
        """Return what the page would count, and the cursor of the next one.

        A page that is looked at again is looked at as if for the first time: nothing was done.
        """
        plan, page = await read_people_page(
            job, crm=self.crm, marketing=self.marketing, mappings=self.mappings
        )
        work = to_work(page.records, replace(step, forced=False, attempt=0))
        seen = {person.key: person for person in page.records}
        snapshot = await read_people(work, crm=self.crm, records=self.records, plan=plan, seen=seen)
        decisions = {key: decide(snapshot.work[key], snapshot, plan) for key in work}

        return await self._foresee(decisions, snapshot), page.cursor

    async def _foresee(self, decisions: Mapping[RecordKey, Decision], snapshot: Snapshot) -> Tally:
        sent = {key: one.contact for key, one in decisions.items() if one.contact is not None}
        known = {key: one for key, one in sent.items() if not is_new(key, snapshot)}
        free = asyncio.Semaphore(CALLS_SIDE_BY_SIDE)
        compared = dict(islice(known.items(), MOST_COMPARED))

        tallies = [
            foresee_rest(one, snapshot.state(key))
            for key, one in decisions.items()
            if key not in sent
        ]
        tallies += [foresee_new(one) for key, one in sent.items() if key not in known]
        tallies += [foresee_unseen_change() for key in known if key not in compared]
        tallies += await asyncio.gather(*(self._compare(one, free) for one in compared.values()))

        return sum(tallies, Tally())

    async def _compare(self, contact: MarketingContact, free: asyncio.Semaphore) -> Tally:
        """Compare with what Spotler holds; who is unknown there after all would be created."""
        async with free:
            try:
                differences = await self.marketing.find_differences(contact)
            except PermanentError:
                return foresee_unseen_change()

        return foresee_new(contact) if differences is None else foresee_change(differences)
