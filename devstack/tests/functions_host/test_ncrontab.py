"""NCRONTAB expressions."""

from datetime import UTC, datetime

import pytest

from devstack.functions_host.errors import HostError
from devstack.functions_host.ncrontab import Schedule

# A Monday.
_NOW = datetime(2026, 11, 23, 10, 30, 15, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        pytest.param("* * * * * *", "2026-11-23T10:30:16", id="every second"),
        pytest.param("*/20 * * * * *", "2026-11-23T10:30:20", id="step"),
        pytest.param("5/20 * * * * *", "2026-11-23T10:30:25", id="step from a start"),
        pytest.param("10-14/2 * * * * *", "2026-11-23T10:31:10", id="step in a range"),
        pytest.param("0 0 * * * *", "2026-11-23T11:00:00", id="every hour"),
        pytest.param("0 30 10 * * *", "2026-11-24T10:30:00", id="just missed"),
        pytest.param("15,16 30 10 * * *", "2026-11-23T10:30:16", id="list"),
        pytest.param("0 0 0 1 * *", "2026-12-01T00:00:00", id="first of the month"),
        pytest.param("0 0 0 1 1 *", "2027-01-01T00:00:00", id="new year"),
        pytest.param("0 0 9 * * Mon-Fri", "2026-11-24T09:00:00", id="named weekdays"),
        pytest.param("0 0 9 * Feb Sunday", "2027-02-07T09:00:00", id="full names"),
        pytest.param("0 0 9 13 * 5", "2027-08-13T09:00:00", id="day and weekday both"),
        pytest.param("0 0 0 29 2 *", "2028-02-29T00:00:00", id="leap day"),
        pytest.param("0 0 0 31 12 0", "2028-12-31T00:00:00", id="years ahead"),
    ],
)
def test_next_time_is_found(text: str, due: str) -> None:
    """
    A schedule knows the first time later than now.
    """
    assert Schedule.parse(text).next_after(_NOW) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_never_is_refused() -> None:
    """
    A date that no year has is refused and not searched for ever.
    """
    with pytest.raises(HostError, match="never due"):
        Schedule.parse("0 0 0 30 2 *").next_after(_NOW)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("0 0 * * *", "six fields", id="five fields"),
        pytest.param("00:05:00", "TimeSpan", id="time span"),
        pytest.param("60 * * * * *", "outside 0 to 59", id="too high"),
        pytest.param("* * * 0 * *", "outside 1 to 31", id="too low"),
        pytest.param("5-1 * * * * *", "outside", id="backwards"),
        pytest.param("*/0 * * * * *", "outside", id="no step"),
        pytest.param("x * * * * *", "outside", id="no number"),
        pytest.param("* * * * * 7", "outside 0 to 6", id="no eighth day"),
        pytest.param("1;2 * * * * *", "cannot be read", id="no list"),
        pytest.param("* * Mon * * *", "outside 0 to 23", id="name in the wrong field"),
    ],
)
def test_bad_schedule_is_refused(text: str, said: str) -> None:
    """
    A schedule that Azure would refuse is refused with the reason.
    """
    with pytest.raises(HostError, match=said):
        Schedule.parse(text)
