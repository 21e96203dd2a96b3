"""The shapes of feeds that no simulator shows."""

from datetime import UTC, datetime

import httpx
import pytest

from connector.adapters.spotler.feeds import SpotlerContactFeed
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.domain.errors import TransientError
from tests.unit.adapters.spotler.scripted import ScriptedSpotler

UPDATES = "/contact/updates/list"
UNTIL = datetime(2026, 11, 23, 13, 0, 0, 5000, tzinfo=UTC)


def a_feed(answer: object) -> tuple[SpotlerContactFeed, ScriptedSpotler]:
    spotler = ScriptedSpotler()
    spotler.on(UPDATES, httpx.Response(200, json=answer))
    client = spotler.client()

    return SpotlerContactFeed(client, SpotlerGateway(client).get_catalogue), spotler


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


async def test_strange_answer_comes_back() -> None:
    """
    What has no known shape is worth another try.
    """
    feed, _ = a_feed({"contacts": [{"externalId": "c-1"}]})

    with pytest.raises(TransientError):
        await feed.read_contacts(until=UNTIL, offset=0, size=4)
