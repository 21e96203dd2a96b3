"""Leads become contacts: whatever the order, each stays one person in Spotler."""

import itertools
import random

import pytest

from connector.domain.contact import ExternalId
from connector.domain.event import Change
from connector.domain.missing import DELETED_LEAD
from connector.domain.outcome import Outcome
from connector.domain.sync_state import Reason, SyncStatus
from tests.builders import a_change, a_contact_key, a_lead_key, a_person
from tests.unit.application.syncing_world import OPEN, QUALIFIED, World


@pytest.fixture
def world() -> World:
    return World()


EVENTS = list(itertools.permutations(["lead", "contact", "lead again"]))


@pytest.mark.feature("F68")
@pytest.mark.parametrize("order", EVENTS, ids="-".join)
@pytest.mark.parametrize("lead_was_synced", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("names_lead", [True, False], ids=["made", "re-used"])
async def test_qualified_lead_stays_one(
    world: World, order: tuple[str, ...], lead_was_synced: bool, names_lead: bool
) -> None:
    """
    A qualified lead and its contact are one Spotler contact in every order of arrival.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    if lead_was_synced:
        await world.sync(a_change(lead))
    origin = {"originatingleadid": lead.id} if names_lead else {}
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=3, **origin),
    )
    events = {"lead": lead, "contact": contact, "lead again": lead}

    for name in order:
        await world.sync(a_change(events[name]))
    await world.settle()

    assert world.types() == {lead.id: "Contact"}
    assert world.state(lead).successor == contact.id
    assert str(world.state(contact).external_id) == lead.id


@pytest.mark.feature("F67", "F68")
@pytest.mark.parametrize("lead_first", [True, False])
@pytest.mark.parametrize("is_known", [True, False])
async def test_open_lead_that_is_named_keeps_its_place(
    world: World, *, lead_first: bool, is_known: bool
) -> None:
    """
    A contact that names a lead which was not qualified is somebody else, and takes nothing over.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(
        a_person(lead, statecode=OPEN), a_person(contact, version=2, originatingleadid=lead.id)
    )
    if is_known:
        await world.sync(a_change(lead))
    order = [lead, contact] if lead_first else [contact, lead]

    for key in order:
        await world.sync(a_change(key))

    assert world.types() == {lead.id: "Lead", contact.id: "Contact"}
    assert world.state(lead).successor is None


@pytest.mark.feature("F67", "F68")
@pytest.mark.parametrize("is_known", [True, False])
async def test_lead_that_names_a_contact_counts_before_a_name(
    world: World, *, is_known: bool
) -> None:
    """
    A contact that names an open lead, and into which another lead was qualified, is that one.
    """
    lead, named, contact = a_lead_key(1), a_lead_key(2), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(named, statecode=OPEN))
    if is_known:
        await world.sync(a_change(lead), a_change(named))
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=3, originatingleadid=named.id),
    )

    await world.sync(a_change(contact))
    await world.sync(a_change(lead), a_change(named))
    await world.settle()

    assert world.types() == {lead.id: "Contact", named.id: "Lead"}


@pytest.mark.feature("F67", "F68")
async def test_lead_of_another_contact_is_not_taken(world: World) -> None:
    """
    A lead that says into whom it was qualified belongs to no other contact that names it.
    """
    lead, heir, colleague = a_lead_key(), a_contact_key(2), a_contact_key(1)
    world.crm.put(
        a_person(lead, statecode=QUALIFIED, parentcontactid=heir.id),
        a_person(heir, originatingleadid=lead.id),
        a_person(colleague, originatingleadid=lead.id),
    )

    await world.sync(a_change(colleague))
    await world.sync(a_change(heir))

    assert str(world.state(heir).external_id) == lead.id
    assert str(world.state(colleague).external_id) == colleague.id


async def test_lead_that_is_gone_is_no_row(world: World) -> None:
    """
    Of a lead that was handed over it is noted that its row is gone; its contact stays as it is.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(
        a_person(lead, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, originatingleadid=lead.id),
    )
    await world.sync(a_change(lead), a_change(contact))
    await world.settle()
    del world.crm.rows[lead]

    outcomes = await world.sync(a_change(lead, Change.DELETED), a_change(contact))
    await world.settle()

    state = world.state(lead)
    assert outcomes[0] is Outcome.HANDED_OVER
    assert (state.status, state.reason) == (SyncStatus.EXCLUDED, DELETED_LEAD)
    assert state.successor == contact.id
    assert str(state.external_id) == lead.id
    assert world.types() == {lead.id: "Contact"}
    assert world.marketing.withdrawn == []


async def test_told_again_that_a_lead_is_gone(world: World) -> None:
    """
    What is noted of a lead is not written again, and taken back once its row is there again.
    """
    lead, contact = a_lead_key(), a_contact_key()
    row = a_person(lead, statecode=QUALIFIED, parentcontactid=contact.id)
    world.crm.put(row, a_person(contact, originatingleadid=lead.id))
    await world.sync(a_change(lead), a_change(contact))
    await world.settle()
    del world.crm.rows[lead]
    await world.sync(a_change(lead, Change.DELETED))
    writes = world.records.writes

    await world.sync(a_change(lead, Change.DELETED))
    assert (world.records.writes, world.state(lead).reason) == (writes, DELETED_LEAD)

    world.crm.put(row)
    [outcome] = await world.sync(a_change(lead, Change.CREATED))
    state = world.state(lead)
    assert (outcome, state.reason) == (Outcome.SKIPPED, Reason.HANDED_OVER)
    assert state.successor == contact.id


@pytest.mark.feature("F68")
@pytest.mark.parametrize("lead_first", [True, False])
async def test_known_contact_keeps_its_id(world: World, lead_first: bool) -> None:
    """
    A contact that Spotler knew before keeps its id, and the lead's own Spotler contact ends.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(contact))
    await world.sync(a_change(lead), a_change(contact))
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=3),
    )

    for key in (lead, contact) if lead_first else (contact, lead):
        await world.sync(a_change(key))
    await world.settle()

    assert world.marketing.withdrawn == [ExternalId(lead.id)]
    assert str(world.state(contact).external_id) == contact.id
    assert world.state(lead).successor == contact.id


@pytest.mark.feature("F68")
async def test_contact_without_address_inherits_later(world: World) -> None:
    """
    A contact that never was in Spotler carries on its lead's id, also when its address comes late.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(contact, email=None))
    await world.sync(a_change(lead), a_change(contact))
    world.crm.put(a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id))
    await world.sync(a_change(lead))
    world.crm.put(a_person(contact, version=3))

    await world.sync(a_change(contact))

    assert world.types() == {lead.id: "Contact"}
    assert world.marketing.withdrawn == []


@pytest.mark.feature("F68")
async def test_lead_without_contact_stays(world: World) -> None:
    """
    A lead that was qualified without making a contact stays a lead.
    """
    lead = a_lead_key()
    world.crm.put(a_person(lead, statecode=QUALIFIED))

    await world.sync(a_change(lead))

    assert world.types() == {lead.id: "Lead"}


async def test_same_email_is_no_qualification(world: World) -> None:
    """
    A contact made by hand with a lead's e-mail address is another person to us.
    """
    lead, contact = a_person(a_lead_key(), statecode=OPEN), a_person()
    world.crm.put(lead, contact)

    await world.sync(a_change(lead.key), a_change(contact.key))

    assert world.types() == {lead.key.id: "Lead", contact.key.id: "Contact"}


@pytest.mark.feature("F68")
async def test_lead_qualified_twice_has_one_heir(world: World) -> None:
    """
    Of two contacts that name one lead, one carries on its id and the other has its own.
    """
    lead, first, second = a_lead_key(), a_contact_key(), a_contact_key()
    world.crm.put(
        a_person(first, originatingleadid=lead.id), a_person(second, originatingleadid=lead.id)
    )

    await world.sync(a_change(second), a_change(first))

    assert set(world.types()) == {lead.id, second.id}


@pytest.mark.feature("F68")
@pytest.mark.parametrize("seed", range(5))
async def test_many_leads_of_one_contact(world: World, seed: int) -> None:
    """
    However often and in whatever order six leads and their one contact come, one person is left.
    """
    leads, contact = [a_lead_key() for _ in range(6)], a_contact_key()
    world.crm.put(
        a_person(contact),
        *(a_person(lead, statecode=QUALIFIED, parentcontactid=contact.id) for lead in leads),
    )
    events = [a_change(key) for key in (*leads, contact)] * 2
    random.Random(seed).shuffle(events)

    for event in events:
        await world.sync(event)
    await world.settle()

    assert [*world.types().values()] == ["Contact"]


async def test_batch_of_orphans(world: World) -> None:
    """
    A hundred qualified leads whose contacts nobody can see stay who they are, in one call.
    """
    leads = [a_lead_key() for _ in range(100)]
    world.crm.put(
        *(a_person(one, statecode=QUALIFIED, parentcontactid=a_contact_key().id) for one in leads)
    )

    outcomes = await world.sync(*map(a_change, leads))

    assert outcomes == [Outcome.SENT] * 100
    assert [len(call) for call in world.marketing.calls] == [100]
    assert len(world.crm.queries) == 2


@pytest.mark.feature("F68")
async def test_open_lead_with_a_contact_stays(world: World) -> None:
    """
    A lead that merely names an existing contact, and is not qualified yet, is its own person.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(contact), a_person(lead, statecode=OPEN, parentcontactid=contact.id))

    await world.sync(a_change(lead), a_change(contact))

    assert world.types() == {lead.id: "Lead", contact.id: "Contact"}
    assert world.state(lead).successor is None
