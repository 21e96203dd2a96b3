"""Permissions: off at first, merged bit by bit, renamed and deleted by Spotler users."""

from typing import Any

import pytest

from devstack.tests.spotler.client import Caller, upsert
from devstack.tests.spotler.conftest import Start


async def enabled(spotler: Caller, external_id: str) -> dict[str, bool]:
    permissions = (await spotler.properties(external_id))["permissions"]

    return {one["description"]: one["enabled"] for one in permissions}


@pytest.mark.feature("F75")
async def test_new_contact_has_none(spotler: Caller) -> None:
    """
    All permissions of a new contact are off, and read so.
    """
    await spotler.has("c-1")

    assert await enabled(spotler, "c-1") == {
        "Nieuwsbrief": False,
        "Acties": False,
        "Evenementen": False,
    }


@pytest.mark.feature("F72", "F73")
async def test_bits_are_merged(spotler: Caller) -> None:
    """
    A write changes only the bits that it names.
    """
    await spotler.has("c-1", permissions=[{"bit": 1, "enabled": True}])

    await spotler.has("c-1", permissions=[{"bit": 4, "enabled": True, "description": "any"}])
    await spotler.has("c-1", permissions=[])

    assert await enabled(spotler, "c-1") == {
        "Nieuwsbrief": True,
        "Acties": False,
        "Evenementen": True,
    }


@pytest.mark.feature("F74")
async def test_user_sets_permission(spotler: Caller) -> None:
    """
    What a Spotler user sets is read by the API and counts as a change.
    """
    await spotler.has("c-1")
    before = (await spotler.get("/contact/c-1")).data["lastChanged"]

    await spotler.control("PUT", "/contacts/c-1/permissions/2", {"enabled": True})

    after = (await spotler.get("/contact/c-1")).data["lastChanged"]
    assert (await enabled(spotler, "c-1"))["Acties"] is True
    assert after >= before


@pytest.mark.feature("F77")
async def test_rename_changes_label_only(spotler: Caller) -> None:
    """
    A renamed permission keeps its bit and shows its new label everywhere.
    """
    await spotler.has("c-1", permissions=[{"bit": 1, "enabled": True}])

    await spotler.control("PUT", "/permissions/1", {"description": "Nieuws"})

    assert await enabled(spotler, "c-1") == {"Nieuws": True, "Acties": False, "Evenementen": False}
    assert (await entries(spotler))[0] == {"bit": 1, "description": "Nieuws", "rank": 1}


@pytest.mark.feature("F78")
async def test_deleted_permission_is_gone(spotler: Caller) -> None:
    """
    A deleted permission is simply gone, and a new one of that bit is off for everyone.
    """
    await spotler.has("c-1", permissions=[{"bit": 2, "enabled": True}])

    await spotler.control("DELETE", "/permissions/2")
    without = await enabled(spotler, "c-1")
    await spotler.control("PUT", "/permissions/2", {"description": "Nieuw"})

    assert without == {"Nieuwsbrief": False, "Evenementen": False}
    assert (await enabled(spotler, "c-1"))["Nieuw"] is False
    assert [one["bit"] for one in await entries(spotler)] == [1, 4, 2]


async def test_unsubscribing_switches_all_off(spotler: Caller) -> None:
    """
    Who unsubscribes from a mailing has no permission left.
    """
    await spotler.has("c-1", permissions=[{"bit": 1, "enabled": True}])

    await spotler.control(
        "POST", "/interactions", {"kind": "unsubscribed", "mailing": "mActie", "contact": "c-1"}
    )

    assert not any((await enabled(spotler, "c-1")).values())


async def test_reads_may_leave_out_unset(start: Start) -> None:
    """
    Reads may list only what was ever set, and leave permissions out when nothing was: a switch.
    """
    spotler = await start(permission_reads="set-only")
    await spotler.has("c-1")
    without = await spotler.properties("c-1")

    await spotler.has("c-1", permissions=[{"bit": 2, "enabled": False}])

    assert "permissions" not in without
    assert await enabled(spotler, "c-1") == {"Acties": False}


async def entries(spotler: Caller) -> list[dict[str, Any]]:
    fields = (await spotler.get("/contact/properties/list")).data

    return next(list(one["entries"]) for one in fields if one["name"] == "permissions")


async def test_permissions_can_be_hidden(spotler: Caller) -> None:
    """
    Permissions that are hidden are neither listed nor read nor written, and are kept meanwhile.
    """
    await spotler.has("c-1", permissions=[{"bit": 2, "enabled": True}])
    await spotler.control("PUT", "/properties/permissions", {"visible": False})

    fields = (await spotler.get("/contact/properties/list")).data
    properties = await spotler.properties("c-1")
    written = await spotler.post("/contact", upsert("c-1", permissions=[{"bit": 1}]))
    await spotler.control("PUT", "/properties/permissions", {"visible": True})

    assert "permissions" not in {field["name"] for field in fields}
    assert "permissions" not in properties
    assert (written.status, written.error) == (400, "INVALID_PROPERTY")
    assert [
        one["bit"] for one in (await spotler.properties("c-1"))["permissions"] if one["enabled"]
    ] == [2]


async def test_set_without_values_reads(start: Start) -> None:
    """
    A set that was never given a value reads with its options off, unless a switch leaves them out.
    """
    whole, bare = await start(), await start(permission_reads="set-only")
    for spotler in (whole, bare):
        await spotler.has("c-1", firstName="Jan")

    shown = await whole.properties("c-1")

    assert [one["enabled"] for one in shown["list1"] + shown["permissions"]] == [False] * 6
    assert await bare.properties("c-1") == {"firstName": "Jan"}
