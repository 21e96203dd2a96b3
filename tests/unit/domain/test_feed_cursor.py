"""Reading a feed by offset while people leave it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.errors import ConfigurationError
from connector.domain.feed_cursor import OVERLAP, FeedCursor
from connector.domain.spotler_contact import SpotlerContact
from tests.spotler_people import a_spotler_contact

SIZE = 100


def people(count: int) -> list[SpotlerContact]:
    return [a_spotler_contact(f"sp-{number}") for number in range(count)]


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=2**32))
def test_who_stays_is_read_once(count: int, seed: int) -> None:
    """
    Whoever stays in the feed is read exactly once, though up to fifty leave between two pages.
    """
    count, dice = count % 700, random.Random(seed)
    feed = people(count)
    cursor, read, left = FeedCursor(), [], set()
    while True:
        page = feed[cursor.begin : cursor.begin + SIZE + OVERLAP]
        fresh = cursor.fresh(page)
        read += [one.key for one in fresh]
        if len(page) < SIZE + OVERLAP:
            break

        cursor = FeedCursor.parse(cursor.behind(page, fresh[-1]).to_text())
        going = {one.key for one in dice.sample(feed, min(len(feed), dice.randrange(OVERLAP)))}
        going.discard(cursor.first or feed[0].key)
        left |= going
        feed = [one for one in feed if one.key not in going]

    assert len(set(read)) == len(read)
    assert {one.key for one in people(count)} - left <= set(read)


def test_part_of_a_page_is_passed() -> None:
    """
    A cursor may stand behind any one of a page.
    """
    page = people(8)

    cursor = FeedCursor().behind(page, page[4])

    assert (cursor.offset, cursor.first, cursor.tail[-1]) == (5, "sp-0", "sp-4")
    assert [one.key for one in cursor.fresh(page)] == ["sp-5", "sp-6", "sp-7"]


def test_person_twice_on_a_page_is_read_once() -> None:
    """
    Who is on a page twice counts once.
    """
    assert len(FeedCursor().fresh([*people(3), *people(3)])) == 3


def test_feed_without_pages_is_noticed() -> None:
    """
    A feed that begins anew at every offset would never end.
    """
    page = people(SIZE)
    cursor = FeedCursor().behind(page, page[-1])

    with pytest.raises(ConfigurationError, match="page by page"):
        cursor.fresh(page)
