"""Two rows with one address: in an account that merges by it, they share one Spotler contact."""

import asyncio
from typing import Any

import pytest

from connector.application.receive_webhook import OUR_TAG
from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.existing_people import CONTACTS
from tests.integration.spotler_account import add_people

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module", params=["externalId", "email,externalId"], ids=["apart", "merged"])
def stack_options(request: pytest.FixtureRequest) -> StackOptions:
    """Return a stack with an account of either kind, and two hosts where people are merged."""
    return StackOptions(
        hosts=2 if request.param.startswith("email") else 1,
        settings={"RETRY_FIRST_SECONDS": "0.1"},
        spotler=("--dedupe", str(request.param)),
    )


@pytest.mark.feature("F68", "F69")
@pytest.mark.parametrize("copies", [0, 1.0], ids=["once", "twice"])
async def test_consent_survives_a_merged_lead(local: Local, copies: float) -> None:
    """
    A lead that is qualified into the contact of its address leaves it its Type and permissions.
    """
    await local.events(duplicates=copies)
    address = f"kok.{copies}@example.nl"
    contact = await _permitted(local, "contact", address)
    lead = await local.crm.create("lead", lastname="Kok", emailaddress1=address)
    await local.stack.settle()

    await local.crm.update("lead", lead, **{"parentcontactid@odata.bind": f"/contacts({contact})"})
    await local.crm.qualify(lead, makes_contact=False)
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert people[contact]["properties"]["freeField1"] == "Contact"
    assert _permissions(people[contact]) == [1, 2]
    assert lead not in people or not _permissions(people[lead])


@pytest.mark.feature("F68", "F69")
async def test_lead_that_took_the_address(local: Local) -> None:
    """
    A lead that is given the contact's address before it is qualified changes nothing of that.
    """
    contact = await _permitted(local, "contact", "c@example.nl")
    lead = await _permitted(local, "lead", "l@example.nl")

    await local.crm.update("lead", lead, emailaddress1="c@example.nl")
    await local.stack.settle()
    await local.crm.update("lead", lead, **{"parentcontactid@odata.bind": f"/contacts({contact})"})
    await local.crm.qualify(lead, makes_contact=False)
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert _permissions(people[contact]) == [1, 2]
    assert lead not in people or not _permissions(people[lead])


@pytest.mark.feature("F69")
@pytest.mark.parametrize("gone", ["contact", "lead"])
@pytest.mark.parametrize("last", ["contact", "lead"])
async def test_deletion_spares_who_is_left(local: Local, gone: str, last: str) -> None:
    """
    Of two rows with one address either may be deleted: the other keeps its permissions.
    """
    address = f"{gone}.{last}@example.nl"
    first = "lead" if last == "contact" else "contact"
    rows = {first: await _permitted(local, first, address)}
    rows[last] = await _permitted(local, last, address)
    left = "lead" if gone == "contact" else "contact"

    await local.crm.delete(gone, rows[gone])
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert _permissions(people[rows[left]]) == [1, 2]
    assert rows[gone] not in people or not _permissions(people[rows[gone]])


@pytest.mark.feature("F69")
async def test_last_of_an_address_is_withdrawn(local: Local) -> None:
    """
    When the last row with an address is deleted, nobody keeps a permission.
    """
    contact = await _permitted(local, "contact", "last@example.nl")
    lead = await _permitted(local, "lead", "last@example.nl")

    await local.crm.delete("contact", contact)
    await local.crm.delete("lead", lead)
    await local.stack.settle()

    people = await local.spotler.contacts()
    left = [one for one in people.values() if one["properties"].get("email") == "last@example.nl"]
    assert left
    assert [_permissions(one) for one in left] == [[]] * len(left)


@pytest.mark.feature("F69")
async def test_who_is_refused_keeps_consent(local: Local) -> None:
    """
    Who lost their place and is refused at first has kept their permissions when they are taken.
    """
    left = await _permitted(local, "contact", "weiger@example.nl")
    gone = await _permitted(local, "contact", "weiger@example.nl")
    refusal = f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{left}"
    await local.stack.control("PUT", refusal, {"code": "PROPERTY_INVALID"})
    await local.spotler.forget_calls()

    await local.crm.delete("contact", gone)
    are_merged = gone in await local.spotler.contacts() and local.stack.options.hosts > 1
    while are_merged and await local.spotler.calls("POST /contact/list") < 2:  # noqa: ASYNC110 - Spotler calls nobody back
        await asyncio.sleep(0.05)
    await local.stack.control("DELETE", refusal)
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert _permissions(people[left]) == [1, 2]
    assert gone not in people or not _permissions(people[gone])


@pytest.mark.feature("F66", "F68")
@pytest.mark.parametrize("who", ["master", "merged"])
@pytest.mark.parametrize("told", ["at once", "master first", "merged first"])
async def test_merge_that_keeps_the_other_address(local: Local, who: str, told: str) -> None:
    """
    A No stays when the master gets the address of the merged row, whichever of them said it.
    """
    dynamics, case = DynamicsAdmin(local), f"{who}.{told.replace(' ', '-')}"
    addresses = [f"{name}.{case}@example.nl" for name in ("blijft", "gaat")]
    master, merged = [await _permitted(local, "contact", address) for address in addresses]
    await _refuse(local, master if who == "master" else merged, 1)

    await dynamics.switch_steps(on=told == "at once")
    await dynamics.merge(master, merged, emailaddress1=addresses[1])
    await dynamics.switch_steps(on=True)
    if told != "at once":
        for contact in (master, merged) if told == "master first" else (merged, master):
            await local.crm.update("contact", contact, address1_city="Delft")
            await local.stack.settle()
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert people[master]["properties"]["email"] == addresses[1]
    assert _permissions(people[master]) == [2]
    assert merged not in people or _permissions(people[merged]) == []


@pytest.mark.feature("F66", "F68")
async def test_merge_into_who_was_never_sent(local: Local) -> None:
    """
    A No of the merged row reaches a master that Spotler knew by the address only, from a form.
    """
    dynamics = DynamicsAdmin(local)
    merged = await _permitted(local, "contact", "nooit@example.nl")
    await _refuse(local, merged, 1)
    await dynamics.switch_steps(on=False)
    master = await local.crm.create("contact", lastname="Kok", emailaddress1="formulier@example.nl")
    await dynamics.switch_steps(on=True)
    form = {"properties": {"email": "formulier@example.nl"}, "permissions": [1, 2]}
    url = f"{local.stack.facts('spotler')['url']}/_devstack/contacts"
    await local.stack.control("POST", url, form)

    await dynamics.merge(master, merged)
    await local.spotler.until(master, lastName="Kok")
    await local.stack.settle()

    people = await local.spotler.contacts()
    are_merged = local.stack.options.hosts > 1
    assert _permissions(people[master]) == ([2] if are_merged else [])
    assert _permissions(people[merged]) == []


@pytest.mark.feature("F66", "F68")
async def test_merge_into_who_shares_a_place(local: Local) -> None:
    """
    A master without a place of its own takes that of the merged row, and no permission with it.
    """
    merged = await _permitted(local, "contact", "deelt.gaat@example.nl")
    master, namesake = [
        await _permitted(local, "contact", "deelt.samen@example.nl") for _ in range(2)
    ]

    await DynamicsAdmin(local).merge(master, merged, emailaddress1="deelt.gaat@example.nl")
    await local.stack.settle()

    people = await local.spotler.contacts()
    are_merged = local.stack.options.hosts > 1
    assert people[master]["properties"]["email"] == "deelt.gaat@example.nl"
    assert _permissions(people[master]) == ([] if are_merged else [1, 2])
    assert _permissions(people[namesake]) == [1, 2]
    assert merged not in people or _permissions(people[merged]) == []


@pytest.mark.feature("F66", "F68")
async def test_taken_place_is_not_emptied(local: Local) -> None:
    """
    What one of two loses in Dynamics is not taken from the other one, who has the place now.
    """
    first, _ = [await _with_phone(local, phone) for phone in ("06-11111111", "06-22222222")]

    await local.crm.update("contact", first, mobilephone=None)
    await local.stack.settle()

    people = [one["properties"] for one in (await local.spotler.contacts()).values()]
    phones = [one.get("mobilePhone") for one in people if one.get("email") == "deel@example.nl"]
    are_merged = local.stack.options.hosts > 1
    assert sorted(map(str, phones)) == ["06-22222222", *([] if are_merged else ["None"])]


@pytest.mark.feature("F66", "F68")
async def test_moving_in_empties_nothing_of_the_owner(local: Local) -> None:
    """
    Who gets an address that somebody has in Spotler empties nothing there, at once or later.
    """
    owner = await _owner(local, "eigenaar@example.nl")
    contact = await _filled(local, "inwoner@example.nl")

    # A number of another country is left out: the owner was never sent one.
    await local.crm.update(
        "contact",
        contact,
        emailaddress1=owner["email"],
        address1_city=None,
        mobilephone="+32 470 12 34 56",
    )
    await local.spotler.until(contact, email=owner["email"])
    await local.stack.settle()
    await local.crm.update("contact", contact, mobilephone=None)
    await local.stack.settle()

    assert (owner["city"], owner["mobilePhone"]) in await _held_at(local, owner["email"])


@pytest.mark.feature("F66", "F68")
async def test_moving_to_a_free_address_empties(local: Local) -> None:
    """
    Who gets an address that nobody has keeps their Spotler contact, emptied of what we filled.
    """
    contact = await _filled(local, "vertrek@example.nl")

    await local.crm.update(
        "contact", contact, emailaddress1="aankomst@example.nl", address1_city=None
    )
    await local.spotler.until(contact, email="aankomst@example.nl")
    await local.stack.settle()

    assert await _held_at(local, "aankomst@example.nl") == [(None, "06-11111111")]


@pytest.mark.feature("F38", "F66", "F109")
async def test_preview_looks_at_the_owner(local: Local) -> None:
    """
    A preview counts what the owner of a new address would lose, and the sync takes no more.
    """
    admin = await Administrator.of(local.stack)
    owner = await _owner(local, "vooraf@example.nl")
    contact = await _filled(local, "vooraf.kok@example.nl")
    changes = {"emailaddress1": owner["email"], "mobilephone": None}
    await local.crm.update("contact", contact, tag=OUR_TAG, **changes)
    await local.stack.settle()

    preview = await admin.until(await admin.preview(CONTACTS))
    await admin.until(await admin.start(CONTACTS))

    assert preview["details"]["changed"] == 1
    assert preview["at_risk"] == {"city": 1, "lastName": 1}
    held = await _held_at(local, owner["email"])
    assert ("Ede", owner["mobilePhone"]) in held or local.stack.options.hosts == 1
    assert all(mobile for _, mobile in held)


async def _owner(local: Local, address: str) -> dict[str, str]:
    """Let somebody be in Spotler who came by a form."""
    owner = {
        "email": address,
        "lastName": "Zelf",
        "city": "Zelfstad",
        "mobilePhone": "06-18596225",
    }
    await add_people(local, owner)

    return owner


async def _filled(local: Local, address: str) -> str:
    """Return a contact whose city and number Spotler has of us."""
    row = await local.crm.create(
        "contact",
        lastname="Kok",
        emailaddress1=address,
        address1_city="Ede",
        mobilephone="06-11111111",
    )
    await local.spotler.until(row, city="Ede", mobilePhone="06-11111111")
    await local.stack.settle()

    return row


async def _held_at(local: Local, address: str) -> list[tuple[str | None, str | None]]:
    """Return the city and the mobile number of each Spotler contact with an address."""
    people = [one["properties"] for one in (await local.spotler.contacts()).values()]

    return [
        (one.get("city"), one.get("mobilePhone")) for one in people if one.get("email") == address
    ]


async def _with_phone(local: Local, phone: str) -> str:
    """Return a contact that Spotler knows, with this number, and under its own id."""
    row = await local.crm.create(
        "contact", lastname="Deel", emailaddress1="deel@example.nl", mobilephone=phone
    )
    await local.spotler.until(row, mobilePhone=phone)
    await local.stack.settle()

    return row


async def _refuse(local: Local, contact: str, bit: int) -> None:
    url = f"{local.stack.facts('spotler')['url']}/_devstack/contacts/{contact}/permissions/{bit}"
    await local.stack.control("PUT", url, {"enabled": False})


async def _permitted(local: Local, table: str, address: str) -> str:
    """Return somebody who is in Spotler, and may be mailed."""
    row = await local.crm.create(table, lastname="Kok", emailaddress1=address)
    await local.stack.settle()
    for bit in (1, 2):
        await local.spotler.permit(row, bit)

    return row


def _permissions(person: dict[str, Any]) -> list[int]:
    return [int(bit) for bit, given in person["permissions"].items() if given]
