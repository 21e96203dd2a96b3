"""What the use cases may expect of any `MarketingGateway`, the fake and the real one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import batched

import pytest

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.application.ports import MarketingGateway
from connector.domain.contact import (
    ExternalId,
    MarketingContact,
    PropertyValue,
    Rejection,
    hash_address,
)
from connector.domain.errors import RateLimitedError, TransientError
from connector.domain.property import PropertyKind, PropertyType, find_by_label
from devstack.spotler import SpotlerOptions
from tests.contract.marketing_worlds import ANOTHER_KEY, FakeWorld, World, simulated

DIFFERING = {"lastName": False, "birthday": True}
NOBODY = ExternalId("nobody")
JAN = {"email": "jan@example.nl", "firstName": "Jan", "birthday": "1980-02-29"}


APART = SpotlerDialect(merges_by_address=False)
BY_ADDRESS = SpotlerOptions(dedupe="email,externalId")


@asynccontextmanager
async def a_world(name: str) -> AsyncIterator[World]:
    """Start a footing; what an account merges by is what the dialect says of it."""
    match name:
        case "fake":
            yield FakeWorld()
        case "fake, by e-mail":
            yield FakeWorld(merges=True)
        case "spotler, by e-mail":
            async with simulated(BY_ADDRESS) as one:
                yield one
        case _:
            base = "base_1_1_0" if name == "spotler 1.1.0" else "base"
            async with simulated(base=base, dialect=APART) as one:
                yield one


@pytest.fixture(
    params=["fake", "fake, by e-mail", "spotler", "spotler 1.1.0", "spotler, by e-mail"]
)
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with a_world(request.param) as one:
        yield one


@pytest.fixture(params=["fake, by e-mail", "spotler, by e-mail"])
async def merging(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Yield a world whose account recognises people by address."""
    async with a_world(request.param) as one:
        yield one


@pytest.fixture(params=["fake", "spotler"])
async def apart(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Yield a world whose account knows people by their id alone."""
    async with a_world(request.param) as one:
        yield one


def a_contact(external_id: str = "jan", **properties: PropertyValue) -> MarketingContact:
    return MarketingContact(ExternalId(external_id), properties or JAN)


async def test_fields_are_shown(world: World) -> None:
    """
    The catalogue has what the sync cannot do without, found by label and kind.
    """
    catalogue = await world.gateway.get_catalogue()

    found = {field.name: field for field in catalogue}
    assert found["email"].type is PropertyType.EMAIL
    assert found["permissions"].bits[:2] == (1, 2)
    assert find_by_label(catalogue, "type", PropertyKind.FREE) == found["freeField1"]
    assert find_by_label(catalogue, "Owner", PropertyKind.PROFILE) == found["profileField1"]
    assert find_by_label(catalogue, "Birthday", PropertyKind.CONTACT) == found["birthday"]


async def test_check_sees_new_field(world: World) -> None:
    """
    A check looks at the account as it is now.
    """
    await world.gateway.get_catalogue()
    world.add_field("freeField9")

    assert "freeField9" in {field.name for field in await world.gateway.check()}


async def test_new_person_is_saved(world: World) -> None:
    """
    Saving somebody new returns no rejection and keeps what was sent.
    """
    assert await world.gateway.save_contacts([a_contact()]) == {}
    assert world.properties("jan") == JAN


async def test_saving_twice_is_once(world: World) -> None:
    """
    Saving is repeatable: the second time changes nothing.
    """
    await world.gateway.save_contacts([a_contact()])

    assert await world.gateway.save_contacts([a_contact()]) == {}
    assert world.properties("jan") == JAN


async def test_unsent_property_is_kept(world: World) -> None:
    """
    A save touches only the properties that it names, and clears those that are None.
    """
    await world.gateway.save_contacts([a_contact()])

    await world.gateway.save_contacts(
        [a_contact(email="jan@example.nl", lastName="Jansen", firstName=None, birthday=None)]
    )

    assert world.properties("jan") == {"email": "jan@example.nl", "lastName": "Jansen"}


async def test_hundred_at_once(world: World) -> None:
    """
    One call saves a hundred people.
    """
    people = [a_contact(f"c-{n}", email=f"c{n}@example.nl") for n in range(100)]

    assert await world.gateway.save_contacts(people) == {}
    assert world.properties("c-99") == {"email": "c99@example.nl"}


async def test_nobody_to_save(world: World) -> None:
    """
    An empty list is done at once.
    """
    assert await world.gateway.save_contacts([]) == {}


@pytest.mark.parametrize("code", ["PROPERTY_INVALID", "CONTACT_OPTOUT", "ERROR"])
async def test_refusal_harms_no_neighbour(world: World, code: str) -> None:
    """
    Who is refused is returned with the code; the others are saved.
    """
    world.refuse("piet", code)
    people = [a_contact("jan"), a_contact("piet", email="piet@example.nl")]

    rejections = await world.gateway.save_contacts(people)

    assert {key: one.code for key, one in rejections.items()} == {"piet": code}
    assert world.properties("jan") == JAN


async def test_absent_person_not_returned(world: World) -> None:
    """
    Rejections speak of nobody who was not sent.
    """
    world.refuse("piet", "ERROR")

    assert await world.gateway.save_contacts([a_contact()]) == {}


async def test_known_and_unknown_person(world: World) -> None:
    """
    Withdrawing and anonymising say whether the person is known there.
    """
    await world.gateway.save_contacts([a_contact()])

    assert await world.gateway.withdraw_permissions(ExternalId("jan")) is True
    assert await world.gateway.anonymise(ExternalId("jan")) is True
    assert await world.gateway.withdraw_permissions(NOBODY) is False
    assert await world.gateway.anonymise(NOBODY) is False


async def test_outage_passes(world: World) -> None:
    """
    A system that is down is a transient error, and the same call works later.
    """
    await world.gateway.get_catalogue()
    world.fail_once(TransientError("the system must be up"))

    with pytest.raises(TransientError):
        await world.gateway.save_contacts([a_contact()])

    assert await world.gateway.save_contacts([a_contact()]) == {}


async def test_limit_says_how_long(world: World) -> None:
    """
    A system that is too busy says how long to stay away.
    """
    world.fail_once(RateLimitedError("slow down", retry_after=timedelta(seconds=7)))

    with pytest.raises(RateLimitedError) as caught:
        await world.gateway.get_catalogue()

    assert caught.value.retry_after == timedelta(seconds=7)


async def test_differences_are_found(world: World) -> None:
    """
    Compared is what would be sent: the same, a changed value, a cleared one, and a new one.
    """
    await world.gateway.save_contacts([a_contact()])

    for properties, differences in (
        (JAN, {}),
        (JAN | {"firstName": "Johan"}, {"firstName": True}),
        (JAN | {"firstName": None, "lastName": None}, {"firstName": True}),
        (JAN | {"lastName": "Jansen", "birthday": "1980-03-01"}, DIFFERING),
    ):
        assert await world.gateway.find_differences(a_contact(**properties)) == differences


async def test_unknown_person_has_no_differences(world: World) -> None:
    """
    Somebody whom Spotler does not know is told from somebody who is the same.
    """
    await world.gateway.save_contacts([a_contact()])
    stranger = a_contact(NOBODY, **JAN | {"email": "nobody@example.nl"})

    assert await world.gateway.find_differences(stranger) is None
    assert await world.gateway.find_differences(a_contact()) == {}


async def test_namesake_is_who_would_be_changed(merging: World) -> None:
    """
    Where the account merges by address, a contact is compared with whoever has the address now.
    """
    await merging.gateway.save_contacts([a_contact()])
    merging.add_nameless("els@example.nl")
    newcomer = a_contact(NOBODY, **JAN | {"firstName": "Johan"})
    nameless = a_contact(NOBODY, email="els@example.nl", firstName="Els")

    assert await merging.gateway.find_differences(newcomer) == {"firstName": True}
    assert await merging.gateway.find_differences(nameless) == {"firstName": False}


async def test_namesake_is_not_emptied(merging: World) -> None:
    """
    Who lost their place to a namesake empties nothing of them when they are saved again.
    """
    await merging.gateway.save_contacts([a_contact("piet", email="jan@example.nl", city="Ede")])
    await merging.gateway.save_contacts([a_contact("jan", email="jan@example.nl", city="Zwolle")])

    await merging.gateway.save_contacts([a_contact("piet", email="jan@example.nl", city=None)])
    assert merging.properties("piet")["city"] == "Zwolle"

    await merging.gateway.save_contacts([a_contact("piet", email="jan@example.nl", city=None)])
    assert not merging.properties("piet").get("city")


def a_mover(to: str, **properties: PropertyValue) -> MarketingContact:
    """Return the contact that was filled at its first address, and is sent with another one."""
    filled_at = frozenset({hash_address(ExternalId("jan"), "jan@example.nl")})

    return replace(a_contact("jan", email=to, **properties), filled_at=filled_at)


async def test_mover_empties_nothing_of_others(merging: World) -> None:
    """
    A contact that gets somebody's address empties nothing of theirs, also when it is sent twice.
    """
    await merging.gateway.save_contacts([a_contact(**JAN, city="Ede")])
    merging.add_nameless("els@example.nl", city="Zwolle")
    mover = a_mover("els@example.nl", city=None)

    assert await merging.gateway.find_differences(mover) == {}
    for _ in range(2):
        assert await merging.gateway.save_contacts([mover]) == {}
        assert merging.properties("jan")["city"] == "Zwolle"


async def test_mover_takes_its_contact_along(world: World) -> None:
    """
    A contact that gets an address which nobody has is emptied of what we filled.
    """
    await world.gateway.save_contacts([a_contact(**JAN, city="Ede")])
    mover = a_mover("nieuw@example.nl", city=None)

    assert await world.gateway.find_differences(mover) == {"email": True, "city": True}
    assert await world.gateway.save_contacts([mover]) == {}
    assert world.properties("jan")["email"] == "nieuw@example.nl"
    assert not world.properties("jan").get("city")


@pytest.mark.parametrize("is_last", [True, False])
async def test_same_list_empties_nothing_of_others(merging: World, *, is_last: bool) -> None:
    """
    Whoever takes an address over in the same list keeps what they are sent with.
    """
    await merging.gateway.save_contacts([a_contact(**JAN, city="Ede")])
    cleared = a_contact(**JAN, city=None)
    heir = a_contact("piet", email="jan@example.nl", city="Zwolle")

    await merging.gateway.save_contacts([heir, cleared] if is_last else [cleared, heir])

    [held] = await merging.gateway.find_by_address("jan@example.nl")
    assert held.value("city") == "Zwolle"


async def test_mover_is_compared_with_who_is_met(merging: World) -> None:
    """
    What a contact would overwrite is that of whoever has its new address.
    """
    await merging.gateway.save_contacts([a_contact(**JAN, city="Ede")])
    merging.add_nameless("els@example.nl", city="Zwolle")

    found = await merging.gateway.find_differences(
        a_mover("els@example.nl", city="Ede", firstName="Jan")
    )

    assert found == {"city": True, "firstName": False}


async def test_contact_that_is_not_shown_is_refused(merging: World) -> None:
    """
    A contact that Spotler refuses to show is refused when it clears something, and no other is.
    """
    people = [a_contact("jan", **JAN), a_contact("piet", email="piet@example.nl", city="Ede")]
    await merging.gateway.save_contacts(people)
    merging.hide("jan")
    cleared = [
        a_contact("jan", **JAN | {"firstName": None}),
        a_contact("piet", email="piet@example.nl", city=None),
    ]

    answer = await merging.gateway.save_contacts(cleared)

    assert answer == {"jan": Rejection("INVALID_STATE")}
    assert merging.properties("jan")["firstName"] == "Jan"
    assert not merging.properties("piet").get("city")


async def test_account_tells_if_it_merges(merging: World, apart: World) -> None:
    """
    Whether an account knows contacts by their address is known before anything is sent.
    """
    assert merging.gateway.merges_by_address
    assert not apart.gateway.merges_by_address


async def test_namesake_is_somebody_else(apart: World) -> None:
    """
    Where the account knows people by their id, a contact of the same address is another one.
    """
    await apart.gateway.save_contacts([a_contact()])

    assert await apart.gateway.find_differences(a_contact(NOBODY)) is None


async def test_account_has_a_name(world: World) -> None:
    """
    The account that calls go to has the same name at each look, and another one another name.
    """
    before = [await world.gateway.account() for _ in range(2)]
    world.connect_another()

    after = await world.gateway.account()

    assert before[0] == before[1]
    assert after not in before
    assert ANOTHER_KEY not in after


CALLS: dict[str, Callable[[MarketingGateway], Awaitable[object]]] = {
    "account": lambda one: one.account(now=True),
    "fields": lambda one: one.get_catalogue(),
    "fields now": lambda one: one.check(),
    "save": lambda one: one.save_contacts([a_contact("jan")]),
    "compare": lambda one: one.find_differences(a_contact("jan")),
    "show": lambda one: one.find_person(ExternalId("jan")),
    "search": lambda one: one.find_by_address("jan@example.nl"),
    "withdraw": lambda one: one.withdraw_permissions(ExternalId("jan")),
    "permissions": lambda one: one.find_permissions(ExternalId("jan")),
    "anonymise": lambda one: one.anonymise(ExternalId("jan")),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_gateway_of_one_account(
    world: World, call: Callable[[MarketingGateway], Awaitable[object]]
) -> None:
    """
    What is meant for one account works as ever, and fails for now once another is connected.
    """
    bound = world.gateway.for_account(await world.gateway.account())
    await bound.save_contacts([a_contact("jan"), a_contact("piet", email="piet@example.nl")])
    await call(bound)
    world.connect_another()

    with pytest.raises(TransientError, match="the spotler account changed"):
        await call(bound)


async def test_permissions_are_told_by_bit(world: World) -> None:
    """
    What a person allows is told, and what was never given as what was refused.
    """
    people = [a_contact("jan"), a_contact("piet", email="piet@example.nl")]
    await world.gateway.save_contacts(people)
    world.permit("jan", {1: True, 2: False})

    told = [await world.gateway.find_permissions(ExternalId(id_)) for id_ in ("jan", "piet")]

    assert [{bit: said[bit] for bit in (1, 2)} for said in told if said] == [
        {1: True, 2: False},
        {1: False, 2: False},
    ]
    assert await world.gateway.find_permissions(NOBODY) is None


async def test_single_permissions_are_withdrawn(world: World) -> None:
    """
    Of the permissions that are named each is switched off, and no other one.
    """
    await world.gateway.save_contacts([a_contact()])
    world.permit("jan", {1: True, 2: True})

    assert await world.gateway.withdraw_permissions(ExternalId("jan"), [2])
    assert not await world.gateway.withdraw_permissions(NOBODY, [2])

    left = world.permissions("jan")
    assert (left[1], left[2]) == (True, False)


async def test_person_is_shown_as_held(world: World) -> None:
    """
    A person is shown with the values that they were sent, and who is unknown is not there.
    """
    await world.gateway.save_contacts([a_contact()])

    person = await world.gateway.find_person(ExternalId("jan"))

    assert person is not None
    assert person.external_id == "jan"
    shown = {one.property: one.value for one in person.properties}
    assert {name: shown[name] for name in JAN} == JAN
    assert await world.gateway.find_person(NOBODY) is None


async def test_people_are_found_by_address(world: World) -> None:
    """
    Whoever has an address is found by it, whatever its case, also those without an external id.
    """
    await world.gateway.save_contacts([a_contact(), a_contact("piet", email="piet@example.nl")])
    world.add_nameless("els+news@example.nl")

    for asked, found in (
        ("JAN@example.nl", ["jan"]),
        ("els+news@example.nl", [None]),
        ("nobody@example.nl", []),
    ):
        people = await world.gateway.find_by_address(asked)
        assert [one.external_id for one in people] == found


@pytest.mark.parametrize("count", [100, 230])
async def test_many_people_are_found_by_one_address(apart: World, count: int) -> None:
    """
    All who have an address are found by it, however many share it.
    """
    ids = [f"c-{number}" for number in range(count)]
    for some in batched(ids, 100, strict=False):
        await apart.gateway.save_contacts([a_contact(id_) for id_ in some])

    people = await apart.gateway.find_by_address("jan@example.nl")

    assert sorted(str(one.external_id) for one in people) == sorted(ids)


async def test_found_person_is_compared(world: World) -> None:
    """
    Somebody found by their address is compared as somebody known by their id.
    """
    await world.gateway.save_contacts([a_contact()])
    [held] = await world.gateway.find_by_address("jan@example.nl")
    newcomer = a_contact("c-1", **JAN | {"lastName": "Jansen", "birthday": "1980-03-01"})

    assert await world.gateway.find_differences_with(newcomer, held) == DIFFERING
    assert await world.gateway.find_differences_with(a_contact("c-1"), held) == {}
