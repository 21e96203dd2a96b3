"""Reading a feed by offset while people leave it."""

import random
from collections.abc import Callable, Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.errors import ConfigurationError
from connector.domain.feed_cursor import OVERLAP, FeedCursor, short
from connector.domain.spotler_contact import SpotlerContact
from tests.spotler_people import a_spotler_contact

SIZE = 100


def people(count: int) -> list[SpotlerContact]:
    return [a_spotler_contact(f"sp-{number}") for number in range(count)]


type Leave = Callable[[list[SpotlerContact]], Collection[SpotlerContact]]


def read_all(feed: list[SpotlerContact], leave: Leave) -> tuple[list[str], list[str]]:
    """Read a feed page by page while people leave; return who was read, and who stayed."""
    cursor = FeedCursor()
    read: list[str] = []
    while True:
        page = feed[cursor.begin : cursor.begin + SIZE + OVERLAP]
        if cursor.is_lost(page):
            cursor = FeedCursor.parse(cursor.back(SIZE).to_text())
            continue

        fresh = cursor.fresh(page)
        read += [one.key for one in fresh]
        if len(page) < SIZE + OVERLAP:
            return read, [one.key for one in feed]

        cursor = cursor.behind(page, fresh[-1]) if fresh else cursor.past(page)
        cursor = FeedCursor.parse(cursor.to_text())
        going = leave(feed)
        feed = [one for one in feed if one not in going]


@given(st.integers(min_value=0, max_value=700), st.randoms(use_true_random=False))
def test_who_stays_is_read_once(count: int, dice: random.Random) -> None:
    """
    Whoever stays in the feed is read exactly once, though any fifty leave between two pages.
    """
    read, stayed = read_all(
        people(count), lambda feed: dice.sample(feed, min(len(feed), dice.randrange(OVERLAP)))
    )

    assert len(set(read)) == len(read)
    assert {*stayed} <= {*read}


@given(st.integers(min_value=0, max_value=1500), st.randoms(use_true_random=False))
def test_who_stays_is_read_however_many_leave(count: int, dice: random.Random) -> None:
    """
    Whoever stays in the feed is read, though any number leave between two pages.
    """

    def leave(feed: list[SpotlerContact]) -> Collection[SpotlerContact]:
        begin = dice.randrange(len(feed) + 1)
        return feed[begin : begin + dice.choice([0, 10, SIZE, 600])]

    read, stayed = read_all(people(count), leave)

    assert {*stayed} <= {*read}


def test_step_back_counts_nobody_twice() -> None:
    """
    When hundreds leave at the beginning, who was read after them is not new.
    """
    leaving = iter([(), (), people(190)])

    read, _ = read_all(people(700), lambda _: next(leaving, ()))

    assert read == [one.key for one in people(700)]


def test_part_of_a_page_is_passed() -> None:
    """
    A cursor may stand behind any one of a page.
    """
    page = people(8)

    cursor = FeedCursor().behind(page, page[4])

    first, last = short(page[0].key), short(page[4].key)
    assert (cursor.offset, cursor.first, cursor.tail[-1]) == (5, first, last)
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


def test_pages_that_never_end_are_noticed() -> None:
    """
    A feed of pages that are no longer than what they share has no end.
    """
    page = people(OVERLAP)

    with pytest.raises(ConfigurationError, match="page by page"):
        FeedCursor().behind(page, page[-1]).past(page)
