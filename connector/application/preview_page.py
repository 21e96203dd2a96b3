"""Say what an initial sync would do for one page of people, and write nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from connector.application.account_records import AccountRecords
from connector.application.compare_people import compare_people
from connector.application.find_missing import look_for_missing
from connector.application.people_page import read_people_page, to_work
from connector.application.ports import CrmGateway, MappingStore, MarketingGateway, RecordStore
from connector.application.read_people import read_people
from connector.domain.contact import MarketingContact, RecordKey
from connector.domain.decision import Decision, decide
from connector.domain.event import JobStep
from connector.domain.job import Job
from connector.domain.preview import (
    foresee_change,
    foresee_new,
    foresee_rest,
    foresee_unseen,
    was_sent,
)
from connector.domain.snapshot import Snapshot
from connector.domain.tally import Tally

MOST_COMPARED = 400
"""Spotler is read person by person: what becomes of others on a page is told as far as we know."""


@dataclass(frozen=True, slots=True)
class PagePreview:
    """Reads and decides as the sync of a page does."""

    crm: CrmGateway
    marketing: MarketingGateway
    records: RecordStore
    mappings: MappingStore

    async def count(self, job: Job) -> int | None:
        """Return about how many rows the table has."""
        await self.crm.prove()

        return await self.crm.count(job.kind.table)

    async def run(self, job: Job, step: JobStep) -> tuple[Tally, str | None]:
        """Return what the page would count, and the cursor of the next one.

        A page that is looked at again is looked at as if for the first time: nothing was done.
        """
        if step.has_waited:
            await self.crm.prove()

        account = job.account or await self.marketing.account()
        marketing = self.marketing.for_account(account)
        records = AccountRecords(self.records, account)
        page = await read_people_page(
            job, crm=self.crm, marketing=marketing, mappings=self.mappings
        )
        work = to_work(page.records, replace(step, forced=False, attempt=0), anew=job.anew)
        seen = {person.key: person for person in page.records}
        found = None
        if page.span is not None:
            found = await look_for_missing(page.span, crm=self.crm, records=records)

        snapshot = await read_people(
            work,
            crm=self.crm,
            records=records,
            plan=page.plan,
            seen=seen,
            known=found.states if found else None,
        )
        decisions = {key: decide(snapshot.work[key], snapshot, page.plan) for key in work}
        tally = await _foresee(decisions, snapshot, marketing)

        return tally + found.tally if found else tally, page.cursor


async def _foresee(
    decisions: Mapping[RecordKey, Decision], snapshot: Snapshot, marketing: MarketingGateway
) -> Tally:
    sent = {key: one.contact for key, one in decisions.items() if one.contact is not None}
    unseen = {key: foresee_unseen(was_sent=was_sent(key, snapshot)) for key in sent}
    looked_up = dict(islice(sent.items(), MOST_COMPARED))
    found = await compare_people(looked_up, marketing=marketing)

    tallies = [
        foresee_rest(one, snapshot.state(key)) for key, one in decisions.items() if key not in sent
    ]
    tallies += [
        _foresee_sent(contact, found[key]) if key in found else unseen[key]
        for key, contact in sent.items()
    ]

    return sum(tallies, Tally())


def _foresee_sent(contact: MarketingContact, differences: Mapping[str, bool] | None) -> Tally:
    """Count who is unknown to Spotler as new, and any other by how they differ."""
    return foresee_new(contact) if differences is None else foresee_change(differences)
