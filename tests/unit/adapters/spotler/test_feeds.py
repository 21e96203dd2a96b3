"""The shapes of feeds that no simulator shows."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from connector.adapters.spotler.feeds import SpotlerContactFeed, SpotlerMailingFeed
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.domain.errors import TransientError
from connector.domain.mailing import Mailing
from connector.domain.match import address_of
from connector.domain.spotler_contact import FeedPage
from tests.unit.adapters.spotler.scripted import ScriptedSpotler

MAILING = Mailing("m-1", "March")
UPDATES = "/contact/updates/list"
UNTIL = datetime(2026, 11, 23, 13, 0, 0, 5000, tzinfo=UTC)


def said(answer: object) -> httpx.Response:
    return httpx.Response(200, content=json.dumps(answer))


def a_feed(answer: object) -> tuple[SpotlerContactFeed, ScriptedSpotler]:
    spotler = ScriptedSpotler()
    spotler.on(UPDATES, said(answer))
    client = spotler.client()

    return SpotlerContactFeed(client, SpotlerGateway(client)), spotler


def people(count: int) -> list[dict[str, object]]:
    return [{"encryptedId": f"sp-{number}", "properties": {}} for number in range(count)]


async def test_question_is_exact() -> None:
    """
    The window begins long ago and ends in the next whole second, with the offset from UTC.
    """
    feed, spotler = a_feed([])

    await feed.read_contacts(until=UNTIL, offset=450, size=550)

    [request] = [one for one in spotler.requests if "updates" in str(one.url)]
    assert dict(request.url.params) == {
        "fromDate": "2000-01-01T00:00:00+00:00",
        "toDate": "2026-11-23T13:00:01+00:00",
        "pageSize": "550",
        "after": "450",
    }
    assert b"%2B00%3A00" in request.url.query


@pytest.mark.parametrize(
    ("offset", "first", "count", "more"),
    [(0, "sp-0", 4, True), (4, "sp-4", 4, True), (8, "sp-8", 1, False)],
)
async def test_whole_feed_is_cut_here(offset: int, first: str, count: int, more: bool) -> None:
    """
    A base that takes no paging parameters answers with all there is, which is cut into pages.
    """
    feed, _ = a_feed(people(9))

    page = await feed.read_contacts(until=UNTIL, offset=offset, size=4)

    assert (page.contacts[0].key, len(page.contacts), page.has_more) == (first, count, more)


@pytest.mark.parametrize("answer", [None, [], {"contacts": None}, {"paging": None}], ids=str)
async def test_null_is_an_empty_page(answer: object) -> None:
    """
    A feed without anybody may be null, and is at its end.
    """
    feed, _ = a_feed(answer)

    page = await feed.read_contacts(until=UNTIL, offset=0, size=4)

    assert page == FeedPage((), has_more=False)


@pytest.mark.parametrize("answer", ["jan", {"message": "jan"}, {"contacts": 7}], ids=str)
async def test_strange_answer_comes_back(answer: object) -> None:
    """
    What has no known shape is worth another try, and no end of the feed.
    """
    feed, _ = a_feed(answer)

    with pytest.raises(TransientError):
        await feed.read_contacts(until=UNTIL, offset=0, size=4)


BAD = (
    None,
    "jan@example.nl",
    {"externalId": "jan@example.nl"},
    {"encryptedId": 7},
    {"encryptedId": ""},
    {"encryptedId": "sp-x", "externalId": ["jan"]},
    {"encryptedId": "sp-y", "properties": "jan"},
    {"encryptedId": "sp-z", "temporary": "jan"},
)
KEYS = ["at 50", "at 51", "at 52", "at 53", "at 54", "sp-x", "sp-y", "sp-z"]


@pytest.mark.parametrize("paged", [False, True])
async def test_bad_person_keeps_their_place(paged: bool) -> None:
    """
    Who cannot be read is on the page in their place, by Spotler's id or by the place alone.
    """
    items = [*BAD, *people(1)]
    feed, _ = a_feed({"contacts": items, "paging": "x"} if paged else items)

    page = await feed.read_contacts(until=UNTIL, offset=50, size=9)

    assert [one.key for one in page.contacts] == [*KEYS, "sp-0"]
    assert [one.is_readable for one in page.contacts] == [False] * len(BAD) + [True]
    assert page.has_more


async def test_odd_members_cost_nothing_else() -> None:
    """
    A moment that cannot be read is unknown, and what is null is not there.
    """
    odd = {
        "encryptedId": "sp-0",
        "externalId": None,
        "lastChanged": {"jan": 1},
        "properties": {"email": "jan@example.nl", "firstName": None, "lastName": "\ud83d"},
        "temporary": None,
    }
    feed, _ = a_feed([odd, {"encryptedId": "sp-1", "properties": None}])

    [one, other] = (await feed.read_contacts(until=UNTIL, offset=0, size=4)).contacts

    assert (one.external_id, one.last_changed, one.temporary) == (None, None, False)
    assert one.properties == {"email": "jan@example.nl", "lastName": "\ufffd"}
    assert other.properties == {}


async def test_odd_text_costs_no_other() -> None:
    """
    A raw control character or a byte that is not of UTF-8 costs no more than the id that it is in.
    """
    body = (
        b'[{"encryptedId": "sp-0", "properties": {"firstName": "Jan\tPiet", "email": "a@b.nl"}},'
        b'{"encryptedId": "sp-1", "properties": {"firstName": "Ren\xe9", "email": "jos\xe9@b.nl"}},'
        b'{"encryptedId": "sp-2", "properties": {"firstName": "\xed\xa0\x80"}},'
        b'{"encryptedId": "sp-\xe9", "properties": {"firstName": "Jan"}},'
        b'{"encryptedId": "sp-4", "properties": {"firstName": "Jos"}}]'
    )
    feed, spotler = a_feed([])
    spotler.on(UPDATES, httpx.Response(200, content=body))

    people = (await feed.read_contacts(until=UNTIL, offset=50, size=9)).contacts

    assert [one.key for one in people] == ["sp-0", "sp-1", "sp-2", "at 53", "sp-4"]
    assert [one.is_readable for one in people] == [True, True, True, False, True]
    assert [one.properties.get("firstName") for one in people] == [
        "Jan\tPiet",
        "Ren\ufffd",
        "\ufffd\ufffd\ufffd",
        None,
        "Jos",
    ]
    assert [address_of(one) for one in people[:2]] == ["a@b.nl", None]


async def test_bad_mailing_costs_no_other() -> None:
    """
    A mailing that cannot be read is told with its moment; what is odd in another costs nothing.
    """
    when = "2026-03-01T12:00:00+00:00"
    spotler = ScriptedSpotler()
    items = [
        None,
        {"encryptedId": 7, "scheduledStartDate": when},
        {"encryptedId": "m-1", "name": None, "sentCount": "many", "archiveLink": 7},
    ]
    spotler.on("/mailing", httpx.Response(200, json=items))

    listed = await SpotlerMailingFeed(spotler.client()).list_mailings(UNTIL, UNTIL)

    assert listed.mailings == (Mailing("m-1", ""),)
    assert listed.unreadable == (None, datetime.fromisoformat(when))


@pytest.mark.parametrize(
    "details",
    [None, [], {"message": "jan"}, {"message": None}, {"message": {"subject": 7}}],
    ids=str,
)
async def test_bad_details_cost_nothing_else(details: object) -> None:
    """
    A mailing whose details cannot be read is as it was listed.
    """
    spotler = ScriptedSpotler()
    spotler.on("/mailing/m-1", said(details))

    assert await SpotlerMailingFeed(spotler.client()).complete(MAILING) == MAILING
