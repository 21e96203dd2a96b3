"""Turn the conditions of a FetchXML filter into tests.

https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/reference/operators
"""

import datetime as dt
import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

from devstack.dataverse.elsewhere.lacking import has_property
from devstack.dataverse.errors import DataverseError, not_implemented
from devstack.dataverse.guids import parse_guid
from devstack.dataverse.json_values import parse_day, parse_moment
from devstack.dataverse.odata.condition import Guid, Literal, Test, compare, one_of, reader
from devstack.dataverse.odata.filter import Filter, Seek
from devstack.dataverse.schema.table import CHOICES, LOOKUPS, Column, Kind, Table

_COMPARISONS = {"eq": "eq", "ne": "ne", "neq": "ne", "gt": "gt", "ge": "ge", "lt": "lt", "le": "le"}
_DAYS = frozenset({"on", "on-or-after", "on-or-before"})
_WHOLE = frozenset({Kind.INTEGER, Kind.BIGINT, *CHOICES})
_REAL = frozenset({Kind.DECIMAL, Kind.DOUBLE, Kind.MONEY})
_TRUTHS = {"1": True, "true": True, "0": False, "false": False}
_ONE_DAY = dt.timedelta(days=1)


def refuse(message: str) -> DataverseError:
    """Refuse a query that cannot be read."""
    return DataverseError(400, "0x80041103", message)


def column_of(table: Table, name: str | None) -> Column:
    """Return a column by its logical name, as FetchXML names it."""
    column = table.columns.get(name or "")
    if column is None and has_property(table.name, name or ""):
        raise not_implemented(f"the property '{name}' of '{table.name}'")

    if column is None or not column.readable:
        raise refuse(f"'{table.name}' entity doesn't contain attribute with Name = '{name}'.")

    return column


def read_condition(table: Table, element: Element, user_id: str) -> Filter:
    """Read one condition."""
    if element.get("entityname") is not None or element.get("valueof") is not None:
        raise not_implemented("a FetchXML condition on another entity or column")

    column = column_of(table, element.get("attribute"))
    word = element.get("operator", "")
    if word in {"null", "not-null"}:
        return Filter(compare(column, "eq" if word == "null" else "ne", None))

    if word in {"eq-userid", "ne-userid"}:
        return _compared(column, word[:2], Guid(user_id))

    if word in {"in", "not-in"}:
        return _listed(column, element, wanted=word == "in")

    value = element.get("value")
    if value is None:
        raise refuse(f"The condition on '{column.name}' has no value.")

    if word in _COMPARISONS:
        return _compared(column, _COMPARISONS[word], literal_of(column, value))

    if word in _DAYS:
        return Filter(_on_day(column, word, value))

    return Filter(_like(column, word, value))


def literal_of(column: Column, text: str) -> Literal:
    """Read a value as the type of its column, or refuse it."""
    found: Literal = None
    if column.kind in _WHOLE:
        found = int(text) if re.fullmatch(r"-?\d+", text) else None
    elif column.kind in _REAL:
        found = float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None
    elif column.kind is Kind.BOOLEAN:
        found = _TRUTHS.get(text.lower())
    elif column.kind is Kind.GUID or column.kind in LOOKUPS:
        guid = parse_guid(text.strip("{}"))
        found = Guid(guid) if guid else None
    elif column.kind is Kind.DATE:
        found = parse_day(text[:10])
    elif column.kind is Kind.DATETIME:
        found = parse_moment(text) or parse_day(text[:10])
    else:
        found = text

    if found is None:
        raise refuse(f"'{text}' is not a value for the attribute '{column.name}'.")

    return found


def _compared(column: Column, word: str, literal: Literal) -> Filter:
    test = compare(column, word, literal)
    if word != "eq":
        return Filter(test)

    return Filter(test, (Seek(column, one_of(column, [literal])[1]),))


def _listed(column: Column, element: Element, *, wanted: bool) -> Filter:
    literals = [literal_of(column, value.text or "") for value in element.findall("value")]
    test, values = one_of(column, literals)
    if wanted:
        return Filter(test, (Seek(column, values),))

    return Filter(lambda row: not test(row))


def _on_day(column: Column, word: str, value: str) -> Test:
    day = parse_day(value[:10])
    if column.kind not in {Kind.DATE, Kind.DATETIME} or day is None:
        raise refuse(f"'{value}' is not a day for the attribute '{column.name}'.")

    from_start = compare(column, "ge", day)
    before_end = compare(column, "lt", day + _ONE_DAY)
    if word == "on-or-after":
        return from_start

    if word == "on-or-before":
        return before_end

    return lambda row: from_start(row) and before_end(row)


def _like(column: Column, word: str, value: str) -> Test:
    make = _PATTERNS.get(word.removeprefix("not-"))
    if make is None:
        raise not_implemented(f"the FetchXML operator '{word}'")

    pattern = re.compile(make(value.casefold()), re.DOTALL)
    read = reader(column)
    negated = word.startswith("not-")

    return lambda row: (pattern.fullmatch(str(read(row) or "")) is None) is negated


def _wildcards(value: str) -> str:
    return re.escape(value).replace("%", ".*").replace("_", ".")


_PATTERNS: dict[str, Callable[[str], str]] = {
    "like": _wildcards,
    "begin-with": lambda value: f"{re.escape(value)}.*",
    "begins-with": lambda value: f"{re.escape(value)}.*",
    "end-with": lambda value: f".*{re.escape(value)}",
    "ends-with": lambda value: f".*{re.escape(value)}",
}
