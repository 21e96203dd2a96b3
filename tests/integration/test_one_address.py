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

FIELDS = "GET /contact/properties/list"
NAMESAKES = 60

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
async def test_few_of_many_namesakes_are_asked_for(local: Local) -> None:
    """
    However many have the address of somebody who is deleted, a few questions tell whether to wait.
    """
    address = "info@example.nl"
    rows = await asyncio.gather(
        *(
            local.crm.create("contact", lastname="Balie", emailaddress1=address)
            for _ in range(NAMESAKES)
        )
    )
    await local.stack.settle()
    there = [row for row in rows if row in await local.spotler.contacts()]
    for row in there:
        await local.spotler.permit(row, 1)
    await local.spotler.forget_calls()

    await local.crm.delete("contact", there[0])
    await local.stack.settle()

    people = await local.spotler.contacts()
    given = [row for row in rows if row in people and _permissions(people[row]) == [1]]
    assert await local.spotler.calls("GET /contact/{externalId}") < NAMESAKES / 2
    assert there[0] not in given
    assert len(given) == max(1, len(there) - 1)


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


@pytest.mark.feature("F69")
@pytest.mark.parametrize("before", [None, "kapot@"], ids=["no address", "unusable"])
async def test_who_gets_the_address_untold_keeps_consent(local: Local, before: str | None) -> None:
    """
    Who was left out for want of an address, and has that of a deleted one now, has its consent.
    """
    case = "unusable" if before else "none"
    dynamics, address = DynamicsAdmin(local), f"later.{case}@example.nl"
    gone = await _permitted(local, "contact", address)
    left = await local.crm.create("contact", lastname="Kok", emailaddress1=before)
    await local.stack.settle()

    await dynamics.switch_steps(on=False)
    await local.crm.update("contact", left, emailaddress1=address)
    await dynamics.switch_steps(on=True)
    await local.crm.delete("contact", gone)
    await local.stack.settle()

    people = await local.spotler.contacts()
    are_merged = local.stack.options.hosts > 1
    assert _permissions(people[left]) == ([1, 2] if are_merged else [])
    assert gone not in people or _permissions(people[gone]) == []


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
@pytest.mark.parametrize("loser", ["first", "last"])
async def test_merged_duplicates_keep_consent(local: Local, loser: str) -> None:
    """
    Two rows with one address, merged into one, keep what was said by the address they share.
    """
    rows = [await _permitted(local, "contact", f"dubbel.{loser}@example.nl") for _ in range(2)]
    merged, master = rows if loser == "first" else reversed(rows)

    await DynamicsAdmin(local).merge(master, merged)
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert _permissions(people[master]) == [1, 2]
    assert merged not in people or _permissions(people[merged]) == []


@pytest.mark.feature("F66", "F68")
async def test_chains_of_merges_keep_each_refusal(local: Local) -> None:
    """
    In whatever order workers meet the merges of a chain, who is left allows what all allowed.
    """
    dynamics = DynamicsAdmin(local)
    chains = [
        [await _permitted(local, "contact", f"keten{n}.{who}@example.nl") for who in "abc"]
        for n in range(6)
    ]
    for first, _, _ in chains:
        await _refuse(local, first, 1)
    await local.events(shuffle=1.0)

    for first, middle, last in chains:
        await dynamics.merge(middle, first)
        await dynamics.merge(last, middle)
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert [_permissions(people[last]) for *_, last in chains] == [[2]] * len(chains)
    ended = [_permissions(people[one]) for *merged, _ in chains for one in merged]
    assert ended == [[]] * 2 * len(chains)


@pytest.mark.feature("F66", "F68")
async def test_merge_while_permissions_are_hidden(local: Local) -> None:
    """
    While Spotler hides the permissions a merge waits: what is hidden is no Yes.
    """
    addresses = ("verborgen.blijft@example.nl", "verborgen.gaat@example.nl")
    master, merged = [await _permitted(local, "contact", one) for one in addresses]
    await _refuse(local, merged, 1)
    url = f"{local.stack.facts('spotler')['url']}/_devstack/properties/permissions"

    await local.stack.control("PUT", url, {"visible": False})
    await local.spotler.forget_calls()
    await DynamicsAdmin(local).merge(master, merged)
    while not await local.spotler.calls(FIELDS):  # noqa: ASYNC110 - Spotler calls nobody back
        await asyncio.sleep(0.05)
    await local.stack.control("PUT", url, {"visible": True})
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert (_permissions(people[master]), _permissions(people[merged])) == ([2], [])


@pytest.mark.feature("F66", "F68")
async def test_word_in_a_shared_place_reaches_the_master(local: Local) -> None:
    """
    A No that stands under the id of a namesake is that of the merged row as well.
    """
    master = await _permitted(local, "contact", "woord.blijft@example.nl")
    merged, namesake = [
        await _permitted(local, "contact", "woord.samen@example.nl") for _ in range(2)
    ]
    await _refuse(local, namesake, 1)

    await DynamicsAdmin(local).merge(master, merged)
    await local.stack.settle()

    people = await local.spotler.contacts()
    are_merged = local.stack.options.hosts > 1
    assert _permissions(people[master]) == ([2] if are_merged else [1, 2])
    assert _permissions(people[namesake]) == [2]


@pytest.mark.feature("F66", "F68")
async def test_merge_leaves_a_namesake_alone(local: Local) -> None:
    """
    Who shares the place of a merged row keeps there what the master of that one refused.
    """
    master = await _permitted(local, "contact", "laat.blijft@example.nl")
    await _refuse(local, master, 1)
    namesake, merged = [
        await _permitted(local, "contact", "laat.samen@example.nl") for _ in range(2)
    ]

    await DynamicsAdmin(local).merge(master, merged)
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert _permissions(people[master]) == [2]
    assert _permissions(people[namesake]) == [1, 2]
    assert merged not in people or _permissions(people[merged]) == []


@pytest.mark.feature("F66", "F68")
async def test_merge_into_who_gets_a_shared_address(local: Local) -> None:
    """
    A contact without an address that gets that of the merged row takes nothing from a namesake.
    """
    address = "krijgt@example.nl"
    namesake, merged = [await _permitted(local, "contact", address) for _ in range(2)]
    master = await local.crm.create("contact", lastname="Kok")
    await local.stack.settle()

    await DynamicsAdmin(local).merge(master, merged, emailaddress1=address)
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert _permissions(people.get(namesake) or people[master]) == [1, 2]
    assert merged not in people or _permissions(people[merged]) == []


@pytest.mark.feature("F66", "F68")
@pytest.mark.parametrize("asked", ["master", "merged"])
async def test_merge_with_who_was_never_asked(local: Local, asked: str) -> None:
    """
    A permission that Spotler does not list is off: who was never asked, of two, said no Yes.
    """
    addresses = [f"nooitgevraagd.{asked}.{name}@example.nl" for name in ("blijft", "gaat")]
    rows = [await local.crm.create("contact", lastname="Kok", emailaddress1=a) for a in addresses]
    await local.stack.settle()
    master, merged = rows
    for bit in (1, 2):
        await local.spotler.permit(master if asked == "master" else merged, bit)
    options = f"{local.stack.facts('spotler')['url']}/_devstack/options"
    before = await local.stack.control("GET", options)

    await local.stack.control("PATCH", options, {"permission_reads": "set-only"})
    try:
        await DynamicsAdmin(local).merge(master, merged, emailaddress1=addresses[1])
        await local.stack.settle()
    finally:
        await local.stack.control("PATCH", options, before)

    people = await local.spotler.contacts()
    assert people[master]["properties"]["email"] == addresses[1]
    assert _permissions(people[master]) == []
    assert merged not in people or _permissions(people[merged]) == []


@pytest.mark.feature("F66", "F68")
async def test_merge_into_who_has_no_address(local: Local) -> None:
    """
    A contact that was merged into one without an address is switched off, and nothing waits.
    """
    merged = await _permitted(local, "contact", "verdwijnt@example.nl")
    master = await local.crm.create("contact", lastname="Kok")
    await local.stack.settle()

    await DynamicsAdmin(local).merge(master, merged)
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert master not in people
    assert _permissions(people[merged]) == []
    admin = await Administrator.of(local.stack)
    _, parked = await admin.call("GET", "/parked")
    assert merged not in {one["record_id"] for one in parked["parked"]}


@pytest.mark.feature("F66", "F68")
@pytest.mark.parametrize("case", ["unreadable", "refused"])
async def test_merge_whose_place_is_not_found(local: Local, case: str) -> None:
    """
    A No stays when Spotler's search hides the merged row, and when Spotler does not show it at all.
    """
    dynamics = DynamicsAdmin(local)
    addresses = [f"{who}.{case}@example.nl" for who in ("zoekt", "gezocht")]
    master, merged = [await _permitted(local, "contact", address) for address in addresses]
    await _refuse(local, master, 1)
    await _refuse(local, merged, 2)
    search = {"path": "/integrationservice/contact/search", "kind": "status"}
    refused = {
        "content_type": "application/json",
        "status": 400,
        "body": '{"errorType": "INVALID_STATE"}',
    }
    shown = {"path": f"/integrationservice/contact/{merged}", "method": "GET", "kind": "status"}

    await dynamics.switch_steps(on=False)
    await dynamics.merge(master, merged, emailaddress1=addresses[1])
    await dynamics.switch_steps(on=True)
    if case == "refused":
        await local.faults("spotler", search | refused, shown | refused | {"times": 3})
    else:
        await local.faults("spotler", search | refused | {"status": 200, "body": "[null]"})
    await local.crm.update("contact", master, firstname="Kees")
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert people[master]["properties"]["email"] == addresses[1]
    assert _permissions(people[master]) == []
    assert merged not in people or _permissions(people[merged]) == []


@pytest.mark.feature("F66", "F68")
async def test_merge_into_a_lead_that_became_a_contact(local: Local) -> None:
    """
    A No of a lead that was merged into a qualified one reaches its contact, and nothing waits.
    """
    dynamics, address = DynamicsAdmin(local), "werd.contact@example.nl"
    contact = await _permitted(local, "contact", address)
    merged = await _permitted(local, "lead", "werd.lead@example.nl")
    await _refuse(local, merged, 1)
    await dynamics.switch_steps(on=False)
    lead = await local.crm.create("lead", lastname="Kok", emailaddress1=address)
    await dynamics.merge(lead, merged, "lead")
    await local.crm.update("lead", lead, **{"parentcontactid@odata.bind": f"/contacts({contact})"})
    await local.crm.qualify(lead, makes_contact=False)
    await dynamics.switch_steps(on=True)

    admin = await Administrator.of(local.stack)
    for row in (lead, merged):
        await admin.call("POST", "/records/send", {"records": [{"table": "lead", "id": row}]})
        await local.stack.settle()

    people = await local.spotler.contacts()
    assert _permissions(people[contact]) == [2]
    assert _permissions(people[merged]) == []


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
