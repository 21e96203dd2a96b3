"""Where Spotler merges people by address, who moves to another one takes nothing from its owner."""

import pytest

from connector.domain.contact import ColumnValue, ExternalId
from connector.domain.outcome import Outcome
from connector.domain.property import PropertyType
from connector.domain.sync_state import SyncStatus
from tests.builders import a_catalogue, a_change, a_contact_key, a_person, a_property
from tests.fakes import FakeMarketing
from tests.unit.application.syncing_world import World, lose_answer

KEY = a_contact_key(1)
OWN, TAKEN = "own@example.nl", "taken@example.nl"
FIELDS = (
    *a_catalogue(),
    a_property("city"),
    a_property("mobilePhone", type_=PropertyType.MOBILE),
)
MOBILE, UNUSABLE = "0611111111", "+32 470 12 34 56"


@pytest.fixture
def world() -> World:
    """Return a world whose Spotler has somebody who came by a form."""
    world = World()
    world.marketing = FakeMarketing(FIELDS, merges=True)
    world.marketing.nameless.append(
        {"email": TAKEN, "city": "Zelfstad", "mobilePhone": "06-18596225"}
    )

    return world


async def edit(world: World, version: int, **columns: ColumnValue) -> list[Outcome]:
    """Change a contact in the CRM, and let the change be synced."""
    world.crm.put(a_person(KEY, version=version, **columns))
    outcomes = await world.sync(a_change(KEY))
    await world.settle()

    return outcomes


def held(world: World) -> dict[str, object]:
    return world.marketing.people[ExternalId(KEY.id)]


@pytest.mark.feature("F66")
async def test_move_empties_nothing_of_the_owner(world: World) -> None:
    """
    A contact that moves to an address with an owner, and is emptied at once, empties itself alone.
    """
    await edit(world, 1, email=OWN, address1_city="Ede", mobilephone=MOBILE)
    await edit(world, 2, email=TAKEN)
    await edit(world, 3, email=TAKEN, firstname="Els")

    assert (held(world)["city"], held(world)["mobilePhone"]) == ("Zelfstad", "06-18596225")
    assert world.state(KEY).status is SyncStatus.IN_SYNC


@pytest.mark.feature("F66")
async def test_value_left_out_of_a_move_is_forgotten(world: World) -> None:
    """
    What was unusable at the move was never sent to the owner of the address, and empties nothing.
    """
    await edit(world, 1, email=OWN, mobilephone=MOBILE)
    await edit(world, 2, email=TAKEN, mobilephone=UNUSABLE)
    await edit(world, 3, email=TAKEN)

    assert held(world)["mobilePhone"] == "06-18596225"


@pytest.mark.feature("F66")
async def test_own_value_sent_after_the_move_is_cleared(world: World) -> None:
    """
    What was sent with the new address is ours there, and is emptied later.
    """
    await edit(world, 1, email=OWN)
    await edit(world, 2, email=TAKEN, address1_city="Ede")
    await edit(world, 3, email=TAKEN)

    assert not held(world).get("city")


@pytest.mark.feature("F66")
async def test_move_to_a_free_address_clears(world: World) -> None:
    """
    A contact whose new address nobody has is still the one that we filled.
    """
    await edit(world, 1, email=OWN, address1_city="Ede")
    await edit(world, 2, email="free@example.nl")

    assert not held(world).get("city")


@pytest.mark.feature("F66")
async def test_move_that_is_sent_twice(world: World) -> None:
    """
    A move whose answer was lost empties nothing of the owner when it is sent again.
    """
    await edit(world, 1, email=OWN, address1_city="Ede")
    world.marketing.meanwhile = lose_answer

    assert await edit(world, 2, email=TAKEN) == [Outcome.RETRIED]

    assert held(world)["city"] == "Zelfstad"
    assert world.state(KEY).status is SyncStatus.IN_SYNC


@pytest.mark.feature("F66")
async def test_field_that_was_hidden_is_emptied() -> None:
    """
    A column that is emptied while Spotler hides its field is emptied there when it is shown again.
    """
    world = World()
    world.marketing = FakeMarketing(FIELDS)
    await edit(world, 1, address1_city="Ede")

    world.marketing.catalogue = tuple(one for one in FIELDS if one.name != "city")
    await edit(world, 2, address1_city="Ede", firstname="A")
    await edit(world, 3, firstname="A")
    world.marketing.catalogue = FIELDS
    await edit(world, 4, firstname="B")

    assert not held(world).get("city")
