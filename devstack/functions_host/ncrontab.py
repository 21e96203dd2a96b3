"""Six-field NCRONTAB expressions: second, minute, hour, day, month, day of the week.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from devstack.functions_host.errors import HostError

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_RANGES = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")
# The rarest day, 29 February on a given weekday, returns within 40 years.
_HORIZON_DAYS = 366 * 40

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Know when a timer is due, in UTC."""

    text: str
    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse an expression, or raise with what is wrong in it."""
        parts = text.split()
        if len(parts) == 1 and ":" in text:
            raise HostError(
                f"schedule '{text}' is a TimeSpan, which works on dedicated plans only:"
                " write an NCRONTAB expression"
            )
        if len(parts) != len(_RANGES):
            raise HostError(f"schedule '{text}' must have six fields, from second to weekday")

        schedule = cls(text, *(_field(part, index, text) for index, part in enumerate(parts)))
        schedule.next_after(_LONG_AGO)  # raises for a day that no calendar has

        return schedule

    def next_after(self, moment: datetime) -> datetime:
        """Return the first time that is due later than a moment."""
        start = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        earliest = (start.hour, start.minute, start.second)
        for ahead in range(_HORIZON_DAYS):
            day = start + timedelta(days=ahead)
            if self._has_day(day) and (time := self._time_from(earliest)):
                return day.replace(hour=time[0], minute=time[1], second=time[2])
            earliest = (0, 0, 0)

        raise HostError(f"schedule '{self.text}' is never due")

    def _has_day(self, day: datetime) -> bool:
        # NCRONTAB wants the day and the weekday, where cron is content with either.
        return (
            day.month in self.months
            and day.day in self.days
            and day.isoweekday() % 7 in self.weekdays
        )

    def _time_from(self, earliest: tuple[int, int, int]) -> tuple[int, int, int] | None:
        for hour in self.hours:
            if hour < earliest[0]:
                continue
            for minute in self.minutes:
                if (hour, minute) < earliest[:2]:
                    continue
                for second in self.seconds:
                    if (hour, minute, second) >= earliest:
                        return hour, minute, second

        return None


def _field(part: str, index: int, text: str) -> tuple[int, ...]:
    values: set[int] = set()
    for piece in part.split(","):
        match = _PART.fullmatch(piece)
        if match is None:
            raise HostError(f"schedule '{text}': '{piece}' cannot be read")
        values.update(_values(match, index, text))

    return tuple(sorted(values))


def _values(match: re.Match[str], index: int, text: str) -> range:
    lowest, highest = _RANGES[index]
    step = int(match["step"] or 1)
    first = _number(match["first"], index) if match["first"] else lowest
    last = _number(match["last"], index) if match["last"] else first
    # "5/15" counts from 5 on, and "*/15" from the start.
    if match["last"] is None and (match["step"] or not match["first"]):
        last = highest
    if first is None or last is None or not lowest <= first <= last <= highest or step == 0:
        raise HostError(f"schedule '{text}': '{match[0]}' is outside {lowest} to {highest}")

    return range(first, last + 1, step)


def _number(text: str, index: int) -> int | None:
    if text.isdigit():
        return int(text)

    names = {4: _MONTHS, 5: _WEEKDAYS}.get(index, [])
    name = text.lower()[:3]

    return names.index(name) + _RANGES[index][0] if name in names else None
