"""What nobody stands for is retired; what cannot be retired yet holds up nobody who was sent."""

import asyncio
from dataclasses import replace

import pytest

from connector.application import find_sharers
from connector.domain.contact import ExternalId, RecordKey, Rejection
from connector.domain.converters.unusable import Note
from connector.domain.event import Change
from connector.domain.looked_up import HeldPerson
from connector.domain.outcome import Outcome
from connector.domain.sync_state import Reason, SyncStatus
from tests.builders import a_catalogue, a_change, a_contact_key, a_lead_key, a_person
from tests.fakes import FakeMarketing
from tests.unit.application.syncing_world import OPEN, QUALIFIED, World

LEAD, HEIR, NEIGHBOUR = a_lead_key(1), a_contact_key(2), a_contact_key(3)
REFUSED = Rejection("PROPERTY_INVALID")
EMAIL = "jan@example.nl"
UNTOLD = "rejected:INVALID_STATE"


@pytest.fixture
async def world() -> World:
    """Return a world in which a lead and its contact came in side by side, each under its own id.

    The lead is qualified now, and nobody has told of it yet.
    """
    world = World()
    world.crm.put(a_person(LEAD, statecode=OPEN), a_person(HEIR))
    await world.sync(a_change(LEAD), a_change(HEIR))
    world.crm.put(a_person(LEAD, version=2, statecode=QUALIFIED, parentcontactid=HEIR.id))

    return world


async def add_lost_neighbour(world: World) -> None:
    """Let somebody of the same address have lost their place in Spotler, and be refused now."""
    world.marketing.may_merge = True
    world.crm.put(a_person(NEIGHBOUR))
    await world.sync(a_change(NEIGHBOUR))
    del world.marketing.people[ExternalId(NEIGHBOUR.id)]
    world.marketing.rejections[ExternalId(NEIGHBOUR.id)] = REFUSED
    await world.sync(a_change(NEIGHBOUR, forced=True))


@pytest.mark.feature("F68")
async def test_refused_heir_waits_for_itself_no_more(world: World) -> None:
    """
    A contact that is refused leaves its lead alone, and is not taken for one who shares with it.
    """
    del world.marketing.people[ExternalId(HEIR.id)]
    world.marketing.rejections[ExternalId(HEIR.id)] = REFUSED

    outcomes = await world.sync(a_change(HEIR, forced=True))

    assert outcomes == [Outcome.FAILED]
    assert world.marketing.withdrawn == []
    assert [(one.key, one.attempt) for one in world.queue.events] == [(LEAD, 1)]
    assert None not in world.queue.delays


@pytest.mark.feature("F68")
async def test_lead_of_a_refused_heir_ends_when_it_is_taken(world: World) -> None:
    """
    The lead comes again by itself, and ends once its contact was taken.
    """
    world.marketing.rejections[ExternalId(HEIR.id)] = REFUSED
    await world.sync(a_change(HEIR, forced=True))
    world.marketing.rejections.clear()

    await world.settle()

    assert {*world.marketing.withdrawn} == {ExternalId(LEAD.id)}
    assert world.state(HEIR).status is SyncStatus.IN_SYNC
    assert world.parking.parked == {}


@pytest.mark.feature("F68")
async def test_sent_contact_is_in_sync_while_its_lead_waits(world: World) -> None:
    """
    A contact that was sent is in sync, also where its lead must wait for who shares its address.
    """
    await add_lost_neighbour(world)
    world.attempts = 3

    outcomes = await world.sync(a_change(HEIR, forced=True, attempt=3))

    assert outcomes == [Outcome.SENT]
    assert world.state(HEIR).status is SyncStatus.IN_SYNC
    assert LEAD in {one.key for one in world.queue.events}


@pytest.mark.feature("F68")
async def test_waiting_lead_gives_up_alone(world: World) -> None:
    """
    A lead that waits in vain is parked in the end; its contact goes on as if nothing were.
    """
    await add_lost_neighbour(world)
    world.attempts = 3
    await world.sync(a_change(HEIR, forced=True))
    await world.settle()

    assert world.state(HEIR).status is SyncStatus.IN_SYNC
    assert {one.event.key for one in world.parking.parked.values() if one.event} == {
        LEAD,
        NEIGHBOUR,
    }
    assert world.marketing.withdrawn == []


async def test_brought_contact_has_all_its_attempts(world: World) -> None:
    """
    A contact that its lead brings along was never tried, however often the lead was.
    """
    world.attempts = 3
    world.marketing.rejections[ExternalId(HEIR.id)] = Rejection("ERROR", is_transient=True)

    await world.sync(a_change(LEAD))
    world.queue.take()

    outcomes = await world.sync(a_change(LEAD, forced=True, attempt=3))

    assert outcomes == [Outcome.PARKED]
    assert [(one.key, one.attempt) for one in world.queue.events] == [(HEIR, 1)]
    assert world.state(HEIR).reason == Reason.RETRIED


async def test_double_of_a_parked_contact_is_retired() -> None:
    """
    A contact that was refused, and may stand in Spotler under two ids, keeps one when it is taken.
    """
    world = World()
    world.crm.put(a_person(LEAD, statecode=OPEN))
    await world.sync(a_change(LEAD))
    world.crm.put(
        a_person(LEAD, version=2, statecode=QUALIFIED, parentcontactid=HEIR.id), a_person(HEIR)
    )
    world.marketing.people[ExternalId(HEIR.id)] = {"email": EMAIL}
    world.marketing.rejections[ExternalId(LEAD.id)] = REFUSED
    await world.sync(a_change(HEIR, forced=True))
    world.marketing.rejections.clear()
    world.crm.put(a_person(HEIR, version=3, lastname="Vos"))

    await world.sync(a_change(HEIR))

    assert world.marketing.withdrawn == [ExternalId(HEIR.id)]
    assert world.state(HEIR).external_id == ExternalId(LEAD.id)


async def test_double_waits_with_its_contact() -> None:
    """
    A second place under the contact's own id can be retired by nobody else: the contact comes back.
    """
    world = World()
    world.crm.put(a_person(LEAD, statecode=OPEN))
    await world.sync(a_change(LEAD))
    world.crm.put(
        a_person(LEAD, version=2, statecode=QUALIFIED, parentcontactid=HEIR.id), a_person(HEIR)
    )
    world.marketing.people[ExternalId(HEIR.id)] = {"email": EMAIL}
    await add_lost_neighbour(world)

    assert await world.sync(a_change(HEIR, forced=True)) == [Outcome.RETRIED]
    assert world.marketing.withdrawn == []


async def test_merged_lead_holds_up_no_deletion() -> None:
    """
    Who was merged into another row has no place of their own, and is not waited for.
    """
    world, gone, merged = World(), a_lead_key(5), a_lead_key(6)
    world.marketing = FakeMarketing(merges=True)
    world.crm.put(a_person(merged))
    await world.sync(a_change(merged))
    world.crm.put(a_person(gone))
    await world.sync(a_change(gone))
    world.crm.put(a_person(merged, version=2, masterid=gone.id))
    await world.sync(a_change(merged))
    await world.settle()
    del world.crm.rows[gone]

    assert await world.sync(a_change(gone, Change.DELETED)) == [Outcome.WITHDRAWN]


@pytest.mark.feature("F69")
async def test_who_was_never_taken_holds_up_no_deletion() -> None:
    """
    Whom Spotler always refused has no place there, however often they were tried.
    """
    world, gone = World(), a_contact_key(5)
    world.marketing.may_merge = True
    world.crm.put(a_person(gone), a_person(NEIGHBOUR))
    await world.sync(a_change(gone))
    world.marketing.rejections[ExternalId(NEIGHBOUR.id)] = REFUSED
    await world.sync(a_change(NEIGHBOUR, forced=True))
    del world.crm.rows[gone]

    assert await world.sync(a_change(gone, Change.DELETED)) == [Outcome.WITHDRAWN]
    assert world.marketing.withdrawn == [ExternalId(gone.id)]


async def test_masked_namesake_holds_up_no_deletion() -> None:
    """
    Who does not show us the address that they have is no reason to keep a permission.
    """
    world, gone = World(), a_contact_key(5)
    world.marketing.may_merge = True
    world.crm.put(a_person(gone))
    await world.sync(a_change(gone))
    world.crm.put(replace(a_person(NEIGHBOUR), unknown={"emailaddress1": Note.MASKED}))
    del world.crm.rows[gone]

    assert await world.sync(a_change(gone, Change.DELETED)) == [Outcome.WITHDRAWN]


async def delete_one_of_two(world: World, gone: RecordKey) -> list[Outcome]:
    """Delete somebody whose address another one has who was never looked at."""
    world.crm.put(a_person(gone))
    await world.sync(a_change(gone))
    world.crm.put(a_person(NEIGHBOUR))
    del world.crm.rows[gone]

    return await world.sync(a_change(gone, Change.DELETED))


@pytest.mark.feature("F69")
async def test_account_that_keeps_all_apart_is_not_asked() -> None:
    """
    Where nobody is known by an address, nobody shares a contact: a deletion waits for nobody.
    """
    world, gone = World(), a_contact_key(5)
    world.marketing.untold = {ExternalId(gone.id)}

    assert await delete_one_of_two(world, gone) == [Outcome.WITHDRAWN]
    assert world.marketing.withdrawn == [ExternalId(gone.id)]


@pytest.mark.feature("F69")
async def test_deletion_of_who_is_not_shown_keeps_the_code() -> None:
    """
    Who may share what Spotler does not show waits for that, and is told its code in the end.
    """
    world, gone = World(), a_contact_key(5)
    world.marketing.may_merge = True
    world.marketing.untold = {ExternalId(gone.id)}

    first = await delete_one_of_two(world, gone)
    await world.settle()
    [parked] = world.parking.parked.values()
    told = (parked.reason, world.state(gone).reason, [*world.marketing.withdrawn])
    world.marketing.untold = set()
    await world.sync(a_change(gone, Change.DELETED))
    await world.settle()

    assert (first, told) == ([Outcome.RETRIED], (UNTOLD, UNTOLD, []))
    assert world.marketing.withdrawn == [ExternalId(gone.id)]
    assert world.state(NEIGHBOUR).status is SyncStatus.IN_SYNC


@pytest.mark.feature("F69")
async def test_sent_contact_is_in_sync_while_its_lead_is_not_shown(world: World) -> None:
    """
    A contact that was sent is in sync, also where Spotler does not show what its lead leaves.
    """
    world.marketing.may_merge = True
    world.marketing.untold = {ExternalId(LEAD.id)}
    world.attempts = 3

    outcomes = await world.sync(a_change(HEIR, forced=True, attempt=3))

    assert outcomes == [Outcome.SENT]
    assert LEAD in {one.key for one in world.queue.events}


@pytest.mark.feature("F69")
async def test_deletion_waits_for_no_missing_field() -> None:
    """
    While a required field is hidden nobody can be sent first, and a deletion goes on.
    """
    world, gone = World(), a_contact_key(5)
    world.marketing.may_merge = True
    world.crm.put(a_person(gone))
    await world.sync(a_change(gone))
    world.marketing.catalogue = tuple(one for one in a_catalogue() if one.name != "freeField1")

    assert await delete_one_of_two(world, gone) == [Outcome.WITHDRAWN]
    assert world.marketing.withdrawn == [ExternalId(gone.id)]


class Unanswering(FakeMarketing):
    """Never says whom it holds."""

    async def find_person(self, _: object) -> HeldPerson | None:
        await asyncio.Event().wait()
        return None


async def test_slow_look_holds_up_who_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Who may share a contact, and is not found in time, keeps it: the deletion comes back.
    """
    monkeypatch.setattr(find_sharers, "LOOK_SECONDS", 0)
    world = World()
    world.marketing = Unanswering(merges=True)
    world.crm.put(a_person(NEIGHBOUR))
    await world.sync(a_change(NEIGHBOUR))
    del world.crm.rows[NEIGHBOUR]

    assert await world.sync(a_change(NEIGHBOUR, Change.DELETED)) == [Outcome.RETRIED]
    assert world.marketing.withdrawn == []
