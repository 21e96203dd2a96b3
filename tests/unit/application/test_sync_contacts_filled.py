"""What our last send filled is known, whatever became of the row since: the rest is not ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.application.note_retries import note_late
from connector.domain.batch import Work
from connector.domain.contact import ColumnValue, ExternalId, Rejection
from connector.domain.event import Change, RecordChanged
from connector.domain.sync_state import Reason, SyncStatus
from tests.builders import NOW, a_change, a_contact_key, a_lead_key, a_person
from tests.unit.application.syncing_world import OPEN, QUALIFIED, Watched, World, lose_answer

LEAD, CONTACT, MASTER = a_lead_key(9), a_contact_key(1), a_contact_key(2)
PLACE = ExternalId(LEAD.id)


@pytest.fixture
async def world() -> World:
    """Return a world in which a lead with a first name is in Spotler."""
    world = World()
    world.crm.put(a_person(LEAD, statecode=OPEN, firstname="Lea"))
    await world.sync(a_change(LEAD))

    return world


async def qualify(world: World, **columns: ColumnValue) -> None:
    row = a_person(CONTACT, originatingleadid=LEAD.id)
    world.crm.put(
        a_person(LEAD, version=2, statecode=QUALIFIED, parentcontactid=CONTACT.id),
        replace(row, columns={**row.columns, **columns}),
    )
    await world.sync(a_change(LEAD), a_change(CONTACT))
    await world.settle()


async def test_lead_that_is_back_empties_what_its_contact_filled(world: World) -> None:
    """
    A lead that is a lead again empties what was sent of its contact, and has no value for.
    """
    await qualify(world, firstname="Leonie")
    await open_again(world)

    assert world.marketing.people[PLACE]["freeField1"] == "Lead"
    assert world.marketing.people[PLACE].get("firstName") is None


async def test_lead_that_is_back_empties_nothing_else(world: World) -> None:
    """
    What its contact emptied, and somebody filled in at Spotler since, stays.
    """
    await qualify(world, firstname=None)
    assert world.marketing.people[PLACE].get("firstName") is None
    world.marketing.people[PLACE]["firstName"] = "Leonie"

    await open_again(world)

    assert world.marketing.people[PLACE]["freeField1"] == "Lead"
    assert world.marketing.people[PLACE]["firstName"] == "Leonie"


async def open_again(world: World) -> None:
    """Let the contact of the lead be deleted, and the lead be open again without the name."""
    del world.crm.rows[CONTACT]
    await world.sync(a_change(CONTACT, Change.DELETED))
    world.crm.put(a_person(LEAD, version=3, statecode=OPEN, firstname=None))
    await world.sync(a_change(LEAD))
    await world.settle()


@pytest.mark.parametrize(
    ("columns", "rejection"),
    [
        pytest.param({"emailaddress1": None}, None, id="no address"),
        pytest.param({"emailaddress1": "kapot@"}, None, id="no usable address"),
        pytest.param({}, Rejection("PROPERTY_INVALID", "lastName"), id="refused"),
    ],
)
async def test_heir_that_is_not_sent_keeps_the_marks(
    world: World, columns: dict[str, ColumnValue], rejection: Rejection | None
) -> None:
    """
    A contact that carries on its lead, and cannot be sent yet, empties later what the lead filled.
    """
    world.marketing.rejections = {PLACE: rejection} if rejection else {}
    await qualify(world, firstname=None, **columns)
    assert world.state(CONTACT).status is not SyncStatus.IN_SYNC
    assert world.marketing.people[PLACE]["firstName"] == "Lea"

    world.marketing.rejections = {}
    world.crm.put(a_person(CONTACT, version=4, originatingleadid=LEAD.id, firstname=None))
    await world.sync(a_change(CONTACT))

    assert world.marketing.people[PLACE].get("firstName") is None


async def test_no_of_an_heir_that_was_never_sent(world: World) -> None:
    """
    What a lead refused counts in a merge of its contact, which was never sent itself.
    """
    world.crm.put(a_person(MASTER))
    await world.sync(a_change(MASTER))
    world.marketing.permissions = {ExternalId(MASTER.id): {1: True}, PLACE: {1: False}}
    await qualify(world, emailaddress1=None)

    row = world.crm.rows[CONTACT]
    world.crm.put(replace(row, version=9, columns={**row.columns, "masterid": MASTER.id}))
    await world.sync(a_change(CONTACT))
    await world.settle()

    assert world.state(CONTACT).reason == Reason.MERGED
    assert world.marketing.permissions[ExternalId(MASTER.id)] == {1: False}


async def test_outage_makes_nothing_younger(world: World) -> None:
    """
    When a value was filled is told by its send, not by what was noted of the record since.
    """
    later = NOW + timedelta(hours=3)
    work = Work.of(a_change(LEAD).retried())

    await note_late([work], records=world.records, now=later)

    state = world.state(LEAD)
    assert (state.reason, state.changed_at, state.filled_at) == (Reason.RETRIED, later, NOW)


@pytest.mark.parametrize(
    ("after", "name"),
    [
        pytest.param(timedelta(seconds=-1), "Leonie", id="sent before what the state tells of"),
        pytest.param(timedelta(seconds=1), None, id="sent since"),
    ],
)
async def test_what_a_late_change_filled(world: World, after: timedelta, name: str | None) -> None:
    """
    What a send filled that nobody noted is ours until a later one is noted.
    """
    marks = world.state(LEAD).filled
    world.records.write(replace(world.state(LEAD), filled=marks - {"firstName=firstname"}))
    world.marketing.people[PLACE]["firstName"] = "Leonie"
    world.crm.put(a_person(LEAD, version=2, statecode=OPEN, firstname=None))
    late = replace(a_change(LEAD, forced=True), filled=marks, filled_at=NOW + after)

    await world.sync(late)

    assert world.marketing.people[PLACE].get("firstName") == name


async def test_change_that_comes_back_tells_when_it_was_sent(world: World) -> None:
    """
    A change whose outcome could not be saved says what it filled, and until when.
    """
    began = datetime.now(UTC)
    world.crm.put(a_person(LEAD, version=2, statecode=OPEN, firstname="Leonie"))
    known, world.records = world.records, Watched()
    world.records.rows, world.records.after_save = known.rows, lose_answer

    await world.sync(a_change(LEAD))

    [event] = world.queue.take()
    assert isinstance(event, RecordChanged)
    assert "firstName=firstname" in event.filled
    assert event.filled_at
    assert began <= event.filled_at <= datetime.now(UTC)
