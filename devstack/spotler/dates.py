"""Moments: kept as epoch milliseconds, read and written in the vendor's many forms."""

import functools
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as dt_time
from typing import Literal
from zoneinfo import ZoneInfo

type Milliseconds = int
type Clock = Callable[[], Milliseconds]
type Form = Literal["milliseconds", "seconds", "iso"]

_FIRST_YEAR, _LAST_YEAR = 2, 9998
_DAY = r"\d{4}-\d{2}-\d{2}"
_SECONDS = re.compile(rf"{_DAY}T\d{{2}}:\d{{2}}:\d{{2}}(Z|[+-]\d{{2}}:\d{{2}})?")
_ANY = re.compile(rf"{_DAY}(T\d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,6}})?(Z|[+-]\d{{2}}:\d{{2}})?)?")


def system_clock() -> Milliseconds:
    """Return the present."""
    return time.time_ns() // 1_000_000


def to_moment(text: str, *, accepted: Literal["seconds", "any"], zone: str) -> Milliseconds:
    """Return the moment that an ISO-8601 text names, or raise ValueError."""
    grammar = _SECONDS if accepted == "seconds" else _ANY
    if grammar.fullmatch(text) is None:
        raise ValueError("not an ISO-8601 date")

    moment = datetime.fromisoformat(text)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError("not a date that every zone can show")

    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_zone(zone))

    return round(moment.timestamp() * 1000)


def day_of(moment: Milliseconds, zone: str) -> tuple[Milliseconds, Milliseconds]:
    """Return when the day of a moment begins, and when the next one does."""
    day = datetime.fromtimestamp(moment / 1000, UTC).astimezone(_zone(zone)).date()
    begins = (datetime.combine(one, dt_time(), _zone(zone)) for one in (day, day + timedelta(1)))
    first, following = (round(one.timestamp() * 1000) for one in begins)

    return first, following


def rendered(moment: Milliseconds, form: Form, zone: str) -> int | str:
    """Return a moment in one of the forms that answers use."""
    if form == "milliseconds":
        return moment

    if form == "seconds":
        return moment // 1000

    whole = datetime.fromtimestamp(moment // 1000, UTC).astimezone(_zone(zone))

    return whole.isoformat(timespec="seconds")


_zone = functools.cache(ZoneInfo)
