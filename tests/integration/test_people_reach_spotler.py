"""Through the front door: a change in Dynamics, a person in Spotler."""

from typing import Any

import pytest

from tests.integration.conftest import Local

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.feature("F64", "F65", "F66", "F67", "F75")
@pytest.mark.parametrize(("table", "type_"), [("contact", "Contact"), ("lead", "Lead")])
async def test_created_person_arrives(local: Local, table: str, type_: str) -> None:
    """
    A new contact or lead stands in Spotler with its Type, its owner and no permission at all.
    """
    person = await local.crm.create(
        table, firstname="Noor", lastname="Bakker", emailaddress1="Noor@Example.NL"
    )

    found = await local.spotler.until(person, lastName="Bakker")

    properties = found["properties"]
    assert properties["freeField1"] == type_
    assert properties["email"] == "Noor@example.nl"
    assert properties["profileField1"]
    assert _permissions(found) == []


@pytest.mark.feature("F66")
async def test_change_and_clearing_arrive(local: Local) -> None:
    """
    A changed value is changed in Spotler, and an emptied one is emptied there.
    """
    person = await local.crm.create(
        "contact",
        lastname="Smit",
        emailaddress1="smit@example.nl",
        address1_city="Utrecht",
        birthdate="1958-02-01",
        address1_postalcode="3511 ab",
    )
    await local.spotler.until(person, city="Utrecht")

    await local.crm.update(
        "contact",
        person,
        lastname="Smits",
        address1_city=None,
        birthdate=None,
        address1_postalcode=None,
    )

    found = await local.spotler.until(person, lastName="Smits")
    assert not {"city", "birthday", "postalCode"} & found["properties"].keys()


@pytest.mark.feature("F114", "F116")
async def test_dutch_values_in_any_spelling(local: Local) -> None:
    """
    What is Dutch in another spelling is normalised.
    """
    person = await local.crm.create(
        "contact",
        lastname="Dekker",
        emailaddress1="dekker@example.nl",
        mobilephone="+31 6 18596225",
        telephone1="(079) 363 29 21",
        address1_postalcode="2711ab",
    )

    properties = (await local.spotler.until(person, lastName="Dekker"))["properties"]

    assert properties["mobilePhone"] == "06-18596225"
    assert properties["phoneNumber"] == "079-3632921"
    assert properties["postalCode"] == "2711 AB"


@pytest.mark.feature("F112", "F114", "F115")
async def test_foreign_values_are_left_out(local: Local) -> None:
    """
    A foreign postcode or number is left out, and the rest of the person is synced.
    """
    person = await local.crm.create(
        "contact",
        lastname="Peeters",
        emailaddress1="peeters@example.be",
        mobilephone="+32 470 12 34 56",
        address1_postalcode="B-2000",
    )

    found = await local.spotler.until(person, lastName="Peeters")

    assert not {"mobilePhone", "postalCode"} & found["properties"].keys()


@pytest.mark.parametrize(
    "birthday", ["1931-07-01", "1969-12-31", "1970-01-01", "1985-03-31", "1996-10-27", "2000-02-29"]
)
async def test_birthday_never_shifts(local: Local, birthday: str) -> None:
    """
    A birthday is the same day in Spotler: long ago, around 1970, and when the clock changed.
    """
    person = await local.crm.create(
        "contact", lastname="Jarig", emailaddress1="jarig@example.nl", birthdate=birthday
    )

    found = await local.spotler.until(person, lastName="Jarig")

    assert found["properties"]["birthday"] == birthday


@pytest.mark.feature("F112")
async def test_bad_email_is_excluded_alone(local: Local) -> None:
    """
    A person without a usable address stays out, and comes in once the address is right.
    """
    bad = await local.crm.create("contact", lastname="Fout", emailaddress1="fout@")
    none = await local.crm.create("contact", lastname="Zonder")
    good = await local.crm.create("contact", lastname="Goed", emailaddress1="goed@example.nl")
    await local.spotler.until(good, lastName="Goed")
    await local.stack.settle()
    before = await local.spotler.contacts()

    await local.crm.update("contact", bad, emailaddress1="fout@example.nl")

    assert not {bad, none} & before.keys()
    await local.spotler.until(bad, lastName="Fout")


@pytest.mark.feature("F67", "F68")
async def test_qualified_lead_becomes_contact(local: Local) -> None:
    """
    Qualifying a lead changes its Type at once, and makes no second person.
    """
    lead = await local.crm.create("lead", lastname="Vos", emailaddress1="vos@example.nl")
    await local.spotler.until(lead, freeField1="Lead")

    contact = await local.crm.qualify(lead)

    await local.spotler.until(lead, freeField1="Contact")
    await local.stack.settle()
    assert contact not in await local.spotler.contacts()
    assert contact is not None
    await local.crm.update("contact", contact, lastname="Vossen")
    await local.spotler.until(lead, lastName="Vossen")


@pytest.mark.feature("F68")
async def test_lead_joins_existing_contact(local: Local) -> None:
    """
    A lead that is qualified into a contact that Spotler knows leaves one person with permissions.
    """
    contact = await local.crm.create("contact", lastname="Kok", emailaddress1="kok@example.nl")
    lead = await local.crm.create("lead", lastname="Kok", emailaddress1="kok2@example.nl")
    await local.spotler.until(contact, lastName="Kok")
    await local.spotler.until(lead, lastName="Kok")
    await local.spotler.permit(lead, 1)

    await local.crm.update("lead", lead, **{"parentcontactid@odata.bind": f"/contacts({contact})"})
    await local.crm.qualify(lead, makes_contact=False)
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert not _permissions(people[lead])
    assert people[contact]["properties"]["freeField1"] == "Contact"


@pytest.mark.feature("F68")
async def test_lead_without_contact_stays_lead(local: Local) -> None:
    """
    A lead that is qualified without a contact stays a lead.
    """
    lead = await local.crm.create("lead", lastname="Prins", emailaddress1="prins@example.nl")
    await local.spotler.until(lead, freeField1="Lead")

    await local.crm.qualify(lead, makes_contact=False)
    await local.stack.settle()

    assert (await local.spotler.until(lead))["properties"]["freeField1"] == "Lead"


@pytest.mark.feature("F69")
async def test_deleted_person_loses_permissions(local: Local) -> None:
    """
    Deleting somebody in Dynamics takes every permission away in Spotler.
    """
    person = await local.crm.create("contact", lastname="Weg", emailaddress1="weg@example.nl")
    await local.spotler.until(person, lastName="Weg")
    await local.spotler.permit(person, 2)

    assert _permissions(await local.spotler.until(person)) == [2]
    await local.crm.delete("contact", person)
    await local.stack.settle()

    assert not _permissions((await local.spotler.contacts())[person])


async def test_newest_permission_is_withdrawn(local: Local) -> None:
    """
    A permission that was made in Spotler a moment ago is taken away too.
    """
    person = await local.crm.create("contact", lastname="Weg", emailaddress1="weg9@example.nl")
    await local.spotler.until(person, lastName="Weg")
    url = f"{local.stack.facts('spotler')['url']}/_devstack/permissions/9"
    await local.stack.control("PUT", url, {"description": "Zomer"})
    await local.spotler.permit(person, 9)

    await local.crm.delete("contact", person)
    await local.stack.settle()
    people = await local.spotler.contacts()
    await local.stack.control("DELETE", url)

    assert people[person]["permissions"]["9"] is False
    assert not _permissions(people[person])


@pytest.mark.feature("F69")
async def test_consent_is_never_overwritten(local: Local) -> None:
    """
    However often somebody changes in Dynamics, a permission given in Spotler stays.
    """
    person = await local.crm.create("contact", lastname="Ja", emailaddress1="ja@example.nl")
    await local.spotler.until(person, lastName="Ja")
    await local.spotler.permit(person, 1)

    await local.crm.update("contact", person, lastname="Jawel")

    assert _permissions(await local.spotler.until(person, lastName="Jawel")) == [1]


async def test_hostile_text_is_only_text(local: Local) -> None:
    """
    Text that means something to a browser, a query or a header arrives as it is.
    """
    hostile = {
        "firstname": "<script>alert('x')</script>",
        "lastname": "O'Brien\" or 1 eq 1 &amp; {{7*7}} %00",
        "address1_city": "Ünïcode 🎉 \\u0000 ../../etc",
    }

    person = await local.crm.create("contact", emailaddress1="h@example.nl", **hostile)

    properties = (await local.spotler.until(person))["properties"]
    assert [properties[name] for name in ("firstName", "lastName", "city")] == [*hostile.values()]


def _permissions(person: dict[str, Any]) -> list[int]:
    return [int(bit) for bit, given in person["permissions"].items() if given]
