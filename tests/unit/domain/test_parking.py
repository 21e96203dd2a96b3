from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.contact import Table
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError
from connector.domain.event import Change, RecordChanged, RelatedChanged
from connector.domain.parking import CONFIGURATION, LICENCE, ParkedEvent, park_event, reason_of
from tests.builders import NOW, a_change, a_contact_key, a_rename

KEY = a_contact_key(1)
LATER = NOW + timedelta(hours=1)


def test_parked_event_starts_anew() -> None:
    """
    A parked event has all its attempts before it, and the row says how many there were.
    """
    event = a_change(KEY, forced=True, attempt=7)

    parked = park_event(event, "rejected", NOW)

    assert parked.event == replace(event, attempt=0)
    assert (parked.id, parked.attempts) == (f"contact-{KEY.id}", 7)


def test_parked_rename_begins_anew() -> None:
    """
    A parked rename begins at its first page, and its id is none of a person's.
    """
    event = replace(a_rename(attempt=7).onwards(Table.CONTACT, "contacts?x"), attempt=7)

    parked = park_event(event, "spent", NOW)

    assert isinstance(parked.event, RelatedChanged)
    assert (parked.event.among, parked.event.cursor, parked.event.attempt) == (None, None, 0)
    assert (parked.id, parked.attempts) == (f"related-{event.key.table}-{event.key.id}", 7)
    assert parked.after(replace(parked, reason="before")).event == parked.event
    assert not parked.is_deletion


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        pytest.param(ConfigurationError("a"), CONFIGURATION, id="operator"),
        pytest.param(TransientError("a"), "TransientError", id="outage"),
    ],
)
def test_reason_of_a_cause(cause: ConnectorError, reason: str) -> None:
    """
    What an operator must put right has a reason by which it goes on by itself.
    """
    assert reason_of(cause) == reason


def test_first_parking_is_noted() -> None:
    """
    What was never parked before is parked since now.
    """
    parked = park_event(a_change(KEY), "rejected", NOW)

    assert parked.after(None) == replace(parked, first_parked_at=NOW)


@pytest.mark.parametrize(
    ("before", "then", "kept"),
    [
        pytest.param(Change.UPDATED, Change.CREATED, Change.CREATED, id="change"),
        pytest.param(Change.UPDATED, Change.DELETED, Change.DELETED, id="deletion"),
        pytest.param(Change.DELETED, Change.UPDATED, Change.DELETED, id="change after deletion"),
    ],
)
def test_parked_deletion_is_kept(before: Change, then: Change, kept: Change) -> None:
    """
    The newest event replaces the one before, save that a deletion stays one; since when is kept.
    """
    earlier = park_event(a_change(KEY, before), "rejected", NOW).after(None)

    parked = park_event(a_change(KEY, then), "gave_up", LATER).after(earlier)

    assert isinstance(parked.event, RecordChanged)
    assert parked.event.change is kept
    assert (parked.reason, parked.parked_at, parked.first_parked_at) == ("gave_up", LATER, NOW)


@pytest.mark.parametrize(
    ("before", "then", "kept"),
    [
        pytest.param(LICENCE, "rejected", LICENCE, id="a failure of what is held"),
        pytest.param("rejected", LICENCE, LICENCE, id="what failed is held"),
        pytest.param("rejected", "gave_up", "gave_up", id="another failure"),
    ],
)
def test_held_stays_held(before: str, then: str, kept: str) -> None:
    """
    What waits for the licence goes on by itself also when a change of the same record fails.
    """
    earlier = park_event(a_change(KEY), before, NOW).after(None)

    assert park_event(a_change(KEY), then, LATER).after(earlier).reason == kept


def test_unreadable_message_stays_as_it_came() -> None:
    """
    A message that could not be read has no event, and its body stays when it is parked again.
    """
    unread = ParkedEvent("message-1", "unreadable", NOW, body="{")

    again = replace(unread, parked_at=LATER).after(unread.after(None))

    assert (again.event, again.body, again.first_parked_at) == (None, "{", NOW)


@pytest.mark.parametrize(
    ("waited", "since", "is_due"),
    [
        pytest.param(timedelta(), timedelta(seconds=59), False, id="just parked"),
        pytest.param(timedelta(), timedelta(minutes=1), True, id="parked a minute ago"),
        pytest.param(timedelta(minutes=20), timedelta(minutes=19), False, id="tried lately"),
        pytest.param(timedelta(minutes=20), timedelta(minutes=20), True, id="waited as long again"),
        pytest.param(timedelta(days=9), timedelta(minutes=59), False, id="waits for days"),
        pytest.param(timedelta(days=9), timedelta(hours=1), True, id="waits for days, an hour on"),
    ],
)
def test_who_waits_long_is_tried_seldom(
    waited: timedelta, since: timedelta, *, is_due: bool
) -> None:
    """
    What waits for an operator is tried after a minute, ever more seldom, and hourly in the end.
    """
    first = park_event(a_change(KEY), CONFIGURATION, NOW).after(None)
    tried = replace(first, parked_at=NOW + waited)

    assert tried.is_due(NOW + waited + since) is is_due


def test_what_was_never_parked_before_is_due_after_a_minute() -> None:
    """
    A row that does not say since when it waits has waited since it was parked.
    """
    parked = park_event(a_change(KEY), CONFIGURATION, NOW)

    assert not parked.is_due(NOW)
    assert parked.is_due(NOW + timedelta(minutes=1))
