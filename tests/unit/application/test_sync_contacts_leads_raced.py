"""A lead that becomes a contact while others write stays one person in Spotler."""

import pytest

from connector.domain.contact import ExternalId
from connector.domain.event import Change
from connector.domain.outcome import Outcome
from connector.domain.sync_state import SyncState, SyncStatus
from tests.builders import a_change, a_contact_key, a_lead_key, a_person
from tests.unit.application.syncing_world import (
    OPEN,
    QUALIFIED,
    Stale,
    World,
    a_late_worker,
    lose_answer,
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.feature("F68")
async def test_late_lead_write_is_repaired(world: World) -> None:
    """
    A worker that still sends the open lead while the contact takes over does not win.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    slow = a_late_worker(world)
    slow.crm.put(a_person(lead, version=2, firstname="Oud", statecode=OPEN))
    world.crm.put(
        a_person(lead, version=3, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=4, originatingleadid=lead.id),
    )
    await world.sync(a_change(contact), a_change(lead))

    outcomes = await slow.sync(a_change(lead))
    await world.settle()

    assert outcomes == [Outcome.RACED]
    assert world.types() == {lead.id: "Contact"}
    assert world.marketing.people[ExternalId(lead.id)]["firstName"] == "Jan"


@pytest.mark.feature("F68")
async def test_late_lead_write_leaves_no_value(world: World) -> None:
    """
    What a late worker fills for the lead goes again when the contact has it no more.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    slow = a_late_worker(world)
    slow.crm.put(a_person(lead, version=2, firstname="Oud", statecode=OPEN))
    world.crm.put(
        a_person(lead, version=3, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=4, originatingleadid=lead.id, firstname=None),
    )
    await world.sync(a_change(contact), a_change(lead))

    await slow.sync(a_change(lead))
    await world.settle()

    assert world.marketing.people[ExternalId(lead.id)].get("firstName") is None


@pytest.mark.feature("F68")
async def test_newcomer_that_was_faster_keeps_its_id(world: World) -> None:
    """
    A claim that meets the contact's own first sync leaves it its id, and the lead's person ends.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    slow = a_late_worker(world)
    world.crm.put(a_person(contact))
    await world.sync(a_change(contact))
    world.crm.put(a_person(lead, version=3, statecode=QUALIFIED, parentcontactid=contact.id))
    slow.crm = world.crm

    await slow.sync(a_change(contact))
    await world.sync(a_change(lead))
    await world.settle()

    assert str(world.state(contact).external_id) == contact.id
    assert {*world.marketing.withdrawn} == {ExternalId(lead.id)}


@pytest.mark.feature("F68")
async def test_heir_deleted_at_once_is_withdrawn(world: World) -> None:
    """
    A contact that is deleted before its first answer came leaves nobody under its lead's id.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED),
        a_person(contact, originatingleadid=lead.id),
    )
    world.marketing.meanwhile = lose_answer
    await world.sync(a_change(contact))
    del world.crm.rows[contact]

    await world.sync(a_change(contact, Change.DELETED))
    await world.settle()

    assert ExternalId(lead.id) in world.marketing.withdrawn


@pytest.mark.feature("F68")
async def test_claim_lost_halfway_brings_its_lead(world: World) -> None:
    """
    When a contact is deleted between the two writes of a claim, the lead's person ends with it.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=QUALIFIED))
    await world.sync(a_change(lead))
    slow = a_late_worker(world)
    slow.crm.put(a_person(contact, originatingleadid=lead.id))
    await world.sync(a_change(contact, Change.DELETED))

    outcomes = await slow.sync(a_change(contact))
    await world.settle()

    assert outcomes == [Outcome.RACED]
    assert ExternalId(lead.id) in world.marketing.withdrawn


@pytest.mark.feature("F68")
async def test_deleted_lead_is_looked_at_again(world: World) -> None:
    """
    A lead whose claim broke off halfway leaves nobody in Spotler once it is deleted.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(contact))
    await world.sync(a_change(contact))
    world.records.write(SyncState(lead, status=SyncStatus.EXCLUDED, successor=contact.id))

    await world.sync(a_change(lead, Change.DELETED))

    assert world.marketing.withdrawn == [ExternalId(lead.id)]


@pytest.mark.feature("F68")
async def test_states_of_two_moments_are_no_clash(world: World) -> None:
    """
    A lead's state read just before its claim, and the contact's just after, send nobody twice.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    seen = world.state(lead)
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED),
        a_person(contact, originatingleadid=lead.id),
    )
    await world.sync(a_change(contact))
    slow = a_late_worker(world)
    slow.crm, slow.records = world.crm, (stale := Stale(world.records))
    stale.seen[lead] = seen

    outcomes = await slow.sync(a_change(lead, forced=True), a_change(contact, forced=True))
    await world.settle()

    assert outcomes == [Outcome.RACED, Outcome.RACED]
    assert world.types() == {lead.id: "Contact"}
