"""Pages of people from Spotler: what fails, what is repeated, and what is noted of each."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.application import contacts_to_dataverse as module
from connector.domain.connection import OtherAccountError, OtherOrganisationError
from connector.domain.contact import Account
from connector.domain.converter import Converter
from connector.domain.errors import ConfigurationError, RateLimitedError, TransientError
from connector.domain.feed_cursor import FeedCursor
from connector.domain.mapping import EMAIL
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.spotler_contact import SpotlerKey
from connector.domain.sync_state import SyncStatus
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION, a_contact_key, a_person, an_id
from tests.jobs import a_job
from tests.spotler_people import (
    OUR_USER,
    a_spotler_contact,
)
from tests.unit.application.people_world import (
    BORN,
    KIND,
    RacedRecords,
    World,
    a_row,
    excluded,
    of_row,
)

NOBODY = a_spotler_contact(external_id=None, last_changed=None, is_readable=False)


@pytest.fixture
def world() -> World:
    return World()


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


@pytest.mark.parametrize("preview", [False, True])
async def test_unreadable_person_holds_up_nobody(
    world: World, caplog: pytest.LogCaptureFixture, *, preview: bool
) -> None:
    """
    Who cannot be read counts as failed, with the reason and Spotler's id in the log.
    """
    unreadable = replace(NOBODY, key=SpotlerKey("at 7"))
    world(unreadable, of_row(firstName="Piet"), crm=(a_row(),))

    tally = await world.run(preview=preview)

    assert (tally.in_sync, tally.failed) == (1, 1)
    assert tally.detail("reason:") == {"unreadable": 1}
    assert [getattr(one, "person", None) for one in caplog.records] == ["at 7"]


async def test_pages_of_unreadable_people_are_passed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Pages of which nobody can be read are counted and passed, and who comes behind them is synced.
    """
    monkeypatch.setattr(module, "PEOPLE_PER_PAGE", 100)
    crowd = [replace(NOBODY, key=SpotlerKey(f"at {place}")) for place in range(420)]
    world(*crowd, of_row(firstName="Piet"), crm=(a_row(),))

    tally = await world.run()

    assert (tally.in_sync, tally.failed) == (1, 420)


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
    assert max(world.crm.looked_for) == 50


async def test_nobody_is_missed_when_many_leave(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Hundreds who change between two pages leave the feed, and nobody behind them is passed over.
    """
    monkeypatch.setattr(module, "PEOPLE_PER_PAGE", 150)
    world(*(a_spotler_contact(f"sp-{n}", f"shop-{n}") for n in range(700)))

    def leave() -> None:
        if len(world.book.created) == 250:
            now = NOW + timedelta(minutes=1)
            first = [replace(one, last_changed=now) for one in world.feed.people[:190]]
            world.feed.people = [*first, *world.feed.people[190:]]

    world.book.meanwhile = leave

    assert await world.run() == Tally(700, details={"created": 700})


async def test_page_of_known_people_is_passed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A page on which nobody is new is not the end, unless there is nobody behind it.
    """
    monkeypatch.setattr(module, "PEOPLE_PER_PAGE", 150)
    world(*(a_spotler_contact(f"sp-{n}", f"shop-{n}") for n in range(400)))
    job = a_job(KIND, started_at=NOW)
    _, text = await world.work().run(job, job.step(ORGANISATION))
    back = FeedCursor.parse(text).back(200).to_text()

    tally, cursor = await world.work().run(replace(job, cursor=back), job.step(ORGANISATION))
    rest, end = await world.work().run(replace(job, cursor=cursor), job.step(ORGANISATION))

    assert (tally, rest.in_sync) == (Tally(), 150)
    del world.feed.people[200:]
    assert await world.work().run(replace(job, cursor=back), job.step(ORGANISATION)) == (
        Tally(),
        None,
    )
    assert end is not None


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

    state = world.records.rows[a_contact_key(1)]
    assert (state.status, state.fingerprint) == (None, None)


async def test_row_without_address_is_not_noted(world: World) -> None:
    """
    Who would not be sent to Spotler is not noted as equal.
    """
    world(a_spotler_contact(external_id=an_id(1), email=None), crm=(a_row(emailaddress1=""),))

    assert (await world.run()).in_sync == 1
    state = world.records.rows[a_contact_key(1)]
    assert (state.status, state.fingerprint) == (None, None)


async def test_address_must_be_mapped(world: World) -> None:
    """
    Where the column of the address is gone nobody could be found by it, and the job says so.
    """
    world(a_spotler_contact())
    world.mappings.changes = (PropertyMapping(EMAIL, "new_gone", "emailaddress1", Converter.EMAIL),)

    with pytest.raises(ConfigurationError, match="mapped"):
        await world.run()
    with pytest.raises(ConfigurationError, match="mapped"):
        await world.work().count(a_job(KIND))


async def test_people_of_another_account_stay_away(world: World) -> None:
    """
    The people of an account come by a job of that account alone.
    """
    world(a_spotler_contact())
    world.feed.known_as = Account("account-2")
    job = a_job(KIND, started_at=NOW, account=Account("account-1"))

    with pytest.raises(OtherAccountError):
        await world.work().run(job, job.step(ORGANISATION))

    assert (world.feed.reads, world.book.created) == ([], [])


async def test_fields_of_another_account_do_not_count(world: World) -> None:
    """
    People of one account are not read by the fields of another.
    """
    world(a_spotler_contact())
    world.marketing.known_as = Account("account-2")
    job = a_job(KIND, started_at=NOW, account=Account("account-1"))

    with pytest.raises(OtherAccountError):
        await world.work().run(job, job.step(ORGANISATION))

    assert world.book.created == []


async def test_another_organisation_is_not_written(world: World) -> None:
    """
    People are brought only to the CRM that is ours.
    """
    world(a_spotler_contact())
    world.crm.is_ours = False

    with pytest.raises(OtherOrganisationError):
        await world.run(step={"attempt": 1})
    with pytest.raises(OtherOrganisationError):
        await world.work().count(a_job(KIND))

    assert world.book.created == []
