"""How long a vendor asks to be left alone, as its header `Retry-After` says.

https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
"""

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_WAIT: Final = timedelta(hours=1)
"""The longest wait that is believed: one answer of a proxy must not put a change off for days."""


def to_wait(
    header: str | None,
    *,
    usual: timedelta,
    now: datetime | None = None,
    longest: timedelta = LONGEST_WAIT,
) -> timedelta:
    """Return how long to wait: the header says seconds or a date, or nothing that we can read."""
    seconds = _seconds(header or "", now or datetime.now(UTC))
    if seconds is None:
        return usual

    return timedelta(seconds=min(max(seconds, 0.0), longest.total_seconds()))


def _seconds(header: str, now: datetime) -> float | None:
    try:
        seconds = float(header)
    except ValueError:
        return _seconds_until(header, now)

    return None if math.isnan(seconds) else seconds


def _seconds_until(date: str, now: datetime) -> float | None:
    try:
        until = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None

    # A date that does not name its zone is in UTC by RFC 9110, part 5.6.7.
    return (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
