"""Spotler's people come to the CRM: who is who, who wins, and that nobody is there twice."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from connector.application import contacts_to_dataverse as module
from connector.application.contacts_to_dataverse import ContactsToDataverse
from connector.domain.contact import ExternalId, PropertyValue, Record, RecordKey
from connector.domain.converter import Converter
from connector.domain.errors import ConfigurationError, RateLimitedError, TransientError
from connector.domain.job import JobKind
from connector.domain.mapping import EMAIL
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.spotler_contact import SpotlerContact, born_row
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION, a_contact_key, a_lead_key, a_person, an_id
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeRecords
from tests.jobs import a_job
from tests.spotler_people import (
    LONG_AGO,
    OUR_USER,
    FakeContactBook,
    FakeContactFeed,
    a_spotler_contact,
)

KIND = JobKind.CONTACTS_TO_DATAVERSE
SHOP = ExternalId("shop-1")
BORN = born_row(ORGANISATION, SHOP)


@dataclass(slots=True)
class World:
    """Is both systems and what we know of them."""

    feed: FakeContactFeed = field(default_factory=FakeContactFeed)
    crm: FakeCrm = field(default_factory=FakeCrm)
    records: FakeRecords = field(default_factory=FakeRecords)
    marketing: FakeMarketing = field(default_factory=FakeMarketing)
    mappings: FakeMappings = field(default_factory=FakeMappings)
    book: FakeContactBook = field(init=False)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.book = FakeContactBook(self.crm)

    def __call__(self, *people: SpotlerContact, crm: tuple[Record, ...] = ()) -> "World":
        self.feed.people.extend(people)
        self.crm.put(*crm)

        return self

    def knows(self, key: RecordKey, **state: object) -> None:
        self.records.write(replace(SyncState(key), **state))  # type: ignore[arg-type] # named by the test

    def work(self) -> ContactsToDataverse:
        return ContactsToDataverse(
            self.feed,
            self.book,
            self.crm,
            self.marketing,
            self.records,
            self.mappings,
            ORGANISATION,
            OUR_USER,
            lambda: self.now,
        )

    async def run(
        self, *, preview: bool = False, step: Mapping[str, object] | None = None
    ) -> Tally:
        """Do all pages of a job, and return what it counted."""
        job = a_job(KIND, started_at=NOW, preview=preview)
        while True:
            asked = replace(job.step(ORGANISATION), **(step or {}))  # type: ignore[arg-type] # a step's own
            page, cursor = await self.work().run(job, asked)
            job = job.advanced(page, cursor, NOW)
            if cursor is None:
                return job.tally

    def row(self, key: RecordKey) -> Record:
        return self.crm.rows[key]


class RacedRecords(FakeRecords):
    """Is the `RecordStore` to which somebody else writes right after the first read."""

    async def list_states(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SyncState]:
        found = await super().list_states(keys)
        if not self.rows:
            self.write(SyncState(BORN))

        return found


@pytest.fixture
def world() -> World:
    return World()


def a_row(number: int = 1, **columns: str) -> Record:
    """Return a contact of the CRM that changed long ago."""
    person = a_person(a_contact_key(number), email=f"row-{number}@example.nl")

    return replace(person, columns={**person.columns, **columns}, modified_on=LONG_AGO)


def of_row(number: int = 1, **properties: PropertyValue) -> SpotlerContact:
    """Return the person of Spotler's who has a row's id."""
    plain: dict[str, PropertyValue] = {
        "email": f"row-{number}@example.nl",
        "lastName": "Jansen",
        **properties,
    }

    return a_spotler_contact(f"of-{number}", an_id(number), said=plain)


def excluded(why: str) -> Tally:
    return Tally(excluded=1, details={f"reason:{why}": 1})


@pytest.mark.feature("F39", "F71")
async def test_unknown_person_is_created(world: World) -> None:
    """
    Who is nobody's row becomes a contact, with all that can go back, and keeps the external id.
    """
    world(a_spotler_contact(lastName="Jansen", postalCode="2719ek"))

    tally = await world.run()

    assert tally == Tally(in_sync=1, details={"created": 1})
    columns = world.row(BORN).columns
    assert columns["emailaddress1"] == "sp-1@example.nl"
    assert columns["address1_postalcode"] == "2719 EK"
    assert world.records.rows[BORN].external_id == SHOP


async def test_second_run_creates_nobody(world: World) -> None:
    """
    A person that was created is found again, by the same external id, whatever their address.
    """
    world(a_spotler_contact())
    await world.run()
    world.feed.people = [a_spotler_contact(email="other@example.nl", last_changed=LONG_AGO)]

    tally = await world.run()

    assert tally == excluded("newer_in_dynamics")
    assert len(world.crm.rows) == 1


@pytest.mark.feature("F71")
async def test_known_row_is_changed(world: World) -> None:
    """
    A person whose external id is the id of a contact changes that row, and only what differs.
    """
    world(of_row(firstName="Piet"), crm=(a_row(),))

    tally = await world.run()

    assert tally == Tally(in_sync=1, details={"changed": 1, "field:firstname": 1})
    assert world.row(a_contact_key(1)).columns["firstname"] == "Piet"
    assert world.book.queries == []


async def test_equal_row_is_left(world: World) -> None:
    """
    A person without a difference costs no write.
    """
    world(of_row(), crm=(a_row(),))

    assert await world.run() == Tally(in_sync=1, details={"unchanged": 1})
    assert (world.book.updated, world.book.created) == ([], [])


async def test_newer_row_is_kept(world: World) -> None:
    """
    What changed later in the CRM is never overwritten, and counted.
    """
    world(of_row(firstName="Piet"), crm=(replace(a_row(), modified_on=NOW),))

    assert await world.run() == excluded("newer_in_dynamics")
    assert world.row(a_contact_key(1)).columns["firstname"] == "Jan"


async def test_address_finds_the_row(world: World) -> None:
    """
    Without a known id the address decides, without regard to case, and the two are one for good.
    """
    world(
        a_spotler_contact(email="Row-1@Example.nl", firstName="Piet"),
        crm=(a_row(),),
    )

    tally = await world.run()

    assert tally.details == {"changed": 1, "field:firstname": 1}
    assert world.records.rows[a_contact_key(1)].external_id == SHOP
    assert world.records.rows[BORN].successor == an_id(1)


async def test_address_of_other_letters_finds_the_row(world: World) -> None:
    """
    A domain of other letters than a to z is found as it is written in the CRM.
    """
    address = "jan@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example"
    world(a_spotler_contact(email=address), crm=(a_row(emailaddress1=address),))

    assert (await world.run()).details == {"unchanged": 1}
    assert len(world.crm.rows) == 1


async def test_linked_person_may_change_address(world: World) -> None:
    """
    Who was found by address once is found by external id from then on.
    """
    world(a_spotler_contact(email="row-1@example.nl", firstName=None), crm=(a_row(),))
    await world.run()
    world.feed.people = [a_spotler_contact(email="new@example.nl", firstName=None)]

    tally = await world.run()

    assert tally.details == {"changed": 1, "field:emailaddress1": 1}
    assert len(world.crm.rows) == 1


async def test_person_without_external_id_is_matched(world: World) -> None:
    """
    A person who never got an external id may have a row by address, and is not linked to it.
    """
    world(
        a_spotler_contact(external_id=None, email="row-1@example.nl", firstName="Piet"),
        crm=(a_row(),),
    )

    assert (await world.run()).details == {"changed": 1, "field:firstname": 1}
    assert world.records.rows == {}


async def test_respelt_id_is_kept(world: World) -> None:
    """
    An external id that is a row's id in capitals is that row, and stays as it is spelt.
    """
    external_id = an_id(1).upper()
    world(a_spotler_contact(external_id=external_id, email="row-1@example.nl"), crm=(a_row(),))

    assert (await world.run()).in_sync == 1
    assert world.records.rows[a_contact_key(1)].external_id == external_id


@pytest.mark.parametrize(
    ("person", "why"),
    [
        pytest.param(a_spotler_contact(temporary=True), "temporary", id="temporary"),
        pytest.param(
            a_spotler_contact(external_id=None, email=None), "no_identity", id="nothing to know by"
        ),
        pytest.param(a_spotler_contact(email=None), "no_email", id="no address"),
        pytest.param(a_spotler_contact(email="jan@"), "invalid_email", id="no usable address"),
        pytest.param(
            a_spotler_contact(external_id=None), "no_external_id", id="nobody's and without an id"
        ),
        pytest.param(a_spotler_contact(email="row-1@example.nl"), "several_match", id="several"),
        pytest.param(
            a_spotler_contact(email="row-3@example.nl"), "linked_to_another", id="another's row"
        ),
        pytest.param(a_spotler_contact(external_id=an_id(11)), "is_lead", id="an open lead"),
        pytest.param(a_spotler_contact(external_id=an_id(4)), "deleted", id="deleted"),
        pytest.param(a_spotler_contact(external_id=an_id(5)), "deleted", id="gone"),
        pytest.param(
            a_spotler_contact(external_id=an_id(12)), "deleted", id="an heir that is gone"
        ),
    ],
)
@pytest.mark.parametrize("preview", [False, True])
async def test_left_out(world: World, person: SpotlerContact, why: str, *, preview: bool) -> None:
    """
    Who cannot be told, is somebody's already, a lead, or was deleted, is left out with the reason.
    """
    world(person, crm=(a_row(1), a_row(2, emailaddress1="ROW-1@example.nl"), a_row(3)))
    world.crm.put(a_person(a_lead_key(11), statecode=0))
    world.knows(a_contact_key(3), external_id=an_id(3), status=SyncStatus.IN_SYNC)
    world.knows(a_contact_key(4), status=SyncStatus.EXCLUDED, reason=Reason.DELETED)
    world.knows(a_contact_key(5), status=SyncStatus.IN_SYNC)
    world.knows(a_lead_key(12), successor=an_id(4), reason=Reason.HANDED_OVER)

    assert await world.run(preview=preview) == excluded(why)
    assert (world.book.updated, world.book.created) == ([], [])


@pytest.mark.parametrize("is_known", [False, True])
async def test_qualified_lead_is_its_contact(world: World, *, is_known: bool) -> None:
    """
    Who carries the id of a lead that was qualified is the contact that it became.
    """
    lead = a_lead_key(11)
    world(a_spotler_contact(external_id=lead.id, email="x@example.nl"), crm=(a_row(),))
    if is_known:
        world.knows(lead, successor=an_id(1), reason=Reason.HANDED_OVER)
    else:
        world.crm.put(a_person(lead, statecode=1, parentcontactid=an_id(1)))

    assert (await world.run()).details["changed"] == 1
    assert world.row(a_contact_key(1)).columns["emailaddress1"] == "x@example.nl"


async def test_lost_sign_is_no_obstacle(world: World) -> None:
    """
    Whose row is nowhere, and of whom no row was ever there, is made in a row of their own.
    """
    world(a_spotler_contact())
    world.knows(BORN, external_id=SHOP, successor=an_id(9))

    assert (await world.run()).details == {"created": 1}
    world.feed.people = [a_spotler_contact()]
    assert (await world.run()).details == {"unchanged": 1}


async def test_two_people_are_not_one_row(world: World) -> None:
    """
    Of two who would be one row the one with the id is it, and of two newcomers the first.
    """
    world(
        a_spotler_contact("sp-2", "shop-2", email="row-1@example.nl"),
        of_row(),
        a_spotler_contact("sp-3", "shop-3", email="new@example.nl"),
        a_spotler_contact("sp-4", "shop-4", email="New@example.nl"),
        crm=(a_row(),),
    )

    tally = await world.run()

    assert tally == Tally(2, 2, 0, {"created": 1, "unchanged": 1, "reason:linked_to_another": 2})


async def test_leftover_is_not_the_row(world: World) -> None:
    """
    A Spotler contact under the id of a row that Spotler knows by another id is not that row.
    """
    world(of_row(firstName="Piet"), crm=(a_row(),))
    world.knows(a_contact_key(1), external_id=an_id(11), status=SyncStatus.IN_SYNC)

    assert await world.run() == excluded("linked_to_another")


async def test_preview_writes_nothing(world: World) -> None:
    """
    A preview counts the same and leaves both systems and our own tables as they are.
    """
    world(
        a_spotler_contact(),
        of_row(1, firstName="Piet"),
        of_row(2),
        a_spotler_contact("sp-9", "shop-9", temporary=True),
        crm=(a_row(1), a_row(2)),
    )

    expected = await world.run(preview=True)

    assert (world.book.created, world.book.updated, world.records.writes) == ([], [], 0)
    assert expected == await world.run()
    assert expected.detail("field:") == {"firstname": 1}


async def test_refused_row_holds_up_nobody(world: World) -> None:
    """
    Whom the CRM refuses counts as failed, with the reason, and all others go on.
    """
    world(a_spotler_contact(), of_row(firstName="Piet"), crm=(a_row(),))
    world.book.refused = {BORN.id}

    tally = await world.run()

    assert (tally.in_sync, tally.failed) == (1, 1)
    assert tally.detail("reason:") == {"rejected": 1}


async def test_row_that_changes_meanwhile_is_newer(world: World) -> None:
    """
    A row that somebody changed after it was read is the newer one.
    """
    world(of_row(firstName="Piet"), crm=(a_row(),))

    def change() -> None:
        key = a_contact_key(1)
        world.crm.rows[key] = replace(world.crm.rows[key], version=9)

    world.book.meanwhile = change

    assert await world.run() == excluded("newer_in_dynamics")


async def test_race_for_a_person_comes_back(world: World) -> None:
    """
    While somebody else decides over the same row, the page comes back.
    """
    world(a_spotler_contact())
    world.records = RacedRecords()

    with pytest.raises(TransientError):
        await world.run()

    assert (await world.run()).details == {"created": 1}


async def test_outage_at_the_beginning_comes_back(world: World) -> None:
    """
    When the CRM takes nobody the page comes back with the wait that the CRM states.
    """
    world(a_spotler_contact())
    world.book.errors = [RateLimitedError("slow down", retry_after=timedelta(seconds=7))] * 2

    with pytest.raises(RateLimitedError):
        await world.run()


async def test_outage_in_the_middle_ends_the_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What was written before an outage is counted, and the next page begins right behind it.
    """
    monkeypatch.setattr(module, "PEOPLE_PER_SLICE", 2)
    world(*(a_spotler_contact(f"sp-{n}", f"shop-{n}") for n in range(5)))
    job = a_job(KIND, started_at=NOW)

    def fail_fourth() -> None:
        if len(world.book.created) == 3:
            world.book.errors = [TransientError("busy")]

    world.book.meanwhile = fail_fourth

    tally, cursor = await world.work().run(job, job.step(ORGANISATION))

    assert tally == Tally(2, details={"created": 2})
    world.book.meanwhile, world.book.errors = lambda: None, []
    rest, end = await world.work().run(replace(job, cursor=cursor), job.step(ORGANISATION))
    assert (rest, end) == (Tally(3, details={"created": 3}), None)


async def test_long_page_ends_early(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A page that takes long ends before the host would end it.
    """
    monkeypatch.setattr(module, "PEOPLE_PER_SLICE", 1)
    world(*(a_spotler_contact(f"sp-{n}", f"shop-{n}") for n in range(3)))

    def take_long() -> None:
        world.now += module.LONGEST

    world.book.meanwhile = take_long
    job = a_job(KIND, started_at=NOW)

    tally, cursor = await world.work().run(job, job.step(ORGANISATION))

    assert (tally.in_sync, cursor is None) == (1, False)
    assert (await world.run()).in_sync == 3


@pytest.mark.feature("F111")
@pytest.mark.parametrize("step", [{"forced": True}, {"attempt": 1}])
async def test_repeated_page_counts_the_same(world: World, step: dict[str, object]) -> None:
    """
    A page that is done again after a crash writes nobody twice and counts what it counted.
    """
    world(a_spotler_contact(), of_row(firstName="Piet"), of_row(2), crm=(a_row(), a_row(2)))
    first = await world.run()
    written = len(world.book.created) + len(world.book.updated)

    again = await world.run(step=step)

    assert again == replace(first, details={"created": 1, "changed": 1, "unchanged": 1})
    assert len(world.book.created) + len(world.book.updated) == written


async def test_somebody_elses_change_is_not_ours(world: World) -> None:
    """
    A row that a person changed while the job ran counts as unchanged when its page is repeated.
    """
    row = replace(a_row(modifiedby=an_id(99)), modified_on=NOW)
    world(of_row(), crm=(row,))

    assert (await world.run(step={"forced": True})).details == {"unchanged": 1}


async def test_row_of_a_former_job_is_unchanged(world: World) -> None:
    """
    What a job created long ago is not created by the one of today.
    """
    old = a_person(
        BORN,
        email="sp-1@example.nl",
        createdon=(NOW - timedelta(days=3)).isoformat(),
        modifiedby=OUR_USER,
    )
    born = replace(old, modified_on=NOW)
    world(a_spotler_contact(), crm=(born,))

    assert (await world.run(step={"forced": True})).details == {"changed": 1}


async def test_many_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Page after page everybody goes over once, at most fifty addresses in a question.
    """
    monkeypatch.setattr(module, "PEOPLE_PER_PAGE", 150)
    world(*(a_spotler_contact(f"sp-{n}", f"shop-{n}") for n in range(700)))

    tally = await world.run()

    assert tally == Tally(700, details={"created": 700})
    assert len(world.feed.reads) == 5
    assert max(world.book.queries) == 50


async def test_nobody_at_all(world: World) -> None:
    """
    An account without people is a job without pages, and how many there are nobody says.
    """
    assert await world.run() == Tally()
    assert await world.work().count(a_job(KIND)) is None


async def test_equal_person_is_not_sent_back(world: World) -> None:
    """
    Whom Spotler holds as the CRM does now needs no sending: that is noted.
    """
    person = of_row(firstName="Piet", freeField1="Contact", profileField1="Els de Boer")
    world(person, crm=(a_row(ownerid=an_id(77)),))

    await world.run()

    state = world.records.rows[a_contact_key(1)]
    assert state.status is SyncStatus.IN_SYNC
    assert str(state.external_id) == an_id(1)
    assert state.fingerprint is not None
    writes = world.records.writes
    await world.run()
    assert world.records.writes == writes


async def test_unequal_person_is_sent_one_day(world: World) -> None:
    """
    Who lacks something in Spotler is not noted as equal: the next sync to Spotler brings it.
    """
    world(of_row(), crm=(a_row(),))

    await world.run()

    assert a_contact_key(1) not in world.records.rows


async def test_row_without_address_is_not_noted(world: World) -> None:
    """
    Who would not be sent to Spotler is not noted as equal.
    """
    world(a_spotler_contact(external_id=an_id(1), email=None), crm=(a_row(emailaddress1=""),))

    assert (await world.run()).in_sync == 1
    assert world.records.rows == {}


async def test_address_must_be_mapped(world: World) -> None:
    """
    Without a column for the address nobody could be found by it: the job says so, or never begins.
    """
    world(a_spotler_contact())
    world.mappings.changes = (PropertyMapping(EMAIL, None, "emailaddress1", Converter.EMAIL),)

    with pytest.raises(ConfigurationError, match="mapped"):
        await world.run()
    with pytest.raises(ConfigurationError, match="mapped"):
        await world.work().count(a_job(KIND))
