"""Reading contacts: one, by e-mail, anonymised, inactive, with other fields than before."""

import pytest

from devstack.tests.spotler.client import Caller
from devstack.tests.spotler.conftest import Start


async def test_contact_has_every_member(spotler: Caller) -> None:
    """
    A contact reads with ids, dates as numbers, flags, properties with data and channels.
    """
    await spotler.has("c-1", email="jan@example.nl", mobilePhone="06-18596225")

    contact = (await spotler.get("/contact/c-1")).data

    assert set(contact) == {
        "externalId",
        "encryptedId",
        "created",
        "lastChanged",
        "testGroup",
        "temporary",
        "properties",
        "channels",
    }
    assert set(contact["properties"]) == {"email", "mobilePhone", "list1", "permissions"}
    assert isinstance(contact["created"], int)
    assert isinstance(contact["lastChanged"], int)
    assert contact["channels"] == [{"name": "EMAIL", "value": True}, {"name": "SMS", "value": True}]


async def test_unknown_contact(spotler: Caller) -> None:
    """
    An unknown contact is 404 with the vendor's own spelling.
    """
    answer = await spotler.get("/contact/nobody")

    assert answer.status == 404
    assert set(answer.data) == {"errorType", "message"}
    assert answer.error == "CONTACT_NOT_FOUND"


@pytest.mark.parametrize(
    ("form", "created"),
    [
        ("milliseconds", 1_767_225_600_000),
        ("seconds", 1_767_225_600),
        ("iso", "2026-01-01T01:00:00+01:00"),
    ],
)
async def test_contact_dates_have_forms(start: Start, form: str, created: object) -> None:
    """
    Unit and type of the contact's dates are a switch.
    """
    spotler = await start(contact_dates=form, timestamp_window=0, clock=lambda: 1_767_225_600_000)
    await spotler.has("c-1")

    contact = (await spotler.get("/contact/c-1")).data

    assert contact["created"] == created
    assert contact["lastChanged"] == created


async def test_search_finds_by_email(spotler: Caller) -> None:
    """
    A search finds all contacts of an address, whatever its case, page by page.
    """
    for number in range(3):
        await spotler.has(f"c-{number}", email="Info@Example.nl")
    await spotler.has("other", email="a@b.nl")

    first = await spotler.get("/contact/search", MPSearchQuery="email=info@example.nl", pageSize=2)
    rest = await spotler.get(
        "/contact/search", MPSearchQuery="email=info@example.nl", pageSize=2, after=2
    )

    assert [one["externalId"] for one in first.data["contacts"]] == ["c-0", "c-1"]
    assert first.data["paging"]["after"] == 2
    assert [one["externalId"] for one in rest.data["contacts"]] == ["c-2"]
    assert rest.data["paging"] == {}


async def test_search_follows_a_new_address(spotler: Caller) -> None:
    """
    Who got another address is found by that one alone.
    """
    await spotler.has("c-1", email="old@example.nl")
    await spotler.has("c-1", email="new@example.nl")

    old = await spotler.get("/contact/search", MPSearchQuery="email=old@example.nl", pageSize=5)
    new = await spotler.get("/contact/search", MPSearchQuery="email=new@example.nl", pageSize=5)

    assert (len(old.data["contacts"]), len(new.data["contacts"])) == (0, 1)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"MPSearchQuery": "email=a@b.nl"}, 400),
        ({"pageSize": 5}, 400),
        ({"MPSearchQuery": "email", "pageSize": 5}, 400),
        ({"MPSearchQuery": "lastName=Berg", "pageSize": 5}, 501),
    ],
    ids=["no-size", "no-query", "no-value", "other-property"],
)
async def test_search_is_strict(spotler: Caller, query: dict[str, object], status: int) -> None:
    """
    A search needs a query and a page size, and only e-mail is known to work.
    """
    assert (await spotler.get("/contact/search", **query)).status == status


async def test_anonymise_erases(spotler: Caller) -> None:
    """
    An anonymised contact keeps its ids and loses all else.
    """
    await spotler.has("c-1", email="jan@example.nl", permissions=[{"bit": 1, "enabled": True}])

    answer = await spotler.put("/contact/anonymize/c-1")

    properties = await spotler.properties("c-1")
    assert (answer.status, answer.text) == (204, "")
    assert set(properties) == {"list1", "permissions"}
    assert not any(one["enabled"] for options in properties.values() for one in options)
    assert spotler.account.people.with_email("jan@example.nl") == []


async def test_written_again_is_not_anonymous(spotler: Caller) -> None:
    """
    Who is written again after that has data again.
    """
    await spotler.has("c-1", email="jan@example.nl")
    await spotler.put("/contact/anonymize/c-1")
    anonymous = (await spotler.control("GET", "/contacts/c-1")).data["anonymised"]

    await spotler.has("c-1", email="jan@example.nl")

    assert anonymous is True
    assert (await spotler.control("GET", "/contacts/c-1")).data["anonymised"] is False


@pytest.mark.parametrize(("reads", "enabled"), [("permissions-off", False), ("unchanged", True)])
async def test_inactive_contact(start: Start, reads: str, enabled: bool) -> None:
    """
    An inactive contact exists, is reached by no channel, and its permissions read as off.
    """
    spotler = await start(inactive_reads=reads)
    await spotler.has("c-1", email="a@b.nl", permissions=[{"bit": 1, "enabled": True}])

    answer = await spotler.put("/contact/inactivate/c-1")

    contact = (await spotler.get("/contact/c-1")).data
    assert answer.status == 204
    assert contact["channels"][0] == {"name": "EMAIL", "value": False}
    assert contact["properties"]["permissions"][0]["enabled"] is enabled


@pytest.mark.parametrize("verb", ["anonymize", "inactivate"])
async def test_unknown_contact_stays_unknown(spotler: Caller, verb: str) -> None:
    """
    Nobody can be anonymised or made inactive who does not exist.
    """
    answer = await spotler.put(f"/contact/{verb}/nobody")

    assert (answer.status, answer.error) == (404, "CONTACT_NOT_FOUND")


@pytest.mark.feature("F21", "F22", "F23", "F24")
async def test_properties_are_listed(spotler: Caller) -> None:
    """
    The list says name, label and type of each visible field, with entries for sets only.
    """
    fields = {one["name"]: one for one in (await spotler.get("/contact/properties/list")).data}

    assert fields["freeField1"] == {
        "name": "freeField1",
        "description": "Type",
        "type": "string",
    }
    assert fields["birthday"]["type"] == "birthdate"
    assert fields["birthday"]["description"] == "Birthday"
    assert fields["profileField1"]["description"] == "Owner"
    assert fields["mobilePhone"]["type"] == "mobNr"
    assert fields["permissions"]["entries"] == [
        {"bit": 1, "description": "Nieuwsbrief", "rank": 1},
        {"bit": 2, "description": "Acties", "rank": 2},
        {"bit": 4, "description": "Evenementen", "rank": 3},
    ]
    assert [name for name, one in fields.items() if "entries" in one] == ["list1", "permissions"]
    assert "profileField7" not in fields


@pytest.mark.feature("F49", "F50")
async def test_field_becomes_visible(spotler: Caller) -> None:
    """
    A field that is made visible and renamed is listed under its old name and takes values.
    """
    await spotler.control(
        "PUT", "/properties/profileField7", {"visible": True, "description": "Hobby"}
    )

    fields = (await spotler.get("/contact/properties/list")).data
    await spotler.has("c-1", profileField7="Schaken")

    assert {"name": "profileField7", "description": "Hobby", "type": "string"} in fields
    assert (await spotler.properties("c-1"))["profileField7"] == "Schaken"


@pytest.mark.feature("F26")
async def test_field_can_be_missing(spotler: Caller) -> None:
    """
    A field that does not exist is not listed and refuses values; made again, it is there.
    """
    await spotler.control("DELETE", "/properties/freeField1")

    fields = (await spotler.get("/contact/properties/list")).data
    refused = await spotler.post(
        "/contact", {"contact": {"externalId": "c-1", "properties": {"freeField1": "Lead"}}}
    )
    await spotler.control(
        "PUT", "/properties/freeField1", {"description": "Type", "type": "string"}
    )
    again = (await spotler.get("/contact/properties/list")).data

    assert "freeField1" not in [one["name"] for one in fields]
    assert refused.error == "INVALID_PROPERTY"
    assert "freeField1" in [one["name"] for one in again]


async def test_hidden_field_is_not_read(spotler: Caller) -> None:
    """
    A field that is hidden keeps its data and does not show it.
    """
    await spotler.has("c-1", profileField2="123")
    await spotler.control("PUT", "/properties/profileField2", {"visible": False})
    hidden = await spotler.properties("c-1")

    await spotler.control("PUT", "/properties/profileField2", {"visible": True})

    assert "profileField2" not in hidden
    assert (await spotler.properties("c-1"))["profileField2"] == "123"
