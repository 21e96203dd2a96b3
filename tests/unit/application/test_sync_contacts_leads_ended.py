"""The person that a lead leaves in Spotler ends, once its contact is there and no sooner."""

import pytest

from connector.domain.contact import ExternalId, Rejection
from connector.domain.decision import OnDelete
from connector.domain.event import Change
from connector.domain.outcome import Outcome
from tests.builders import a_change, a_contact_key, a_lead_key, a_person
from tests.unit.application.syncing_world import OPEN, QUALIFIED, Refusing, World


@pytest.fixture
def world() -> World:
    return World()


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
