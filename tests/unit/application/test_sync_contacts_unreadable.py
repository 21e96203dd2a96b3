"""What the CRM keeps from us stops nobody for good, and empties nothing."""

from dataclasses import replace

import pytest

from connector.domain.contact import ExternalId, RecordKey, Table
from connector.domain.event import Change, RecordChanged
from connector.domain.outcome import Outcome
from connector.domain.parking import CONFIGURATION
from connector.domain.sync_state import Reason, SyncStatus
from tests.builders import a_catalogue, a_change, a_contact_key, a_lead_key, a_person
from tests.unit.application.syncing_world import World

KEY = a_contact_key(1)
EMAIL, FIRST_NAME = (Table.CONTACT, "emailaddress1"), (Table.CONTACT, "firstname")


@pytest.fixture
async def world() -> World:
    """Return a world in which a contact is in sync."""
    world = World()
    world.crm.put(a_person(KEY))
    await world.sync(a_change(KEY))

    return world


def secure(world: World, column: tuple[Table, str], key: RecordKey = KEY) -> None:
    """Let our user see a column no more, as after a change of column security."""
    row = world.crm.rows[key]
    world.crm.put(replace(row, version=row.version + 1, columns={**row.columns, column[1]: None}))
    world.crm.secured = {column}


@pytest.mark.feature("F112")
async def test_hidden_address_waits(world: World) -> None:
    """
    Who has an address that we may not read stays as they are in Spotler, and is not lost.
    """
    before = dict(world.marketing.people[ExternalId(KEY.id)])
    secure(world, EMAIL)

    outcomes = await world.sync(a_change(KEY))

    assert outcomes == [Outcome.HELD]
    assert world.marketing.people == {ExternalId(KEY.id): before}
    state = world.state(KEY)
    assert (state.status, state.reason) == (SyncStatus.FAILING, Reason.UNREADABLE)
    assert state.external_id == ExternalId(KEY.id)


@pytest.mark.feature("F112", "F114")
async def test_hidden_address_is_parked_for_an_operator(world: World) -> None:
    """
    An operator is waited for at once; the state says meanwhile what must be put right.
    """
    secure(world, EMAIL)

    await world.sync(a_change(KEY))

    assert [one.reason for one in world.parking.parked.values()] == [CONFIGURATION]
    assert world.state(KEY).reason == Reason.UNREADABLE
    assert world.queue.events == []


async def test_address_that_is_shown_again_goes_on(world: World) -> None:
    """
    Once the address can be read the contact is sent, and what was parked of it is gone.
    """
    secure(world, EMAIL)
    await world.sync(a_change(KEY))
    world.crm.secured = set()
    world.crm.put(a_person(KEY, version=9, firstname="Piet"))

    [parked] = world.parking.parked.values()
    assert isinstance(parked.event, RecordChanged)
    await world.sync(parked.event.again())

    assert world.marketing.people[ExternalId(KEY.id)]["firstName"] == "Piet"
    assert world.state(KEY).status is SyncStatus.IN_SYNC
    assert world.parking.parked == {}


async def test_newcomer_with_a_hidden_address_waits() -> None:
    """
    Of a newcomer whose address is hidden nothing is known, and nobody is left out for good.
    """
    world = World()
    world.crm.put(a_person(KEY, email=None))
    world.crm.secured = {EMAIL}

    assert await world.sync(a_change(KEY)) == [Outcome.HELD]
    assert (world.state(KEY).reason, world.state(KEY).external_id) == (Reason.UNREADABLE, None)
    assert world.marketing.calls == []


async def test_hidden_value_is_kept(world: World) -> None:
    """
    A value that we may not read any more stays in Spotler, with a note; the rest is sent.
    """
    secure(world, FIRST_NAME)
    row = world.crm.rows[KEY]
    world.crm.put(replace(row, columns={**row.columns, "lastname": "Vos"}))

    assert await world.sync(a_change(KEY)) == [Outcome.SENT]

    held = world.marketing.people[ExternalId(KEY.id)]
    assert (held["firstName"], held["lastName"]) == ("Jan", "Vos")
    assert world.state(KEY).notes == ("firstName:unreadable",)


async def test_kept_value_is_emptied_later(world: World) -> None:
    """
    That a value was ours is remembered while it is hidden, so that it can be emptied afterwards.
    """
    secure(world, FIRST_NAME)
    await world.sync(a_change(KEY))
    world.crm.secured = set()

    assert await world.sync(a_change(KEY)) == [Outcome.SENT]
    assert world.marketing.people[ExternalId(KEY.id)]["firstName"] is None


async def test_hidden_address_holds_up_no_neighbour(world: World) -> None:
    """
    Who cannot be read waits alone: the others of the batch go over.
    """
    secure(world, EMAIL)
    other = a_person(a_contact_key(2))
    world.crm.put(other)

    outcomes = await world.sync(a_change(KEY), a_change(other.key))

    assert outcomes == [Outcome.HELD, Outcome.SENT]


async def test_missing_field_stops_no_deletion(world: World) -> None:
    """
    While Spotler lacks a required field a deleted contact is withdrawn all the same.
    """
    world.marketing.catalogue = tuple(one for one in a_catalogue() if one.label != "Owner")
    other = a_person(a_contact_key(2), email="eva@example.nl")
    world.crm.put(other)
    del world.crm.rows[KEY]

    outcomes = await world.sync(a_change(KEY, Change.DELETED), a_change(other.key))

    assert outcomes == [Outcome.WITHDRAWN, Outcome.HELD]
    assert world.marketing.withdrawn == [ExternalId(KEY.id)]


async def test_secured_column_of_an_heir_keeps_what_the_lead_filled() -> None:
    """
    What a lead filled stays when it becomes a contact whose column we may not read.
    """
    world = World()
    lead = a_lead_key(2)
    world.crm.put(a_person(lead, firstname="Zoë"))
    await world.sync(a_change(lead))
    world.crm.put(
        a_person(lead, version=2, firstname="Zoë", statecode=1, parentcontactid=KEY.id),
        a_person(KEY, version=2, firstname=None, originatingleadid=lead.id),
    )
    world.crm.secured = {FIRST_NAME}

    await world.sync(a_change(KEY))

    assert world.marketing.people[ExternalId(lead.id)]["firstName"] == "Zoë"
    assert world.state(KEY).notes == ("firstName:unreadable",)
