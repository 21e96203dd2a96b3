"""Answers as strange as JSON allows: marks, nulls, half characters, people without a key."""

import pytest

from devstack.tests.spotler.client import Caller
from devstack.tests.spotler.conftest import Start

HALF = "Jan\ud800"


async def test_byte_order_mark(start: Start) -> None:
    """
    With the switch every answer in JSON begins with a byte order mark, refusals too.
    """
    spotler = await start(byte_order_mark=True)

    answers = [await spotler.get("/templist"), await spotler.get("/contact/nobody")]
    saved = await spotler.post("/contact/list", {"contacts": []})

    assert [answer.text[0] for answer in [*answers, saved]] == ["\ufeff"] * 3
    assert answers[0].text[1:].startswith('[{"name"')


async def test_null_for_empty_lists(start: Start) -> None:
    """
    With the switch null stands where a list has no entries, at the top and inside.
    """
    spotler = await start(empty_lists="null", permission_reads="set-only")
    query = {"fromDate": "2020-01-01T00:00:00Z", "toDate": "2020-01-02T00:00:00Z"}

    feed = await spotler.get("/contact/updates/list", **query, pageSize=10)
    pinned = await spotler.pinned().get("/contact/updates/list", **query)
    lists = await spotler.get("/templist")

    assert feed.data == {"contacts": None, "paging": {}}
    assert pinned.text == "null"
    assert len(lists.data) == 1


async def test_half_character_is_shown(spotler: Caller) -> None:
    """
    Half a character that a control put into a value comes out as an escape, everywhere.
    """
    contact = {"externalId": "c-1", "properties": {"firstName": HALF, "email": "c@example.nl"}}
    await spotler.control("POST", "/contacts", contact)

    read = await spotler.get("/contact/c-1")
    found = await spotler.get("/contact/search", MPSearchQuery="email=c@example.nl", pageSize=1)
    page = await spotler.control("GET", "/")

    assert "\\ud800" in read.text
    assert read.data["properties"]["firstName"] == HALF
    assert found.data["contacts"][0]["properties"]["firstName"] == HALF
    assert "Jan?" in page.text


async def test_raw_characters(start: Start) -> None:
    """
    With the switch a tab is a tab, and half a character its three bytes; nothing else changes.
    """
    spotler = await start(raw_characters=True)
    properties = {"firstName": 'Jan\tP\\t"', "city": HALF, "email": "c@example.nl"}
    await spotler.control("POST", "/contacts", {"externalId": "c-1", "properties": properties})

    url = spotler.url("/contact/c-1")
    headers = {"Accept": "application/json", **spotler.sign("GET", url)}
    async with spotler.session.get(url, headers=headers) as answer:
        body = await answer.read()

    assert b'"firstName":"Jan\tP\\\\t\\""' in body
    assert b'"city":"Jan\xed\xa0\x80"' in body


async def test_contact_without_encrypted_id(mailed: Caller) -> None:
    """
    A contact can be shown without its encrypted id, in reads, feeds and reports.
    """
    await mailed.control("PATCH", "/contacts/c-1", {"hidesEncryptedId": True})

    read = (await mailed.get("/contact/c-1")).data
    opens = (await mailed.get("/mailing/m-1/opens")).data["opens"]

    assert "encryptedId" not in read
    assert [one["contactIdentifier"] for one in opens] == [{"externalId": "c-1"}]


@pytest.mark.parametrize("label", ["Owner ", "\u00a0Owner\u00a0", "Owner\ud800"])
async def test_label_is_kept_as_given(spotler: Caller, label: str) -> None:
    """
    A label may begin or end in a blank of any kind.
    """
    await spotler.control("PUT", "/properties/profileField1", {"description": label})

    fields = (await spotler.get("/contact/properties/list")).data

    assert label in [field["description"] for field in fields]
