"""Whether a property that Spotler shows is the one that it was sent, whatever form it has.

How dates and money are read is not proven, so every form is taken that Spotler uses anywhere:
text, ISO dates with and without a time, and milliseconds.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from connector.domain.contact import PropertyValue
from connector.domain.property import PropertyType

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_DAYS = frozenset({PropertyType.BIRTHDATE, PropertyType.DATE})
_MOMENTS = _DAYS | {PropertyType.DATE_TIME}


def differing(
    sent: Mapping[str, PropertyValue],
    held: Mapping[str, object],
    types: Mapping[str, PropertyType],
) -> dict[str, bool]:
    """Return the properties whose value would be another after they are sent.

    Each says whether there is a value now, which would be lost then.
    """
    kinds = {name: types.get(name) for name in sent}
    plain = {name: to_plain(held.get(name), kind) for name, kind in kinds.items()}

    return {
        name: plain[name] is not None
        for name, value in sent.items()
        if to_plain(value, kinds[name]) != plain[name]
    }


def to_plain(value: object, kind: PropertyType | None) -> object:
    """Return a value in one form, however it is written; what is empty is None."""
    if value is None or value == "":
        return None
    if kind in _MOMENTS:
        return _moment(value, kind) or str(value)

    return str(value)


def _moment(value: object, kind: PropertyType | None) -> date | None:
    """Return the moment that a value names, or for a day the day that it is in Amsterdam."""
    try:
        moment = _read(value)
    except (ValueError, OverflowError, OSError):
        return None

    local = moment.astimezone(_AMSTERDAM) if moment.tzinfo else moment.replace(tzinfo=_AMSTERDAM)

    return local.date() if kind in _DAYS else local


def _read(value: object) -> datetime:
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000, UTC)

    return datetime.fromisoformat(str(value))
