"""In an account that merges people by address, whoever ends takes nothing from somebody alive."""

import pytest

from connector.domain.contact import ExternalId, RecordKey, Rejection
from connector.domain.decision import OnDelete
from connector.domain.event import Change
from connector.domain.outcome import Outcome
from connector.domain.sync_state import Reason
from tests.builders import a_change, a_contact_key, a_lead_key, a_person
from tests.fakes import FakeMarketing
from tests.unit.application.syncing_world import OPEN, QUALIFIED, World


def a_world(policy: OnDelete = OnDelete.WITHDRAW) -> World:
    world = World(policy)
    world.marketing = FakeMarketing(merges=True)

    return world


@pytest.fixture
def world() -> World:
    return a_world()


async def are_sent(world: World, *keys: RecordKey) -> None:
    """Put people with one address into the CRM, and let them come in this order."""
    for key in keys:
        world.crm.put(a_person(key, statecode=OPEN) if key == a_lead_key(1) else a_person(key))
        await world.sync(a_change(key))


async def is_deleted(world: World, key: RecordKey) -> list[Outcome]:
    del world.crm.rows[key]
    outcomes = await world.sync(a_change(key, Change.DELETED))
    await world.settle()

    return outcomes


@pytest.mark.feature("F69")
@pytest.mark.parametrize("policy", [OnDelete.WITHDRAW, OnDelete.ANONYMISE])
async def test_twin_gets_its_place_back(policy: OnDelete) -> None:
    """
    Whoever is alive and has lost their place to somebody deleted is sent before that one ends.
    """
    world, left, gone = a_world(policy), a_contact_key(2), a_lead_key(1)
    await are_sent(world, left, gone)
    assert world.types() == {gone.id: "Lead"}

    outcomes = await is_deleted(world, gone)

    assert outcomes == [Outcome.RETRIED]
    assert world.types() == {left.id: "Contact"}
    assert world.state(gone).reason == Reason.DELETED
    assert {*world.marketing.withdrawn, *world.marketing.anonymised} == {ExternalId(gone.id)}


async def test_kept_people_cost_no_question() -> None:
    """
    Who is kept in Spotler when they are deleted is not looked at.
    """
    world, left, gone = a_world(OnDelete.KEEP), a_contact_key(2), a_lead_key(1)
    await are_sent(world, left, gone)

    assert await is_deleted(world, gone) == [Outcome.EXCLUDED]
    assert world.types() == {gone.id: "Lead"}


@pytest.mark.feature("F69")
async def test_whole_family_keeps_its_place(world: World) -> None:
    """
    A lead that shares its address with a family ends in its own contact and nowhere else.
    """
    lead, heir, mother = a_lead_key(1), a_contact_key(2), a_contact_key(3)
    await are_sent(world, mother, lead)
    world.crm.put(a_person(heir, email="own@example.nl"))
    await world.sync(a_change(heir))
    world.crm.put(a_person(lead, version=2, statecode=QUALIFIED, parentcontactid=heir.id))

    await world.sync(a_change(lead))
    await world.settle()

    assert world.types() == {heir.id: "Contact", mother.id: "Contact"}
    assert world.state(lead).successor == heir.id


@pytest.mark.feature("F69")
@pytest.mark.parametrize("policy", [OnDelete.WITHDRAW, OnDelete.ANONYMISE])
async def test_who_was_never_sent_keeps_their_place(policy: OnDelete) -> None:
    """
    Somebody whom Spotler knew long before us is sent before who took their place by address ends.
    """
    world, left, gone = a_world(policy), a_contact_key(2), a_contact_key(3)
    await are_sent(world, gone)
    world.crm.put(a_person(left))

    assert await is_deleted(world, gone) == [Outcome.RETRIED]

    assert world.types() == {left.id: "Contact"}
    assert world.state(gone).reason == Reason.DELETED


async def test_who_has_an_address_again_is_sent(world: World) -> None:
    """
    Who was excluded for a while is sent again: somebody else may have had their place meanwhile.
    """
    person, other = a_contact_key(2), a_contact_key(3)
    await are_sent(world, person, other)
    world.crm.put(a_person(person, version=2, email=None))
    await world.sync(a_change(person))
    await is_deleted(world, other)

    world.crm.put(a_person(person, version=3))
    await world.sync(a_change(person))

    assert person.id in world.types()


@pytest.mark.parametrize("case", ["elsewhere", "handed over"])
async def test_nobody_else_holds_a_deletion_up(world: World, case: str) -> None:
    """
    Only who stands for themselves, and has lost their place, is sent before.
    """
    gone, other = a_contact_key(2), a_contact_key(3)
    if case == "handed over":
        other = a_lead_key(1)
    await are_sent(world, other, gone)
    match case:
        case "elsewhere":
            world.crm.put(a_person(other, email="other@example.nl"))
        case _:
            world.crm.put(a_person(other, statecode=QUALIFIED, parentcontactid=gone.id))
            await world.sync(a_change(other))

    assert await is_deleted(world, gone) == [Outcome.WITHDRAWN]
    assert world.marketing.withdrawn[-1] == ExternalId(gone.id)


@pytest.mark.feature("F69")
@pytest.mark.parametrize("case", ["refused", "untold", "unknown"])
@pytest.mark.parametrize("policy", [OnDelete.WITHDRAW, OnDelete.ANONYMISE])
async def test_doubt_ends_nobody(policy: OnDelete, case: str) -> None:
    """
    While somebody alive may have no other place in Spotler, a deletion waits.
    """
    world, gone, other = a_world(policy), a_contact_key(2), a_contact_key(3)
    await are_sent(world, other, gone)
    match case:
        case "refused":
            world.marketing.rejections[ExternalId(other.id)] = Rejection("PROPERTY_INVALID")
            await world.sync(a_change(other, forced=True))
        case "untold":
            world.marketing.untold = {ExternalId(other.id)}
        case _:
            world.marketing.untold = {ExternalId(gone.id)}

    del world.crm.rows[gone]

    assert await world.sync(a_change(gone, Change.DELETED)) == [Outcome.RETRIED]
    assert not {*world.marketing.withdrawn, *world.marketing.anonymised}


async def test_account_that_keeps_them_apart() -> None:
    """
    Where both stand in Spotler, the deleted one ends at once, and nobody is sent.
    """
    world, left, gone = World(), a_contact_key(2), a_lead_key(1)
    await are_sent(world, left, gone)

    assert await is_deleted(world, gone) == [Outcome.WITHDRAWN]
    assert world.marketing.withdrawn == [ExternalId(gone.id)]
    assert len(world.marketing.calls) == 2
