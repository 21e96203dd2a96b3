"""Leads become contacts: whatever the order, each stays one person in Spotler."""

import itertools
import random

import pytest

from connector.domain.contact import ExternalId, Rejection
from connector.domain.decision import OnDelete
from connector.domain.event import Change
from connector.domain.outcome import Outcome
from connector.domain.sync_state import SyncState, SyncStatus
from tests.builders import a_change, a_contact_key, a_lead_key, a_person
from tests.unit.application.syncing_world import (
    OPEN,
    QUALIFIED,
    Refusing,
    Stale,
    World,
    a_late_worker,
    lose_answer,
)


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
@pytest.mark.parametrize("policy", OnDelete)
async def test_merging_withdraws_under_every_policy(policy: OnDelete) -> None:
    """
    What a lead leaves behind is withdrawn under every policy, once its contact is in Spotler.
    """
    world = World(policy)
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(contact))
    await world.sync(a_change(lead), a_change(contact))
    world.crm.put(a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id))
    recovered, world.marketing = world.marketing, Refusing()

    outcomes = await world.sync(a_change(lead))
    ended_early = [*world.marketing.withdrawn]
    world.marketing = recovered
    await world.settle()

    assert (outcomes, ended_early) == ([Outcome.RETRIED], [])
    assert {*world.marketing.withdrawn} == {ExternalId(lead.id)}
    assert world.marketing.anonymised == []


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
async def test_deleted_lead_spares_its_contact(world: World) -> None:
    """
    Deleting a lead after it was qualified takes nothing from the contact that took over.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(contact, originatingleadid=lead.id))

    await world.sync(a_change(contact), a_change(lead, Change.DELETED))
    await world.sync(a_change(lead, Change.DELETED, forced=True))
    await world.settle()

    assert world.marketing.withdrawn == []
    assert world.types() == {lead.id: "Contact"}


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
    world.crm.put(a_person(contact, originatingleadid=lead.id))
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
    world.crm.put(a_person(lead, statecode=OPEN))
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
async def test_unchanged_heir_is_sent_again(world: World) -> None:
    """
    A contact is sent before its lead ends though nothing changed: the lead may have its place.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(contact))
    await world.sync(a_change(lead), a_change(contact))
    world.crm.put(a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id))

    outcomes = await world.sync(a_change(contact), a_change(lead))

    assert outcomes == [Outcome.SENT, Outcome.HANDED_OVER]
    assert world.marketing.calls[1:] == [[ExternalId(contact.id)]]


@pytest.mark.feature("F68")
async def test_heir_of_nobody_is_not_sent_again(world: World) -> None:
    """
    A contact whose lead never was in Spotler, or ended long ago, costs no call.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(contact))
    await world.sync(a_change(contact))
    world.crm.put(a_person(lead, statecode=QUALIFIED, parentcontactid=contact.id))

    for _ in range(2):
        await world.sync(a_change(lead))

    assert len(world.marketing.calls) == 1


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


@pytest.mark.feature("F68")
async def test_failing_lead_is_withdrawn_when_merged(world: World) -> None:
    """
    A lead that was given up last may be in Spotler all the same, and ends when it is merged.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(contact))
    await world.sync(a_change(lead), a_change(contact))
    world.marketing.rejections[ExternalId(lead.id)] = Rejection("PROPERTY_INVALID")
    await world.sync(a_change(lead, forced=True))
    world.crm.put(a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id))

    await world.sync(a_change(lead))

    assert world.marketing.withdrawn == [ExternalId(lead.id)]
    assert world.parking.parked == {}


@pytest.mark.feature("F68")
@pytest.mark.parametrize(
    ("is_transient", "outcome"),
    [
        pytest.param(True, Outcome.RETRIED, id="failed for now"),
        pytest.param(False, Outcome.FAILED, id="refused"),
    ],
)
async def test_lead_waits_for_its_heir(world: World, is_transient: bool, outcome: Outcome) -> None:
    """
    While Spotler does not take the contact, its lead is not ended: until then it is all there is.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN), a_person(contact))
    await world.sync(a_change(lead), a_change(contact))
    world.crm.put(
        a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=contact.id),
        a_person(contact, version=2, lastname="Pietersen"),
    )
    refused = Rejection("ERROR", is_transient=is_transient)
    world.marketing.rejections[ExternalId(contact.id)] = refused

    outcomes = await world.sync(a_change(lead), a_change(contact))

    assert outcomes == [Outcome.RETRIED, outcome]
    assert world.marketing.withdrawn == []
    world.marketing.rejections.clear()
    await world.settle()
    assert set(world.marketing.withdrawn) == {ExternalId(lead.id)}


@pytest.mark.feature("F68")
async def test_states_of_two_moments_are_no_clash(world: World) -> None:
    """
    A lead's state read just before its claim, and the contact's just after, send nobody twice.
    """
    lead, contact = a_lead_key(), a_contact_key()
    world.crm.put(a_person(lead, statecode=OPEN))
    await world.sync(a_change(lead))
    seen = world.state(lead)
    world.crm.put(a_person(contact, originatingleadid=lead.id))
    await world.sync(a_change(contact))
    slow = a_late_worker(world)
    slow.crm, slow.records = world.crm, (stale := Stale(world.records))
    stale.seen[lead] = seen

    outcomes = await slow.sync(a_change(lead, forced=True), a_change(contact, forced=True))
    await world.settle()

    assert outcomes == [Outcome.RACED, Outcome.RACED]
    assert world.types() == {lead.id: "Contact"}
