"""A delete that is none: what says that a row is gone names somebody alive."""

import pytest

from connector.domain.contact import ExternalId, Record, RecordId, RecordKey, Table
from connector.domain.decision import OnDelete
from connector.domain.event import Change
from connector.domain.outcome import Outcome
from connector.domain.sync_state import UNKNOWN_IN_SPOTLER, Reason, SyncState
from tests.builders import a_change, a_contact_key, a_lead_key, a_person
from tests.unit.application.syncing_world import OPEN, QUALIFIED, World

LEAD = a_lead_key(11)
CONTACT = a_contact_key(1)


@pytest.fixture
def world() -> World:
    return World(OnDelete.ANONYMISE)


def an_heir(lead: RecordKey = LEAD, contact: RecordKey = CONTACT) -> Record:
    return a_person(contact, originatingleadid=lead.id)


def twin(key: RecordKey) -> RecordKey:
    """Return the row of the other table that has the same id."""
    return RecordKey(Table.LEAD if key.table is Table.CONTACT else Table.CONTACT, key.id)


@pytest.mark.parametrize(
    "person",
    [a_person(CONTACT), a_person(LEAD, statecode=OPEN)],
    ids=["a contact", "a lead"],
)
async def test_delete_in_the_wrong_table_ends_nobody(world: World, person: Record) -> None:
    """
    A deletion that names the other table, with the id of somebody alive, takes nothing from them.
    """
    world.crm.put(person)
    await world.sync(a_change(person.key))

    outcomes = await world.sync(a_change(twin(person.key), Change.DELETED))

    assert outcomes == [Outcome.SKIPPED]
    assert world.marketing.anonymised == []
    assert twin(person.key) not in world.records.rows


async def test_forced_delete_in_the_wrong_table_ends_nobody(world: World) -> None:
    """
    Neither does such a deletion that comes for a second time.
    """
    world.crm.put(a_person(CONTACT))
    await world.sync(a_change(CONTACT))

    await world.sync(a_change(twin(CONTACT), Change.DELETED, forced=True))

    assert world.marketing.anonymised == []


async def test_lead_deleted_after_our_memory_ends_nobody(world: World) -> None:
    """
    Where our own tables are empty, the contact that names its lead stands for it.
    """
    world.crm.put(an_heir())

    outcomes = await world.sync(a_change(LEAD, Change.DELETED))

    assert outcomes == [Outcome.SKIPPED]
    assert world.marketing.anonymised == []
    await world.sync(a_change(CONTACT))
    assert world.types() == {ExternalId(LEAD.id): "Contact"}


async def test_lead_of_who_has_an_id_of_their_own_ends(world: World) -> None:
    """
    A lead that is gone ends when its contact has another id: then nobody bears that of the lead.
    """
    world.crm.put(an_heir())
    own = SyncState(CONTACT, external_id=ExternalId(CONTACT.id), version=1)
    world.records.write(own)

    await world.sync(a_change(LEAD, Change.DELETED))

    assert world.marketing.anonymised == [ExternalId(LEAD.id)]


async def test_old_lead_named_as_contact_ends_nobody(world: World) -> None:
    """
    The id of a lead that is gone is that of its contact, also where only we know that.
    """
    lead = a_person(LEAD, statecode=QUALIFIED, parentcontactid=CONTACT.id)
    world.crm.put(lead, a_person(CONTACT))
    await world.sync(a_change(LEAD), a_change(CONTACT))
    del world.crm.rows[LEAD]

    await world.sync(a_change(twin(LEAD), Change.DELETED))

    assert world.marketing.anonymised == []


async def test_proven_row_costs_no_look(world: World) -> None:
    """
    The deletion of a row that we saw ourselves is carried out without another question.
    """
    world.crm.put(a_person(CONTACT))
    await world.sync(a_change(CONTACT))
    del world.crm.rows[CONTACT]
    world.crm.queries.clear()

    outcomes = await world.sync(a_change(CONTACT, Change.DELETED))

    assert outcomes == [Outcome.WITHDRAWN]
    assert world.crm.queries == [(Table.CONTACT, 1)]


async def test_unknown_row_ends(world: World) -> None:
    """
    A deletion of whom we know nothing is carried out where nobody has that id.

    Where Spotler knows nothing either, that is told.
    """
    world.records.write(SyncState(RecordKey(Table.LEAD, RecordId(CONTACT.id))))

    outcomes = await world.sync(a_change(CONTACT, Change.DELETED))

    assert outcomes == [Outcome.UNKNOWN]
    assert world.records.rows[CONTACT].notes == (UNKNOWN_IN_SPOTLER,)


async def test_unknown_lead_ends_with_its_contact(world: World) -> None:
    """
    So it is told of a lead that is deleted with the contact that had its id, and was never seen.
    """
    ended = SyncState(CONTACT, external_id=ExternalId(LEAD.id), reason=Reason.DELETED)
    world.records.write(ended)

    outcomes = await world.sync(a_change(LEAD, Change.DELETED), a_change(CONTACT, Change.DELETED))

    assert Outcome.UNKNOWN in outcomes
