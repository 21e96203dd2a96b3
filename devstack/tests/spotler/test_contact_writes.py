"""Writing one contact: insert, upsert, change, subscribe."""

import pytest

from devstack.tests.spotler.client import Caller, a_contact, upsert
from devstack.tests.spotler.conftest import Start


async def test_insert_answers_nothing(spotler: Caller) -> None:
    """
    A write is 204 without a body.
    """
    answer = await spotler.post("/contact", {"contact": a_contact("c-1", firstName="Jan")})

    assert (answer.status, answer.text) == (204, "")
    assert (await spotler.properties("c-1"))["firstName"] == "Jan"


async def test_trailing_slash_is_accepted(spotler: Caller) -> None:
    """
    The collection may be written with a slash at its end.
    """
    answer = await spotler.post("/contact/", upsert("c-1"))

    assert answer.status == 204


async def test_insert_needs_external_id(spotler: Caller) -> None:
    """
    Without an external id there is no write, whether it is missing, null or empty.
    """
    for contact in ({}, {"externalId": None}, {"externalId": ""}):
        answer = await spotler.post("/contact", {"update": True, "contact": contact})

        assert (answer.status, answer.error) == (400, "INVALID_PARAMS")


async def test_insert_of_existing_is_refused(spotler: Caller) -> None:
    """
    Without `update` a contact that exists is an error and keeps what it has.
    """
    await spotler.has("c-1", firstName="Jan")

    answer = await spotler.post("/contact", {"contact": a_contact("c-1", firstName="Piet")})

    assert (answer.status, answer.error) == (400, "CONTACT_ALREADY_EXISTS")
    assert (await spotler.properties("c-1"))["firstName"] == "Jan"


async def test_upsert_merges(spotler: Caller) -> None:
    """
    With `update` and without `purge`, what is not sent stays.
    """
    await spotler.has("c-1", firstName="Jan", city="Delft")

    await spotler.has("c-1", firstName="Piet")

    properties = await spotler.properties("c-1")
    assert (properties["firstName"], properties["city"]) == ("Piet", "Delft")


async def test_put_changes_existing(spotler: Caller) -> None:
    """
    PUT changes a known contact, with or without its id in the body.
    """
    await spotler.has("c-1", firstName="Jan")

    named = await spotler.put("/contact/c-1", {"contact": a_contact("c-1", city="Delft")})
    nameless = await spotler.put("/contact/c-1", {"contact": {"properties": {"lastName": "B"}}})

    properties = await spotler.properties("c-1")
    assert (named.status, nameless.status) == (204, 204)
    assert [properties[name] for name in ("firstName", "city", "lastName")] == ["Jan", "Delft", "B"]


async def test_put_of_unknown_is_refused(spotler: Caller) -> None:
    """
    PUT never makes a contact.
    """
    answer = await spotler.put("/contact/c-1", upsert("c-1"))

    assert (answer.status, answer.error) == (404, "CONTACT_NOT_FOUND")


async def test_put_of_bad_property_is_refused(spotler: Caller) -> None:
    """
    PUT checks properties as POST does.
    """
    await spotler.has("c-1", gender="F")

    answer = await spotler.put("/contact/c-1", upsert("c-1", gender="X"))

    assert (answer.status, answer.error) == (400, "INVALID_PROPERTY")
    assert (await spotler.properties("c-1"))["gender"] == "F"


async def test_put_with_other_id_is_refused(spotler: Caller) -> None:
    """
    Path and body must mean the same contact.
    """
    await spotler.has("c-1")

    answer = await spotler.put("/contact/c-1", upsert("c-2"))

    assert (answer.status, answer.error) == (400, "INVALID_PARAMS")


@pytest.mark.parametrize(
    "body",
    [
        {"contact": {"externalId": "c-1", "extra": 1}},
        {"contact": {"externalId": "c-1"}, "extra": 1},
        {
            "contact": {
                "externalId": "c-1",
                "properties": {"permissions": [{"bit": 1, "enabled": True, "rank": 1}]},
            }
        },
    ],
    ids=["contact", "request", "permission"],
)
async def test_unknown_member_is_loud(spotler: Caller, body: object) -> None:
    """
    A member that the contract does not have is 501.
    """
    assert (await spotler.post("/contact", body)).status == 501


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contact": []},
        {"contact": {"externalId": 5}},
        {"contact": {"externalId": "c-1", "properties": []}},
        {"contact": {"externalId": "c-1", "testGroup": "yes"}},
        {"update": "true", "contact": {"externalId": "c-1"}},
        {"contact": {"externalId": "c-1", "channels": [{"name": "FAX", "value": True}]}},
    ],
)
async def test_wrong_shape_is_refused(spotler: Caller, body: object) -> None:
    """
    A member of the wrong type is a bad request.
    """
    answer = await spotler.post("/contact", body)

    assert (answer.status, answer.error) == (400, "INVALID_PARAMS")


@pytest.mark.parametrize(
    ("needed", "codes"),
    [
        ("none", ["OK", "OK", "OK"]),
        ("address", ["NO_ACTIVE_CHANNEL", "OK", "NO_ACTIVE_CHANNEL"]),
        ("sent", ["NO_ACTIVE_CHANNEL", "NO_ACTIVE_CHANNEL", "OK"]),
    ],
)
async def test_channel_of_new_contact(start: Start, needed: str, codes: list[str]) -> None:
    """
    What makes an active channel of a new contact is a switch.
    """
    spotler = await start(needed_channel=needed)
    contacts = [
        a_contact("c-1", firstName="Jan"),
        a_contact("c-2", mobilePhone="0612345678"),
        a_contact("c-3") | {"channels": [{"name": "EMAIL", "value": True}]},
    ]

    answer = await spotler.post("/contact/list", {"contacts": contacts})

    assert [one["code"] for one in answer.data] == codes


async def test_single_contact_without_channel(start: Start) -> None:
    """
    A single write says of a missing channel that the state is wrong.
    """
    spotler = await start(needed_channel="sent")

    answer = await spotler.post("/contact", upsert("c-1"))

    assert (answer.status, answer.error) == (400, "INVALID_STATE")


async def test_subscribe_knows_by_email(spotler: Caller) -> None:
    """
    Subscribing takes a bare contact and finds it by e-mail when it has no external id.
    """
    await spotler.has("c-1", email="Jan@Example.nl")

    known = await spotler.post(
        "/subscription/subscribe", {"properties": {"email": "jan@example.nl", "city": "Delft"}}
    )
    fresh = await spotler.post("/subscription/subscribe", {"properties": {"email": "a@b.nl"}})

    assert (known.status, fresh.status) == (204, 204)
    assert (await spotler.properties("c-1"))["city"] == "Delft"
    assert [one.external_id for one in spotler.account.people.all()] == ["c-1", None]


async def test_subscribe_needs_somebody(spotler: Caller) -> None:
    """
    Subscribing nobody is refused, and so is a bad address.
    """
    nobody = await spotler.post("/subscription/subscribe", {"properties": {"city": "Delft"}})
    bad = await spotler.post("/subscription/subscribe", {"properties": {"email": "a@b"}})

    assert (nobody.status, nobody.error) == (400, "INVALID_PROPERTY")
    assert (bad.status, bad.error) == (400, "INVALID_PROPERTY")


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("CONTACT_OPTOUT", 400, "CONTACT_OPTOUT"),
        ("CONTACT_UNKNOWN", 404, "CONTACT_NOT_FOUND"),
        ("ERROR", 400, "BACKEND_EXCEPTION"),
    ],
)
async def test_refusal_on_demand(spotler: Caller, code: str, status: int, error: str) -> None:
    """
    A test can let every write of one contact end in any of the vendor's codes.
    """
    await spotler.control("PUT", "/refusals/c-1", {"code": code})

    single = await spotler.post("/contact", upsert("c-1"))
    batch = await spotler.post("/contact/list", {"update": True, "contacts": [a_contact("c-1")]})
    await spotler.control("DELETE", "/refusals/c-1")
    after = await spotler.post("/contact", upsert("c-1"))

    assert (single.status, single.error) == (status, error)
    assert batch.data[0]["code"] == code
    assert after.status == 204
