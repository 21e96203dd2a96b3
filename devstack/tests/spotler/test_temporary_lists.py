"""Temporary lists: unique, of known contacts only, never replaced."""

import pytest

from devstack.tests.spotler.client import Answer, Caller
from devstack.tests.spotler.conftest import Start


async def create(spotler: Caller, external_id: str, name: str, *contacts: str) -> Answer:
    return await spotler.post(
        "/templist",
        {"externalTemporaryListId": external_id, "name": name, "contacts": list(contacts)},
    )


async def members(spotler: Caller, external_id: str) -> list[str]:
    return list((await spotler.control("GET", f"/lists/{external_id}")).data["members"])


@pytest.mark.feature("F84")
async def test_list_is_made(spotler: Caller) -> None:
    """
    A list is made from known contacts, counted once, and listed without its members.
    """
    await spotler.has("c-1")

    answer = await create(spotler, "l-1", "Beurs", "c-1", "c-1")

    listed = (await spotler.get("/templist")).data
    assert (answer.status, answer.text) == (204, "")
    assert await members(spotler, "l-1") == ["c-1"]
    assert set(listed[0]) == {"name", "createdAt", "type"}
    assert listed[1] == {
        "externalTemporaryListId": "l-1",
        "name": "Beurs",
        "createdAt": listed[1]["createdAt"],
        "type": "API",
    }
    assert isinstance(listed[1]["createdAt"], int)


@pytest.mark.parametrize("contacts", [{}, {"contacts": None}, {"contacts": []}])
async def test_list_may_be_empty(spotler: Caller, contacts: dict[str, object]) -> None:
    """
    A list may be made without members.
    """
    answer = await spotler.post(
        "/templist", {"externalTemporaryListId": "l-1", "name": "Beurs", **contacts}
    )

    assert answer.status == 204


async def test_members_are_appended(spotler: Caller) -> None:
    """
    More contacts are added at the end.
    """
    for external_id in ("c-1", "c-2"):
        await spotler.has(external_id)
    await create(spotler, "l-1", "Beurs", "c-1")

    answer = await spotler.post("/templist/l-1", {"contacts": ["c-2", "c-1"]})

    assert answer.status == 204
    assert await members(spotler, "l-1") == ["c-1", "c-2"]


async def test_unknown_member_fails_all(spotler: Caller) -> None:
    """
    One unknown contact and there is no list, or nobody is added.
    """
    await spotler.has("c-1")
    created = await create(spotler, "l-1", "Beurs", "c-1", "nobody")
    await create(spotler, "l-2", "Borrel")

    appended = await spotler.post("/templist/l-2", {"contacts": ["c-1", "nobody"]})

    assert (created.status, created.error) == (400, "CONTACT_NOT_FOUND")
    assert (appended.status, appended.error) == (400, "CONTACT_NOT_FOUND")
    assert (await spotler.control("GET", "/lists/l-1")).status == 404
    assert await members(spotler, "l-2") == []


async def test_id_and_name_are_unique(spotler: Caller) -> None:
    """
    Neither an id nor a name can be had twice, also not the name of an imported list.
    """
    await create(spotler, "l-1", "Beurs")

    same_id = await create(spotler, "l-1", "Borrel")
    same_name = await create(spotler, "l-2", "Beurs")
    imported = await create(spotler, "l-2", "Import beurs")

    assert (same_id.status, same_id.error) == (400, "ID_NOTUNIQUE")
    assert (same_name.status, same_name.error) == (400, "NAME_ALREADY_IN_USE")
    assert (imported.status, imported.error) == (400, "NAME_ALREADY_IN_USE")


@pytest.mark.feature("F85")
async def test_deleted_list_can_be_made_anew(spotler: Caller) -> None:
    """
    Delete and create is how a list is replaced.
    """
    await create(spotler, "l-1", "Beurs")

    deleted = await spotler.delete("/templist/l-1")
    again = await create(spotler, "l-1", "Beurs")

    assert (deleted.status, again.status) == (204, 204)


async def test_list_in_use_stays(spotler: Caller) -> None:
    """
    A list that a mailing uses cannot be deleted until it is free.
    """
    await create(spotler, "l-1", "Beurs")
    await spotler.control("PATCH", "/lists/l-1", {"inUse": True})
    refused = await spotler.delete("/templist/l-1")

    await spotler.control("PATCH", "/lists/l-1", {"inUse": False})

    assert (refused.status, refused.error) == (400, "INVALID_STATE")
    assert (await spotler.delete("/templist/l-1")).status == 204


async def test_unknown_list(spotler: Caller) -> None:
    """
    A list that does not exist cannot grow and cannot go.
    """
    appended = await spotler.post("/templist/l-1", {"contacts": []})
    deleted = await spotler.delete("/templist/l-1")

    assert (appended.status, appended.error) == (404, "RESOURCE_NOT_FOUND")
    assert (deleted.status, deleted.error) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Beurs"},
        {"externalTemporaryListId": "l-1"},
        {"externalTemporaryListId": "", "name": "Beurs"},
        {"externalTemporaryListId": "l-1", "name": 5},
        {"externalTemporaryListId": "l-1", "name": "Beurs", "contacts": "c-1"},
        {"externalTemporaryListId": "l-1", "name": "Beurs", "contacts": [1]},
    ],
)
async def test_wrong_list_is_refused(spotler: Caller, body: object) -> None:
    """
    A list needs an id, a name and texts for members.
    """
    answer = await spotler.post("/templist", body)

    assert (answer.status, answer.error) == (400, "INVALID_PARAMS")


async def test_limits_have_switches(start: Start) -> None:
    """
    How many lists there may be and how many members a call may carry are switches.
    """
    spotler = await start(list_quota=2, list_call_limit=1)
    for external_id in ("c-1", "c-2"):
        await spotler.has(external_id)

    too_many = await create(spotler, "l-1", "Beurs", "c-1", "c-2")
    second = await create(spotler, "l-1", "Beurs", "c-1")
    third = await create(spotler, "l-2", "Borrel")

    assert (too_many.status, too_many.error) == (400, "INVALID_PARAMS")
    assert second.status == 204
    assert (third.status, third.error) == (400, "INVALID_STATE")
