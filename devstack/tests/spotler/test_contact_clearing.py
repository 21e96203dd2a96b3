"""What a write takes away: purged, cleared, or left alone when it fails."""

import pytest

from devstack.tests.spotler.client import Caller, a_contact, upsert
from devstack.tests.spotler.conftest import Start


@pytest.mark.parametrize(("clears", "left"), [(True, []), (False, [1])])
async def test_purge_clears_what_is_missing(start: Start, clears: bool, left: list[int]) -> None:
    """
    With `purge` what is not sent is gone; of permissions a switch decides.
    """
    spotler = await start(purge_clears_permissions=clears)
    await spotler.has(
        "c-1",
        firstName="Jan",
        city="Delft",
        permissions=[{"bit": 1, "enabled": True}],
        list1=[{"bit": 2, "enabled": True}],
    )

    await spotler.put("/contact/c-1", {"purge": True, "contact": a_contact("c-1", city="Gouda")})

    properties = await spotler.properties("c-1")
    assert "firstName" not in properties
    assert not any(one["enabled"] for one in properties["list1"])
    assert properties["city"] == "Gouda"
    assert [one["bit"] for one in properties["permissions"] if one["enabled"]] == left


async def test_failed_write_changes_nothing(spotler: Caller) -> None:
    """
    One rejected property refuses the whole contact.
    """
    await spotler.has("c-1", firstName="Jan")

    answer = await spotler.post("/contact", upsert("c-1", firstName="Piet", postalCode="B-1000"))

    assert (answer.status, answer.error) == (400, "INVALID_PROPERTY")
    assert (await spotler.properties("c-1"))["firstName"] == "Jan"


async def test_failed_insert_leaves_no_contact(spotler: Caller) -> None:
    """
    A rejected contact does not exist.
    """
    await spotler.post("/contact", upsert("c-1", email="jan"))

    assert (await spotler.get("/contact/c-1")).status == 404


@pytest.mark.parametrize(("clears", "left"), [(True, {}), (False, {"firstName": "Jan"})])
async def test_null_clears(start: Start, clears: bool, left: dict[str, str]) -> None:
    """
    A null clears a property, or says nothing: a switch decides.
    """
    spotler = await start(null_clears=clears)
    await spotler.has("c-1", firstName="Jan")

    await spotler.has("c-1", firstName=None)

    assert spotler.account.people.all()[0].properties == left


async def test_null_clears_permissions(spotler: Caller) -> None:
    """
    A null for a set switches all its bits off.
    """
    await spotler.has("c-1", permissions=[{"bit": 1, "enabled": True}])

    await spotler.has("c-1", permissions=None)

    permissions = (await spotler.properties("c-1"))["permissions"]
    assert not any(one["enabled"] for one in permissions)


@pytest.mark.parametrize(
    ("clears", "name", "status"),
    [
        (True, "postalCode", 204),
        (False, "postalCode", 400),
        (True, "firstName", 204),
        (False, "firstName", 204),
    ],
)
async def test_empty_text_clears(start: Start, clears: bool, name: str, status: int) -> None:
    """
    An empty text clears a property, or must be a valid value of its type.
    """
    spotler = await start(empty_clears=clears)
    await spotler.has("c-1", firstName="Jan", postalCode="1234 AB")

    answer = await spotler.post("/contact", upsert("c-1", **{name: ""}))

    assert answer.status == status
    assert (name in await spotler.properties("c-1")) is not clears


async def test_null_members_are_accepted(spotler: Caller) -> None:
    """
    Members that are null or read-only do no harm, and channels do nothing.
    """
    contact = {
        "externalId": "c-1",
        "encryptedId": None,
        "created": None,
        "lastChanged": 5,
        "testGroup": True,
        "temporary": None,
        "properties": None,
        "channels": [{"name": "EMAIL", "value": True}],
    }

    answer = await spotler.post("/contact", {"update": None, "purge": None, "contact": contact})

    shown = (await spotler.get("/contact/c-1")).data
    assert answer.status == 204
    assert shown["testGroup"] is True
    assert shown["lastChanged"] > 5
    assert {"name": "EMAIL", "value": False} in shown["channels"]
