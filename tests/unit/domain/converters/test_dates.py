"""No day shifts on the way from the CRM to Spotler."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.converters.dates import to_day, to_moment
from connector.domain.converters.unusable import Note, UnusableValueError

DAYS = st.dates(date(1753, 1, 1), date(2199, 12, 31))


def summer_time_begins(year: int) -> date:
    """Return the last Sunday of March."""
    end = date(year, 3, 31)

    return end - timedelta(days=(end.weekday() + 1) % 7)


def summer_time_ends(year: int) -> date:
    """Return the last Sunday of October."""
    end = date(year, 10, 31)

    return end - timedelta(days=(end.weekday() + 1) % 7)


def as_the_crm_stores(day: date) -> str:
    """Return the midnight that a Dutch user chose, by today's summer time rule."""
    is_summer = summer_time_begins(day.year) < day <= summer_time_ends(day.year)
    zone = timezone(timedelta(hours=2 if is_summer else 1))

    return datetime.combine(day, time(), zone).astimezone(UTC).isoformat().replace("+00:00", "Z")


@given(DAYS)
def test_day_without_time(day: date) -> None:
    """
    A date without a time is the same day always, in every century.
    """
    assert to_day(day.isoformat()) == day.isoformat()


@given(DAYS)
def test_midnight_keeps_its_day(day: date) -> None:
    """
    A birthday that the CRM keeps as a user's midnight is that user's day, in every century.
    """
    assert to_day(as_the_crm_stores(day)) == day.isoformat()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("2026-01-31T22:59:59Z", "2026-01-31", id="before-midnight-in-winter"),
        pytest.param("2026-01-31T23:00:00Z", "2026-02-01", id="midnight-in-winter"),
        pytest.param("2026-07-31T21:59:59Z", "2026-07-31", id="before-midnight-in-summer"),
        pytest.param("2026-07-31T22:00:00Z", "2026-08-01", id="midnight-in-summer"),
        pytest.param("2026-03-28T23:00:00Z", "2026-03-29", id="day-summer-time-begins"),
        pytest.param("2026-03-29T22:00:00Z", "2026-03-30", id="day-after-it-began"),
        pytest.param("2026-10-24T22:00:00Z", "2026-10-25", id="day-summer-time-ends"),
        pytest.param("2026-10-25T23:00:00Z", "2026-10-26", id="day-after-it-ended"),
        pytest.param("1985-10-09T22:00:00Z", "1985-10-10", id="when-summer-ended-in-september"),
        pytest.param("1965-06-14T22:00:00Z", "1965-06-15", id="when-there-was-no-summer-time"),
        pytest.param("1935-06-14T22:00:00Z", "1935-06-15", id="when-amsterdam-had-its-own-time"),
        pytest.param("1904-02-28T23:00:00Z", "1904-02-29", id="leap-day"),
        pytest.param("1985-03-12T00:00:00Z", "1985-03-12", id="midnight-utc"),
        pytest.param("2026-01-31T20:30:00.1234567-05:00", "2026-02-01", id="offset-and-fraction"),
        pytest.param("2026-01-31T23:30:00", "2026-01-31", id="no-zone"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="none"),
    ],
)
def test_local_day(value: object, expected: str | None) -> None:
    """
    A moment is the day that a person in the Netherlands sees in the CRM.
    """
    assert to_day(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("2026-01-31T10:00:00Z", "2026-01-31T11:00:00+01:00", id="winter"),
        pytest.param("2026-07-31T10:00:00Z", "2026-07-31T12:00:00+02:00", id="summer"),
        pytest.param("2026-01-31T10:00:00.9Z", "2026-01-31T11:00:00+01:00", id="fraction"),
        pytest.param("2026-07-31", "2026-07-31T00:00:00+02:00", id="day"),
        pytest.param("1935-01-01", "1935-01-01T00:00:00+01:00", id="old-day"),
        pytest.param(None, None, id="empty"),
    ],
)
def test_moment_with_offset(value: object, expected: str | None) -> None:
    """
    A moment is sent in seconds with its offset, a day as its midnight.
    """
    assert to_moment(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "31-01-2026",
        "2026-02-30",
        "2026-1-1",
        "20260131",
        "2026-W05-6",
        "2026-01-31T25:00:00Z",
        "2026-01-31Tnoon",
        "٢٠٢٦-01-31",
        "9999-12-31T23:30:00Z",
        "0001-01-01T00:00:00+23:00",
        20260131,
        True,
    ],
)
def test_no_date(value: object) -> None:
    """
    What is not a date as the CRM writes it is refused, not guessed at.
    """
    with pytest.raises(UnusableValueError) as refusal:
        to_day(value)

    assert refusal.value.note is Note.NOT_DATE
