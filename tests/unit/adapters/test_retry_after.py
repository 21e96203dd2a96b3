"""How long a vendor asks to be left alone is believed, within bounds."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.adapters.retry_after import to_wait

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
USUAL = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        pytest.param("120", timedelta(minutes=2), id="seconds"),
        pytest.param("0.5", timedelta(seconds=0.5), id="part of a second"),
        pytest.param("Sat, 31 Jan 2026 12:00:30 GMT", timedelta(seconds=30), id="date"),
        pytest.param("Sat, 31 Jan 2026 12:00:30 -0000", timedelta(seconds=30), id="no zone"),
        pytest.param("Sat, 31 Jan 2026 13:00:30 +0100", timedelta(seconds=30), id="other zone"),
        pytest.param("Sat, 31 Jan 2026 11:00:00 GMT", timedelta(0), id="past date"),
        pytest.param("-5", timedelta(0), id="negative"),
        pytest.param("999999999999", timedelta(hours=1), id="too long"),
        pytest.param("inf", timedelta(hours=1), id="for ever"),
        pytest.param("Fri, 31 Jan 2036 12:00:00 GMT", timedelta(hours=1), id="distant date"),
        pytest.param(None, USUAL, id="absent"),
        pytest.param("", USUAL, id="empty"),
        pytest.param("nan", USUAL, id="no number"),
        pytest.param("soon", USUAL, id="word"),
        pytest.param("Mon, 01 Jan 2024 00:00:00 +999999999999999999", USUAL, id="absurd zone"),
    ],
)
def test_wait_is_read(header: str | None, wait: timedelta) -> None:
    """
    A wait may be seconds or a date; it is never negative, never endless, never missing.
    """
    assert to_wait(header, now=NOW, usual=USUAL) == wait
