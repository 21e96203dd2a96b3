"""Days and moments, as a person in the Netherlands sees them in the CRM."""

import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import Note, UnusableValueError

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.+)?")

# The calendar, weekdays included, repeats itself after so many years.
_CALENDAR_CYCLE = 400


def to_day(value: object) -> str | None:
    """Return the day as `YYYY-MM-DD`; a column without a time keeps its day always."""
    moment = _parse(value)

    return moment.date().isoformat() if moment else None


def to_moment(value: object) -> str | None:
    """Return the moment with seconds and offset; a column without a time is its midnight."""
    moment = _parse(value)

    return moment.isoformat(timespec="seconds") if moment else None


def _parse(value: object) -> datetime | None:
    text = to_text(value)
    if text is None:
        return None
    if not _ISO_DATE.fullmatch(text):
        raise UnusableValueError(Note.NOT_DATE)

    try:
        return _to_local(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as exc:
        raise UnusableValueError(Note.NOT_DATE) from exc


def _to_local(moment: datetime) -> datetime:
    """Return the moment by today's summer time rule, whatever its year.

    The CRM shows every year by today's rule, while the zone's history knows summers that ended in
    September and offsets of twenty minutes: by it a birthday entered as local midnight would move
    to the day before. One calendar cycle ahead only today's rule is left.
    """
    ahead = moment.replace(year=moment.year + _CALENDAR_CYCLE)
    local = ahead.astimezone(_AMSTERDAM) if ahead.tzinfo else ahead.replace(tzinfo=_AMSTERDAM)
    offset = timezone(local.utcoffset() or timedelta())

    return local.replace(year=local.year - _CALENDAR_CYCLE, tzinfo=offset)
