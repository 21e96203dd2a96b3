"""A preview says what an initial sync would do, and does nothing."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import pytest

from connector.application.preview_page import PagePreview
from connector.application.sync_page import PageSync
from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.connection import OtherAccountError, OtherOrganisationError
from connector.domain.contact import (
    Account,
    Column,
    ColumnValue,
    ExternalId,
    Fingerprint,
    Record,
    RecordKey,
    RecordPage,
    Table,
)
from connector.domain.decision import OnDelete
from connector.domain.errors import ContactRejectedError, TransientError
from connector.domain.identity import QUALIFIED
from connector.domain.job import Job, JobKind
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION, a_contact_key, a_lead_key, a_person
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeParking, FakeQueue, FakeRecords
from tests.jobs import a_job

JAN, EVA = a_contact_key(1), a_contact_key(2)
LEAD = a_lead_key(3)
FILLED = ("email", "firstName", "lastName", "freeField1", "profileField1")
LEADS = JobKind.LEADS_TO_SPOTLER


@dataclass(slots=True)
class Office:
    """Is a CRM and a Spotler, a sync of the one to the other, and its preview."""

    crm: FakeCrm = field(default_factory=FakeCrm)
    marketing: FakeMarketing = field(default_factory=FakeMarketing)
    records: FakeRecords = field(default_factory=FakeRecords)

    async def preview(self, job: Job | None = None, *, forced: bool = False) -> Tally:
        job = job or a_job(preview=True)
        page = PagePreview(self.crm, self.marketing, self.records, FakeMappings())
        tally, cursor = await page.run(job, job.step(ORGANISATION, forced=forced))
        assert cursor is None

        return tally

    async def sync(self, job: Job | None = None) -> Tally:
        job = job or a_job()
        again = TryAgain(FakeQueue(), FakeParking(), BackOff(), NOW)
        page = PageSync(
            self.crm, self.marketing, self.records, FakeMappings(), again, OnDelete.WITHDRAW
        )
        tally, _ = await page.run(job, job.step(ORGANISATION))

        return tally

    def note(self, key: RecordKey, **fields: object) -> None:
        known = self.records.rows.get(key, SyncState(key))
        self.records.rows[key] = replace(known, **fields)  # type: ignore[arg-type] # by name


class Emptied(FakeCrm):
    """Shows a page of people whose rows are deleted before they are read once more."""

    def __init__(self, page: tuple[Record, ...]) -> None:
        super().__init__()
        self.page = page

    async def read_page(
        self,
        table: Table,  # noqa: ARG002 - the port
        columns: Collection[Column],  # noqa: ARG002 - the port
        *,
        size: int,  # noqa: ARG002 - the port
        cursor: str | None = None,  # noqa: ARG002 - the port
    ) -> RecordPage:
        return RecordPage(self.page)


def a_crowd(count: int, version: int = 1, **columns: ColumnValue) -> FakeCrm:
    keys = [a_contact_key(number) for number in range(1, count + 1)]

    return FakeCrm(*(a_person(key, version=version, **columns) for key in keys))


async def test_nobody_is_created_yet() -> None:
    """
    Before the first sync everybody with an address would be created, with every field they have.
    """
    office = Office(FakeCrm(a_person(JAN), a_person(EVA, email=None)))

    tally = await office.preview()

    assert (tally.in_sync, tally.excluded, tally.failed) == (1, 1, 0)
    assert tally.details == {
        "created": 1,
        "compared": 1,
        "reason:no_email": 1,
        **{f"field:{name}": 1 for name in FILLED},
    }


async def test_nothing_is_written() -> None:
    """
    A preview writes no state and sends nobody; Spotler is asked for whom would be sent alone.
    """
    office = Office(FakeCrm(a_person(JAN), a_person(EVA, email="no address")))

    await office.preview()

    assert (office.records.rows, office.records.writes) == ({}, 0)
    assert (office.marketing.people, office.marketing.calls) == ({}, [])
    assert office.marketing.compared == [ExternalId(JAN.id)]


async def test_changed_fields_are_counted() -> None:
    """
    Of who was sent before and has changed, the fields are counted that Spotler holds otherwise.
    """
    office = Office(FakeCrm(a_person(JAN), a_person(EVA)))
    await office.sync()
    office.crm.put(a_person(JAN, version=2, firstname="Johan", lastname=None))

    tally = await office.preview()

    assert (tally.in_sync, tally.total) == (2, 2)
    assert tally.details == {
        "changed": 1,
        "unchanged": 1,
        "compared": 1,
        "field:firstName": 1,
        "field:lastName": 1,
        "risk:firstName": 1,
        "risk:lastName": 1,
    }


async def test_unknown_in_spotler_is_created() -> None:
    """
    Who was sent before, and is not in Spotler any more, would be created.
    """
    office = Office(FakeCrm(a_person(JAN)))
    await office.sync()
    office.marketing.people.clear()
    office.crm.put(a_person(JAN, version=2, firstname="Johan"))

    tally = await office.preview()

    assert (tally.detail("created"), {*tally.detail("field:")}) == ({"": 1}, {*FILLED})


async def test_same_in_spotler_is_unchanged() -> None:
    """
    Who would be sent again, and is in Spotler just so, would not change.
    """
    office = Office(FakeCrm(a_person(JAN)))
    await office.sync()
    office.note(JAN, fingerprint=None, status=SyncStatus.FAILING, reason=Reason.GAVE_UP)

    assert (await office.preview()).details == {"unchanged": 1, "compared": 1}


async def test_comparing_is_bounded() -> None:
    """
    Of a page at most 400 people are looked up in Spotler; the others are counted as changed.
    """
    office = Office(a_crowd(450))
    await office.sync()
    office.crm = a_crowd(450, version=2, firstname="Johan")

    tally = await office.preview()

    assert len(office.marketing.compared) == 400
    assert tally.details == {
        "changed": 450,
        "compared": 400,
        "field:firstName": 400,
        "risk:firstName": 400,
    }


async def test_who_is_in_spotler_already_is_changed() -> None:
    """
    Whom we never sent, and Spotler holds under that id, is looked up and not counted as new.
    """
    office = Office(FakeCrm(a_person(JAN), a_person(EVA)))
    await office.sync()
    office.marketing.people[ExternalId(JAN.id)]["firstName"] = "Stale"
    office.records = FakeRecords()

    assert (await office.preview()).details == {
        "changed": 1,
        "unchanged": 1,
        "compared": 2,
        "field:firstName": 1,
        "risk:firstName": 1,
    }


async def test_who_is_not_looked_up_is_told() -> None:
    """
    Of whom we never sent, and nobody looked up, nobody says that they would be new.
    """
    tally = await Office(a_crowd(450)).preview()

    assert (tally.detail("created"), tally.detail("not_looked_up")) == ({"": 400}, {"": 50})
    assert tally.in_sync == 450


async def test_refused_look_up_of_a_stranger() -> None:
    """
    Whom we never sent, and Spotler does not show, counts as not looked up.
    """
    office = Office(FakeCrm(a_person(JAN)))
    office.marketing.refusals.append(ContactRejectedError("spotler must tell"))

    assert (await office.preview()).details == {"not_looked_up": 1}


async def test_refused_comparison_harms_nobody() -> None:
    """
    Whom Spotler does not show counts as changed, without fields.
    """
    office = Office(FakeCrm(a_person(JAN)))
    await office.sync()
    office.note(JAN, fingerprint=Fingerprint("another"))
    office.marketing.refusals.append(ContactRejectedError("spotler must tell"))

    assert (await office.preview()).details == {"changed": 1}


async def test_outage_comes_back() -> None:
    """
    When Spotler cannot answer now, the page has to come back.
    """
    office = Office(FakeCrm(a_person(JAN)))
    await office.sync()
    office.note(JAN, fingerprint=Fingerprint("another"))
    office.marketing.refusals.append(TransientError("spotler must be up"))

    with pytest.raises(TransientError):
        await office.preview()


async def test_page_again_counts_the_same() -> None:
    """
    A page that is looked at again, after a crash or a pause, counts what it counted before.
    """
    office = Office(FakeCrm(a_person(JAN)))
    await office.sync()

    assert await office.preview(forced=True) == await office.preview()
    assert (await office.preview()).details == {"unchanged": 1}


async def test_excluded_before_is_told_why() -> None:
    """
    Who was excluded before is excluded for the same reason, and would not be created.
    """
    office = Office(FakeCrm(a_person(JAN, email=None)))
    await office.sync()

    tally = await office.preview()

    assert (tally.excluded, tally.details) == (1, {"reason:no_email": 1})


async def test_excluded_before_is_created() -> None:
    """
    Who was excluded so far, and has an address now, would be created.
    """
    office = Office(FakeCrm(a_person(JAN, email=None)))
    await office.sync()
    office.crm.put(a_person(JAN, version=2))

    assert (await office.preview()).detail("created") == {"": 1}


async def test_handed_over_lead() -> None:
    """
    A qualified lead is left to its contact, before it was handed over and after.
    """
    office = Office(a_qualified_lead())
    job = a_job(LEADS, preview=True)

    before = await office.preview(job)
    await office.sync(a_job(LEADS))
    after = await office.preview(job)

    assert before == after == Tally(excluded=1, details={"reason:handed_over": 1})


async def test_contact_of_lead_is_known() -> None:
    """
    A contact that takes over a lead which Spotler knows would be changed; else it is created.
    """
    office = Office(a_qualified_lead())
    first = await office.preview()
    office.crm.put(a_person(LEAD, statecode=0))
    await office.sync(a_job(LEADS))
    office.crm = a_qualified_lead()
    second = await office.preview()

    assert (first.detail("created"), first.detail("changed")) == ({"": 1}, {})
    assert (second.detail("created"), second.detail("changed")) == ({}, {"": 1})
    assert second.detail("field:") == {"freeField1": 1}


async def test_row_that_is_gone() -> None:
    """
    Of whose row is gone meanwhile the last known state counts, as in the sync.
    """
    office = Office(FakeCrm(a_person(JAN), a_person(EVA)))
    office.note(JAN, version=5, status=SyncStatus.FAILING, reason=Reason.GAVE_UP)
    office.note(EVA, version=5, status=SyncStatus.IN_SYNC)
    page = await office.crm.read_page(JAN.table, (), size=10)
    office.crm = Emptied(page.records)

    tally = await office.preview()

    assert (tally.failed, tally.in_sync, tally.details) == (1, 1, {"unchanged": 1})


async def test_rows_are_counted() -> None:
    """
    A preview goes through as many rows as the sync.
    """
    page = PagePreview(a_crowd(3), FakeMarketing(), FakeRecords(), FakeMappings())

    assert await page.count(a_job(preview=True)) == 3


def a_qualified_lead() -> FakeCrm:
    lead = a_person(LEAD, version=2, statecode=QUALIFIED, parentcontactid=JAN.id)

    return FakeCrm(lead, a_person(JAN, version=2, originatingleadid=LEAD.id))


async def test_preview_is_of_one_account() -> None:
    """
    A preview of one account looks at nobody in another.
    """
    office = Office()
    office.crm.put(a_person(JAN))
    office.marketing.known_as = Account("account-2")

    with pytest.raises(OtherAccountError):
        await office.preview(a_job(preview=True, account=Account("account-1")))

    assert office.marketing.compared == []


async def test_preview_that_waited_is_made_at_home() -> None:
    """
    A preview that has waited looks at people only after the CRM was proven to be ours.
    """
    office = Office()
    office.crm.put(a_person(JAN))
    office.crm.is_ours = False

    with pytest.raises(OtherOrganisationError):
        await office.preview(forced=True)

    assert office.marketing.compared == []
