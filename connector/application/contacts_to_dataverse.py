"""Bring all people of Spotler to the contacts of the CRM, page by page; or only count them."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched

from connector.application.account_records import AccountRecords
from connector.application.match_contacts import Matching
from connector.application.merge_contacts import Merging
from connector.application.ports import CrmGateway, MappingStore, MarketingGateway, RecordStore
from connector.application.to_dataverse_ports import ContactBook, ContactFeed
from connector.domain.contact import Column, OrganisationId, Table
from connector.domain.crm_column import CLOCKS_APART
from connector.domain.decision import AddressUntoldError
from connector.domain.default_mappings import effective_mappings
from connector.domain.errors import ConfigurationError, ConnectorError
from connector.domain.event import JobStep
from connector.domain.feed_cursor import OVERLAP, FeedCursor
from connector.domain.job import Job
from connector.domain.mapping import EMAIL
from connector.domain.mapping_plan import MappingPlan, plan_mappings
from connector.domain.match import Match
from connector.domain.merge import Fate, Merge
from connector.domain.spotler_contact import born_row
from connector.domain.tally import Tally
from connector.domain.way_back import WayBack, find_ways_back

logger = logging.getLogger(__name__)

PEOPLE_PER_PAGE = 500
PEOPLE_PER_SLICE = 100
LONGEST = timedelta(seconds=120)
"""What a page has not begun by then is the next page: a function may run for 4.5 minutes."""

CREATED_ON, MODIFIED_BY = Column("createdon"), Column("modifiedby", is_lookup=True)


@dataclass(frozen=True, slots=True)
class ContactsToDataverse:
    """Does the pages of `contacts_to_dataverse` and, writing nothing, those of its preview.

    `user` is our own user in the CRM, where that is known.
    """

    feed: ContactFeed
    book: ContactBook
    crm: CrmGateway
    marketing: MarketingGateway
    records: RecordStore
    mappings: MappingStore
    organisation: OrganisationId
    user: str | None
    clock: Callable[[], datetime]

    async def count(self, job: Job) -> int | None:
        """Return nothing, for Spotler does not say how many people it holds.

        Raises at once what would keep every page from being done.
        """
        await self.crm.prove()
        await self._prepare(job, is_begun=False)

        return None

    async def run(self, job: Job, step: JobStep) -> tuple[Tally, str | None]:
        """Return the counts of the page and the cursor of the next one.

        Where the CRM cannot take all of a page, the page ends before those that it did not take.
        Raises the cause when that is at its beginning.
        """
        cursor = FeedCursor.parse(job.cursor)
        if step.has_waited:
            await self.crm.prove()

        account = job.account or await self.marketing.account()
        page = await self.feed.for_account(account).read_contacts(
            until=job.started_at, offset=cursor.begin, size=PEOPLE_PER_PAGE + OVERLAP
        )
        if cursor.is_lost(page.contacts):
            return Tally(), cursor.back(PEOPLE_PER_PAGE).to_text()

        people = cursor.fresh(page.contacts)
        if not people:
            return Tally(), cursor.past(page.contacts).to_text() if page.has_more else None

        for one in people:
            if not one.is_readable:
                logger.warning("a person of spotler's must be readable", extra={"person": one.key})

        is_begun = not job.preview and (cursor.is_begun or step.forced or step.attempt > 0)
        merging = await self._prepare(job, is_begun=is_begun)
        matches = await merging.matching.run(people)
        if job.preview:
            tally, done, is_cut = merging.preview(matches), len(matches), False
        else:
            tally, done, is_cut = await self._write(merging, matches)

        if done == len(people) and not page.has_more:
            return tally, None

        return tally, cursor.behind(page.contacts, people[done - 1], is_begun=is_cut).to_text()

    async def _prepare(self, job: Job, *, is_begun: bool) -> Merging:
        account = job.account or await self.marketing.account()
        records = AccountRecords(self.records, account)
        catalogue = await self.marketing.for_account(account).get_catalogue()
        plan = plan_mappings(effective_mappings(await self.mappings.list_changes()), catalogue)
        ways = await self._find_ways(plan)
        matching = Matching(
            self.crm,
            self.book,
            records,
            self.organisation,
            (*plan.columns(Table.CONTACT), CREATED_ON, MODIFIED_BY),
            _find_email_column(ways),
        )

        return Merging(
            matching,
            plan,
            ways,
            self.clock(),
            lambda one: self._fate(one, job.started_at) if is_begun else Fate.UNCHANGED,
        )

    async def _find_ways(self, plan: MappingPlan) -> tuple[WayBack, ...]:
        """Return the ways back that are safe: what we may not read is not written over."""
        ways = find_ways_back(plan.steps[Table.CONTACT], await self.book.describe_columns())
        columns = await self.crm.look_at_columns(Table.CONTACT, {way.column for way in ways})
        hidden = {name for name, column in columns.items() if not column.is_readable}
        if _find_email_column(ways) in hidden:
            raise AddressUntoldError

        return tuple(way for way in ways if way.column not in hidden)

    async def _write(self, merging: Merging, matches: Sequence[Match]) -> tuple[Tally, int, bool]:
        """Write slice by slice; return the counts of how many, and whether the CRM cut it short."""
        tally, done, until = Tally(), 0, merging.now + LONGEST
        for some in batched(matches, PEOPLE_PER_SLICE, strict=False):
            if done and self.clock() >= until:
                break
            try:
                tally += await merging.run(some)
            except ConnectorError:
                if not done:
                    raise
                # The next page meets the cause again, and waits as it says.
                return tally, done, True

            done += len(some)

        return tally, done, False

    def _fate(self, one: Merge, started_at: datetime) -> Fate:
        """Tell what the same job did to a row before a page was repeated, which is equal now."""
        held, external_id, since = one.held, one.contact.external_id, started_at - CLOCKS_APART
        if held is None or held.modified_on is None or held.modified_on < since:
            return Fate.UNCHANGED

        is_born = external_id and held.key == born_row(self.organisation, external_id)
        if is_born and _moment(held.value(CREATED_ON.name)) >= since:
            return Fate.CREATED

        is_ours = self.user is not None and held.value(MODIFIED_BY.name) == self.user

        return Fate.CHANGED if is_ours else Fate.UNCHANGED


def _find_email_column(ways: Sequence[WayBack]) -> str:
    """Return where addresses are; raises `ConfigurationError` when nobody could be found by one."""
    for way in ways:
        if way.step.property == EMAIL.what:
            return way.column

    raise ConfigurationError("the e-mail address must be mapped to a text column of contacts")


def _moment(value: object) -> datetime:
    return datetime.fromisoformat(str(value))
