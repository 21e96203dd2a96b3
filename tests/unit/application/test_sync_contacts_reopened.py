"""A lead that is a lead again, and the contact that once carried on its id."""

import pytest

from connector.domain.contact import ExternalId, Table
from connector.domain.decision import OnDelete
from connector.domain.event import Change
from connector.domain.missing import DELETED_LEAD
from connector.domain.outcome import Outcome
from connector.domain.sync_state import Reason, SyncStatus
from tests.builders import a_change, a_contact_key, a_lead_key, a_person
from tests.unit.application.syncing_world import OPEN, QUALIFIED, World

LEAD, CONTACT, OTHER = a_lead_key(11), a_contact_key(1), a_contact_key(2)
SHARED = ExternalId(LEAD.id)


@pytest.fixture
async def world() -> World:
    """Return a world in which a contact carries on the id of its lead."""
    world = World(OnDelete.ANONYMISE)
    world.crm.put(a_person(LEAD, statecode=OPEN))
    await world.sync(a_change(LEAD))
    world.crm.put(
        a_person(LEAD, version=2, statecode=QUALIFIED, parentcontactid=CONTACT.id),
        a_person(CONTACT, version=3, originatingleadid=LEAD.id),
    )
    await world.sync(a_change(CONTACT))
    assert world.types() == {SHARED: "Contact"}

    return world


async def reopen(world: World) -> None:
    """Delete the contact, and open the lead again."""
    del world.crm.rows[CONTACT]
    world.crm.put(a_person(LEAD, version=4, statecode=OPEN))
    await world.sync(a_change(CONTACT, Change.DELETED))
    await world.sync(a_change(LEAD))
    await world.settle()
    assert world.types() == {SHARED: "Lead"}
    world.marketing.anonymised.clear()


@pytest.mark.feature("F66", "F67")
async def test_restored_contact_leaves_its_lead_alone(world: World) -> None:
    """
    A contact that is restored beside its open lead is somebody else; the end of one ends no other.
    """
    await reopen(world)
    world.crm.put(a_person(CONTACT, version=5, originatingleadid=LEAD.id))
    await world.sync(a_change(CONTACT))
    await world.settle()
    assert world.types() == {SHARED: "Lead", CONTACT.id: "Contact"}

    del world.crm.rows[LEAD]
    await world.sync(a_change(LEAD, Change.DELETED))
    await world.settle()

    assert world.marketing.anonymised == [SHARED]


@pytest.mark.feature("F66", "F67")
@pytest.mark.parametrize("forced", [False, True])
async def test_lead_of_a_merged_contact_is_a_lead_again(world: World, *, forced: bool) -> None:
    """
    A lead that is open again, and whose contact was merged into another one, is sent as a lead.
    """
    world.crm.put(
        a_person(OTHER, email="other@example.nl"),
        a_person(CONTACT, version=4, originatingleadid=LEAD.id, masterid=OTHER.id),
    )
    await world.sync(a_change(OTHER), a_change(CONTACT))
    world.crm.put(a_person(LEAD, version=5, statecode=OPEN))
    world.marketing.withdrawn.clear()

    await world.sync(a_change(LEAD, forced=forced))
    await world.settle()

    assert world.types()[SHARED] == "Lead"
    assert world.state(LEAD).status == SyncStatus.IN_SYNC
    assert SHARED not in world.marketing.withdrawn


@pytest.mark.feature("F66", "F67")
async def test_merged_contact_ends_no_open_lead(world: World) -> None:
    """
    The contact that was merged away ends nobody under the id that is its lead's again.
    """
    world.crm.put(
        a_person(OTHER, email="other@example.nl"),
        a_person(CONTACT, version=4, originatingleadid=LEAD.id, masterid=OTHER.id),
    )
    await world.sync(a_change(OTHER), a_change(CONTACT))
    world.crm.put(a_person(LEAD, version=5, statecode=OPEN))
    await world.sync(a_change(LEAD))
    world.marketing.withdrawn.clear()

    await world.sync(a_change(CONTACT, forced=True))
    await world.settle()

    assert SHARED not in world.marketing.withdrawn
    assert world.types()[SHARED] == "Lead"


@pytest.mark.feature("F66", "F67")
@pytest.mark.parametrize("is_apart", [False, True], ids=["together", "apart"])
@pytest.mark.parametrize("allows", [True, False], ids=["something", "nothing"])
async def test_refusal_of_the_person_both_were_stays(
    world: World, *, is_apart: bool, allows: bool
) -> None:
    """
    What was refused while the contact was its lead counts in a merge, and the lead keeps the rest.
    """
    other = ExternalId(OTHER.id)
    world.crm.put(a_person(OTHER, email="other@example.nl"))
    await world.sync(a_change(OTHER))
    world.marketing.permissions = {
        SHARED: {1: False, 2: allows},
        other: {1: True, 2: False, 3: True},
    }
    world.crm.put(
        a_person(LEAD, version=5, statecode=OPEN),
        a_person(CONTACT, version=4, originatingleadid=LEAD.id, masterid=OTHER.id),
    )

    batches = [[LEAD], [CONTACT]] if is_apart else [[LEAD, CONTACT]]
    for keys in batches:
        await world.sync(*map(a_change, keys))
    await world.settle()

    assert not world.marketing.permissions[other][1]
    assert world.marketing.permissions[SHARED][2] is allows


@pytest.mark.feature("F66", "F67")
async def test_lead_merged_while_it_is_held_is_retired(world: World) -> None:
    """
    A lead that was opened again, was held for its hidden address, and is merged, is retired.
    """
    other = a_lead_key(12)
    del world.crm.rows[CONTACT]
    world.crm.put(a_person(other, email="other@example.nl", statecode=OPEN))
    await world.sync(a_change(CONTACT, Change.DELETED), a_change(other))
    world.crm.secured = {(Table.LEAD, "emailaddress1")}
    world.crm.put(a_person(LEAD, version=5, statecode=OPEN, email=None))
    await world.sync(a_change(LEAD))
    world.crm.put(a_person(LEAD, version=6, statecode=2, masterid=other.id, email=None))

    await world.sync(a_change(LEAD))

    assert world.state(LEAD).reason == Reason.MERGED
    assert SHARED in world.marketing.withdrawn


@pytest.mark.feature("F66", "F67")
async def test_former_contact_ends_nobody_else(world: World) -> None:
    """
    The contact that a lead became before does not end the one that it became after that.
    """
    await reopen(world)
    world.crm.put(
        a_person(LEAD, version=6, statecode=QUALIFIED, parentcontactid=OTHER.id),
        a_person(OTHER, version=7, originatingleadid=LEAD.id),
    )
    await world.sync(a_change(OTHER))
    world.crm.put(a_person(CONTACT, version=8, originatingleadid=LEAD.id))
    await world.sync(a_change(CONTACT))
    del world.crm.rows[CONTACT]

    await world.sync(a_change(CONTACT, Change.DELETED))
    await world.settle()

    assert world.state(OTHER).external_id == SHARED
    assert SHARED not in world.marketing.anonymised


@pytest.mark.feature("F66", "F67")
@pytest.mark.parametrize("key", [CONTACT, LEAD], ids=["contact", "lead"])
async def test_lead_again_survives_its_former_contact(world: World, key: object) -> None:
    """
    Nobody told that the contact was deleted; sending either again ends nobody who is alive.
    """
    del world.crm.rows[CONTACT]
    world.crm.put(a_person(LEAD, version=4, statecode=OPEN))
    await world.sync(a_change(LEAD))
    await world.settle()
    assert world.types() == {SHARED: "Lead"}

    await world.sync(a_change(CONTACT if key == CONTACT else LEAD, forced=True))
    await world.sync(a_change(CONTACT, Change.DELETED, forced=True))
    await world.settle()

    assert SHARED not in world.marketing.anonymised
    assert world.state(CONTACT).reason == Reason.DELETED


@pytest.mark.feature("F66", "F67")
@pytest.mark.parametrize("end", ["deleted", "merged"])
async def test_lead_deleted_after_its_contact_ends(world: World, end: str) -> None:
    """
    A lead that is deleted when its contact is over ends too: it may have been open meanwhile.
    """
    if end == "deleted":
        del world.crm.rows[CONTACT]
        await world.sync(a_change(CONTACT, Change.DELETED))
    else:
        world.crm.put(
            a_person(OTHER, email="other@example.nl"),
            a_person(CONTACT, version=4, originatingleadid=LEAD.id, masterid=OTHER.id),
        )
        await world.sync(a_change(OTHER), a_change(CONTACT))
    await world.settle()
    world.marketing.anonymised.clear()
    del world.crm.rows[LEAD]

    outcomes = [await world.sync(a_change(LEAD, Change.DELETED)) for _ in range(2)]
    await world.settle()

    assert outcomes == [[Outcome.WITHDRAWN]] * 2
    assert world.marketing.anonymised == [SHARED] * 2
    assert world.state(LEAD).reason == DELETED_LEAD


@pytest.mark.feature("F66", "F67")
async def test_lead_deleted_before_its_contact_is_kept(world: World) -> None:
    """
    A lead that is deleted while its contact is there ends nobody.
    """
    del world.crm.rows[LEAD]
    await world.sync(a_change(LEAD, Change.DELETED))
    await world.settle()

    assert world.marketing.anonymised == world.marketing.withdrawn == []
    assert world.state(LEAD).reason == DELETED_LEAD
