"""Column values as the Web API writes them, and back, with the checks of the platform."""

import datetime as dt
import math
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from devstack.dataverse.errors import bad_option, cannot_convert, too_long
from devstack.dataverse.guids import parse_guid
from devstack.dataverse.schema.table import CHOICES, LOOKUPS, Column, Kind, Table
from devstack.dataverse.values import Choice, Lookup, Value

type JsonScalar = str | int | float | bool | None

_INT_LIMIT = 2**31
_EARLIEST = dt.date(1753, 1, 1)

_EDM = {
    Kind.INTEGER: "Edm.Int32",
    Kind.BIGINT: "Edm.Int64",
    Kind.DECIMAL: "Edm.Decimal",
    Kind.DOUBLE: "Edm.Double",
    Kind.MONEY: "Edm.Decimal",
    Kind.BOOLEAN: "Edm.Boolean",
    Kind.DATETIME: "Edm.DateTimeOffset",
    Kind.DATE: "Edm.Date",
    Kind.CHOICE: "Edm.Int32",
    Kind.STATE: "Edm.Int32",
    Kind.STATUS: "Edm.Int32",
    Kind.GUID: "Edm.Guid",
}


def edm_type(column: Column) -> str:
    """Return the OData type of a column."""
    return _EDM.get(column.kind, "Edm.String")


def to_json(value: Value) -> JsonScalar:
    """Write a value as the Web API does."""
    match value:
        case None | str() | bool() | int() | float():
            return value
        case dt.datetime():
            return f"{value.isoformat()[:19]}Z"
        case dt.date():
            return value.isoformat()
        case Choice():
            return value.value
        case Lookup():
            return value.id
        case Decimal():
            return float(value)


def json_writer(column: Column) -> Callable[[Any], JsonScalar] | None:
    """Return what writes the filled values of a column; None when they are JSON as they are."""
    return _WRITERS.get(column.kind)


def parse_json(table: Table, column: Column, raw: object) -> Value:
    """Read a value out of a body, or refuse it as the platform would."""
    if raw is None:
        return None

    value = _PARSERS.get(column.kind, _text)(raw)
    if value is None:
        raise cannot_convert(raw, column, edm_type(column))

    if isinstance(value, str):
        if column.length is not None and len(value) > column.length:
            raise too_long(table, column)

        return value or None

    if isinstance(value, Choice) and column.options and value.value not in column.options:
        raise bad_option(table, column, value.value)

    return value


def parse_moment(text: str) -> dt.datetime | None:
    """Read a time with an offset; None when it is none."""
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return None

        return moment.astimezone(dt.UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def parse_day(text: str) -> dt.date | None:
    """Read a date; None when it is none, or one that the database cannot hold."""
    try:
        day = dt.date.fromisoformat(text) if text.count("-") == 2 else None  # noqa: PLR2004 -- y-m-d
    except ValueError:
        return None

    return day if day is not None and day >= _EARLIEST else None


def _text(raw: object) -> Value:
    return raw if isinstance(raw, str) else None


def _guid(raw: object) -> Value:
    return parse_guid(raw) if isinstance(raw, str) else None


def _whole(raw: object) -> Value:
    if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) >= _INT_LIMIT:
        return None

    return raw


def _big(raw: object) -> Value:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None


def _real(raw: object) -> Value:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        return None

    return raw


def _choice(raw: object) -> Value:
    whole = _whole(raw)

    return Choice(whole) if isinstance(whole, int) else None


def _truth(raw: object) -> Value:
    return raw if isinstance(raw, bool) else None


def _moment(raw: object) -> Value:
    return parse_moment(raw) if isinstance(raw, str) else None


def _day(raw: object) -> Value:
    return parse_day(raw) if isinstance(raw, str) else None


_PARSERS: dict[Kind, Callable[[object], Value]] = {
    Kind.INTEGER: _whole,
    Kind.BIGINT: _big,
    Kind.DECIMAL: _real,
    Kind.DOUBLE: _real,
    Kind.MONEY: _real,
    Kind.BOOLEAN: _truth,
    Kind.DATETIME: _moment,
    Kind.DATE: _day,
    Kind.CHOICE: _choice,
    Kind.STATE: _choice,
    Kind.STATUS: _choice,
    Kind.GUID: _guid,
}

_WRITERS: dict[Kind, Callable[[Any], JsonScalar]] = {
    **dict.fromkeys(CHOICES, operator.attrgetter("value")),
    **dict.fromkeys(LOOKUPS, operator.attrgetter("id")),
    **dict.fromkeys((Kind.DATETIME, Kind.DATE, Kind.DECIMAL, Kind.MONEY, Kind.DOUBLE), to_json),
}
