"""An initial sync finds who Spotler was sent and whose row is gone, and ends nobody for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from connector.application import find_missing, people_page
from connector.application.preview_page import PagePreview
from connector.application.sync_contacts import sync_contacts
from connector.application.sync_page import PageSync
from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.contact import (
    Account,
    Column,
    ExternalId,
    Record,
    RecordId,
    RecordKey,
    RecordPage,
    Table,
)
from connector.domain.decision import OnDelete
from connector.domain.job import Job, JobKind
from connector.domain.missing import DELETED_LEAD
from connector.domain.sync_state import Agreement, Reason, SyncState, SyncStatus
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION, a_change, a_contact_key, a_lead_key, a_person, an_id
from tests.connections import FakeGate
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeParking, FakeQueue, FakeRecords
from tests.jobs import a_job

LATER = NOW + timedelta(hours=1)
KEYS = [a_contact_key(number) for number in range(1, 8)]
MISSING = {Reason.NOT_IN_DYNAMICS.value: 1}


@dataclass(slots=True)
class Office:
    """Is a CRM and a Spotler, and an initial sync of pages of three."""

    crm: FakeCrm
    marketing: FakeMarketing = field(default_factory=FakeMarketing)
    records: FakeRecords = field(default_factory=FakeRecords)
    queue: FakeQueue = field(default_factory=FakeQueue)

    async def sync(self, job: Job | None = None) -> Tally:
        """Do all pages of a job."""
        job = job or a_job()
        page = PageSync(
            self.crm,
            self.marketing,
            self.records,
            FakeMappings(),
            self._again(),
            OnDelete.WITHDRAW,
        )
        while job.is_open:
            tally, cursor = await page.run(job, job.step(ORGANISATION))
            job = job.advanced(tally, cursor, NOW)

        return job.tally

    async def preview(self, job: Job | None = None) -> Tally:
        job = job or a_job(preview=True)
        page = PagePreview(self.crm, self.marketing, self.records, FakeMappings())
        while job.is_open:
            tally, cursor = await page.run(job, job.step(ORGANISATION))
            job = job.advanced(tally, cursor, NOW)

        return job.tally

    async def tell_of(self, key: RecordKey, *, forced: bool = False) -> None:
        """Sync one contact, as its event does."""
        await sync_contacts(
            [a_change(key, forced=forced)],
            crm=self.crm,
            marketing=self.marketing,
            records=self.records,
            mappings=FakeMappings(),
            try_again=self._again(),
            on_delete=OnDelete.WITHDRAW,
            licence=FakeGate(),
        )

    def _again(self) -> TryAgain:
        return TryAgain(self.queue, FakeParking(), BackOff(), LATER)

    def missing(self) -> list[RecordKey]:
        return sorted(
            key for key, one in self.records.rows.items() if one.reason == Reason.NOT_IN_DYNAMICS
        )

    def note(self, key: RecordKey, **fields: object) -> None:
        known = self.records.rows.get(key, SyncState(key))
        self.records.rows[key] = replace(known, etag="etag-of-a-test", **fields)  # type: ignore[arg-type] # by name


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_page, "ROWS_PER_PAGE", 3)
    monkeypatch.setattr(find_missing, "STATES_PER_READ", 2)


async def an_office(*keys: RecordKey) -> Office:
    """Return an office where these people were synced."""
    office = Office(FakeCrm(*(a_person(key) for key in keys or KEYS)))
    await office.sync()

    return office


@pytest.mark.feature("F103")
@pytest.mark.parametrize(
    "gone",
    [
        pytest.param([0], id="first"),
        pytest.param([6], id="last"),
        pytest.param([2, 3], id="at the end of a page"),
        pytest.param([1, 2, 3, 4, 5], id="most"),
        pytest.param([*range(7)], id="all"),
    ],
)
async def test_missing_rows_are_listed(gone: list[int]) -> None:
    """
    Whose row is gone without a word is counted, listed as failing, and stays as they are.
    """
    office = await an_office()
    before = dict(office.records.rows)
    for number in gone:
        del office.crm.rows[KEYS[number]]

    foreseen, foreseen_missing = await office.preview(), office.missing()
    tally = await office.sync()

    assert foreseen_missing == []
    assert office.missing() == [KEYS[number] for number in gone]
    assert tally.details == {Reason.NOT_IN_DYNAMICS: len(gone)}
    assert tally.total == len(KEYS) - len(gone)
    assert foreseen.details[Reason.NOT_IN_DYNAMICS] == len(gone)
    for number in gone:
        noted, known = office.records.rows[KEYS[number]], before[KEYS[number]]
        assert (noted.status, noted.changed_at) == (SyncStatus.FAILING, LATER)
        assert (noted.fingerprint, noted.external_id) == (known.fingerprint, known.external_id)
    assert (office.marketing.withdrawn, office.marketing.anonymised) == ([], [])


@pytest.mark.parametrize(
    ("fields", "is_listed"),
    [
        pytest.param({}, True, id="in sync"),
        pytest.param(
            {"status": SyncStatus.EXCLUDED, "reason": "no_email"}, True, id="excluded since"
        ),
        pytest.param({"status": SyncStatus.FAILING, "reason": "retried"}, True, id="retried"),
        pytest.param(
            {"status": None, "agreement": Agreement(1)}, True, id="came from Spotler, never sent"
        ),
        pytest.param({"status": None}, False, id="linked, and never made"),
        pytest.param({"external_id": None}, False, id="never sent"),
        pytest.param({"status": SyncStatus.EXCLUDED, "reason": "deleted"}, False, id="deleted"),
        pytest.param({"status": SyncStatus.EXCLUDED, "reason": "merged"}, False, id="merged"),
        pytest.param({"reason": "handed_over"}, False, id="handed over"),
        pytest.param({"successor": an_id(9)}, False, id="followed by another row"),
    ],
)
async def test_only_who_was_sent_is_missing(fields: dict[str, object], *, is_listed: bool) -> None:
    """
    A state whose contact has ended, or never was in Spotler, needs no row.
    """
    office = await an_office()
    office.note(KEYS[1], **fields)
    del office.crm.rows[KEYS[1]]

    tally = await office.sync()

    assert tally.details == (MISSING if is_listed else {})
    assert office.missing() == ([KEYS[1]] if is_listed else [])


async def test_other_table_is_left_alone() -> None:
    """
    A sync of leads looks at leads alone.
    """
    office = await an_office()
    lead = a_lead_key(3)
    office.note(lead, external_id=ExternalId(lead.id), status=SyncStatus.IN_SYNC)
    office.crm.rows.clear()

    tally = await office.sync(a_job(JobKind.LEADS_TO_SPOTLER))

    assert office.missing() == [lead]
    assert tally.details == MISSING


async def test_missing_row_is_counted_again() -> None:
    """
    A second sync counts the same contacts, and does not write their states again.
    """
    office = await an_office()
    del office.crm.rows[KEYS[1]]
    await office.sync()
    writes = office.records.writes

    assert (await office.sync()).details == MISSING
    assert office.records.writes == writes


@pytest.mark.parametrize("by", ["event", "sync"])
async def test_row_that_comes_back_is_in_sync(by: str) -> None:
    """
    A row that is seen again is in sync by its next event or sync, without a call to Spotler.
    """
    office = await an_office()
    row = office.crm.rows.pop(KEYS[1])
    await office.sync()
    calls = len(office.marketing.calls)
    office.crm.put(row)

    if by == "sync":
        assert await office.sync() == Tally(in_sync=7)
    else:
        await office.tell_of(KEYS[1])

    state = office.records.rows[KEYS[1]]
    assert (state.status, state.reason) == (SyncStatus.IN_SYNC, None)
    assert len(office.marketing.calls) == calls


class Making(FakeCrm):
    """Has a row made, and synced by its event, right after a page was read."""

    def __init__(self, office: Office, born: Record) -> None:
        super().__init__(*office.crm.rows.values())
        self.office = office
        self.born: Record | None = born

    async def read_page(
        self, table: Table, columns: Collection[Column], *, size: int, cursor: str | None = None
    ) -> RecordPage:
        page = await super().read_page(table, columns, size=size, cursor=cursor)
        if self.born is not None:
            born, self.born = self.born, None
            self.put(born)
            await self.office.tell_of(born.key)

        return page


async def test_row_made_meanwhile_is_not_missing() -> None:
    """
    A row that is made while its page is done, and synced by its event, is not missing.
    """
    office = await an_office(*KEYS[1:])
    office.crm = Making(office, a_person(KEYS[0]))

    tally = await office.sync()

    assert tally.details == {}
    assert office.records.rows[KEYS[0]].status is SyncStatus.IN_SYNC


class Overtaken(FakeCrm):
    """Lets somebody else write the state of a row right after it was asked for once more."""

    def __init__(self, office: Office, key: RecordKey) -> None:
        super().__init__(*office.crm.rows.values())
        self.office = office
        self.key = key

    async def list_records(
        self, table: Table, ids: Collection[RecordId], columns: Collection[Column]
    ) -> Mapping[RecordId, Record]:
        if self.key.id in ids:
            self.office.records.write(self.office.records.rows[self.key])

        return await super().list_records(table, ids, columns)


async def test_who_is_synced_meanwhile_is_left() -> None:
    """
    A state that somebody else writes meanwhile is neither marked nor counted.
    """
    office = await an_office()
    del office.crm.rows[KEYS[1]]
    office.crm = Overtaken(office, KEYS[1])

    tally = await office.sync()

    assert (tally.details, office.missing()) == ({}, [])


async def test_page_without_a_place_looks_for_nobody() -> None:
    """
    A job that an older version began does not know what came before its page: it passes it over.
    """
    office = await an_office()
    for number in (0, 6):
        del office.crm.rows[KEYS[number]]

    old: dict[str, Any] = {"cursor": KEYS[0].id, "page": 1}

    foreseen = await office.preview(a_job(preview=True, **old))
    tally = await office.sync(a_job(**old))

    assert office.missing() == [KEYS[6]]
    assert foreseen.details[Reason.NOT_IN_DYNAMICS] == 1
    assert tally == Tally(in_sync=5, details=MISSING)


class Gapped(FakeCrm):
    """Gives a page without rows before the last one, as Dataverse may."""

    async def read_page(
        self, table: Table, columns: Collection[Column], *, size: int, cursor: str | None = None
    ) -> RecordPage:
        if cursor is not None and not cursor.startswith("gap "):
            return RecordPage((), f"gap {cursor}")

        behind = cursor and cursor.removeprefix("gap ")

        return await super().read_page(table, columns, size=size, cursor=behind)


async def test_empty_page_hides_nobody() -> None:
    """
    A page without rows that is not the last one leaves its range to the next page.
    """
    office = await an_office()
    del office.crm.rows[KEYS[3]]
    office.crm = Gapped(*office.crm.rows.values())

    assert (await office.sync()).details == MISSING
    assert office.missing() == [KEYS[3]]


async def test_another_account_is_told_nothing_of() -> None:
    """
    Another key may be one of the same account: who was sent, and has no row, may be there.
    """
    office = await an_office()
    del office.crm.rows[KEYS[1]]
    office.marketing.known_as = Account("account-2")

    await office.sync()

    state = office.records.rows[KEYS[1]]
    assert (state.reason, state.fingerprint) == (Reason.NOT_IN_DYNAMICS, None)
    assert state.account == "account-2"


async def test_missing_row_is_noted_for_each_account() -> None:
    """
    Who is known to have no row is noted, and counted, for another account as well.
    """
    office = await an_office()
    del office.crm.rows[KEYS[1]]
    await office.sync()
    office.marketing.known_as = Account("account-2")

    assert (await office.sync()).details == MISSING
    assert office.records.rows[KEYS[1]].account == "account-2"


@pytest.mark.feature("F104")
async def test_sent_again_by_the_word_of_the_crm() -> None:
    """
    Sent again, who is deleted by the CRM's word is withdrawn; who is hidden keeps the reason.
    """
    office = await an_office()
    for key in KEYS[1:3]:
        del office.crm.rows[key]
    office.crm.hidden.add(KEYS[2])
    await office.sync()
    office.note(KEYS[2], changed_at=NOW)

    for key in KEYS[1:3]:
        await office.tell_of(key, forced=True)

    assert office.marketing.withdrawn == [ExternalId(KEYS[1].id)]
    assert office.records.rows[KEYS[1]].reason == Reason.DELETED
    assert office.missing() == [KEYS[2]]
    assert office.records.rows[KEYS[2]].changed_at == LATER


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"reason": Reason.NO_EMAIL}, Reason.DELETED, id="never sent"),
        pytest.param({"reason": Reason.INVALID_EMAIL}, Reason.DELETED, id="unusable"),
        pytest.param(
            {"reason": Reason.MERGED, "external_id": ExternalId(an_id(2))},
            Reason.DELETED,
            id="merged",
        ),
        pytest.param(
            {
                "reason": Reason.HANDED_OVER,
                "external_id": ExternalId(an_id(2)),
                "successor": an_id(9),
            },
            DELETED_LEAD,
            id="handed over",
        ),
    ],
)
async def test_who_has_nothing_in_spotler_is_noted(fields: dict[str, Any], reason: str) -> None:
    """
    Of who has nothing in Spotler it is noted that they are deleted: nothing else is to be done.
    """
    office = await an_office(*KEYS[2:])
    ours: dict[str, Any] = {"account": Account("account-1"), "left_in": Account("another")}
    office.note(KEYS[1], status=SyncStatus.EXCLUDED, **ours, **fields)

    foreseen = await office.preview()
    assert office.records.rows[KEYS[1]].reason == fields["reason"]
    tally = await office.sync()
    writes = office.records.writes
    await office.sync()

    state = office.records.rows[KEYS[1]]
    assert (state.status, state.reason) == (SyncStatus.EXCLUDED, reason)
    assert (state.changed_at, state.successor) == (LATER, fields.get("successor"))
    assert state.left_in == ("another" if "external_id" in fields else None)
    assert (foreseen.details.get(Reason.NOT_IN_DYNAMICS, 0), tally.details) == (0, {})
    assert (office.marketing.withdrawn, office.records.writes) == ([], writes)


async def test_who_is_hidden_still_counts_as_a_row() -> None:
    """
    A row that we merely cannot see is there: its state stays as it was.
    """
    office = await an_office(*KEYS[2:])
    office.note(KEYS[1], status=SyncStatus.EXCLUDED, reason=Reason.NO_EMAIL)
    office.crm.hidden.add(KEYS[1])

    await office.sync()

    assert office.records.rows[KEYS[1]].reason == Reason.NO_EMAIL


async def test_proofs_of_a_page_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A page proves so many deletions and leaves the others for the next sync.
    """
    monkeypatch.setattr(find_missing, "PROOFS_PER_PAGE", 3)
    office = await an_office()
    for number in range(11, 19):
        key = a_contact_key(number)
        office.note(key, status=SyncStatus.EXCLUDED, reason=Reason.NO_EMAIL)

    def noted() -> int:
        return sum(one.reason == Reason.DELETED for one in office.records.rows.values())

    counts = []
    for _ in range(3):
        await office.sync()
        counts.append(noted())

    assert counts == [3, 6, 8]
