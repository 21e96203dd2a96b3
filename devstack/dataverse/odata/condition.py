"""Conditions on one column, as functions on the values of a row."""

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from devstack.dataverse.errors import property_not_found, syntax
from devstack.dataverse.guids import order_key
from devstack.dataverse.json_values import edm_type
from devstack.dataverse.refusals import read_missing
from devstack.dataverse.schema.table import CHOICES, LOOKUPS, TEXTS, Column, Kind, Table
from devstack.dataverse.values import Values

type Test = Callable[[Values], bool]
type Read = Callable[[Mapping[str, Any]], Any]
type Comparable = str | float | bool | dt.datetime | dt.date
type Literal = str | float | bool | dt.datetime | dt.date | None

_NUMBERS = frozenset({Kind.INTEGER, Kind.BIGINT, Kind.DECIMAL, Kind.DOUBLE, Kind.MONEY, *CHOICES})
_GUIDS = frozenset({Kind.GUID, *LOOKUPS})
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def get_column(table: Table, name: str) -> Column:
    """Return a column by the name that queries use for it."""
    column = table.by_json.get(name)
    if column is None or not column.readable:
        raise property_not_found(table, name)

    return column


def reader(column: Column) -> Read:
    """Return what reads a column for comparing; text regardless of case, as the database does."""
    name = column.name
    if column.guarded:
        raise read_missing()

    if column.hidden:
        return lambda _: None

    if column.kind in TEXTS:
        return lambda values: None if (v := values.get(name)) is None else v.casefold()

    if column.kind in CHOICES:
        return lambda values: None if (v := values.get(name)) is None else v.value

    if column.kind in LOOKUPS:
        return lambda values: None if (v := values.get(name)) is None else v.id

    return operator.methodcaller("get", name)


def sort_reader(column: Column) -> Read:
    """Return what reads a column for ordering; an id as SQL Server orders it."""
    read = reader(column)
    if column.kind not in _GUIDS:
        return read

    return lambda values: None if (found := read(values)) is None else order_key(found)


def compare(column: Column, word: str, literal: Literal, *, ne_matches_empty: bool = True) -> Test:
    """Return the test for `column eq literal` and its siblings."""
    if literal is None:
        return _compare_null(column, word)

    wanted = _checked(column, word, literal)
    read = reader(column)
    if word == "eq":
        return lambda values: read(values) == wanted

    if word == "ne":
        return lambda values: (
            (found := read(values)) != wanted and (ne_matches_empty or found is not None)
        )

    return _compare_order(column, _ORDERS[word], wanted)


def one_of(column: Column, literals: Iterable[Literal]) -> tuple[Test, frozenset[Comparable]]:
    """Return the test for membership, and what it looks for."""
    wanted = frozenset(_checked(column, "eq", literal) for literal in literals)

    return within(column, wanted), wanted


def within(column: Column, wanted: frozenset[Comparable]) -> Test:
    """Return the test for being one of some values."""
    read = reader(column)

    return lambda values: read(values) in wanted


def text_test(column: Column, word: str, part: str) -> Test:
    """Return the test for contains, startswith and endswith."""
    if column.kind not in TEXTS:
        raise syntax(f"No function signature for the function '{word}' matches '{column.name}'.")

    read, wanted = reader(column), part.casefold()
    tests: dict[str, Callable[[str], bool]] = {
        "contains": lambda found: wanted in found,
        "startswith": lambda found: found.startswith(wanted),
        "endswith": lambda found: found.endswith(wanted),
    }
    test = tests[word]

    return lambda values: (found := read(values)) is not None and test(found)


def _compare_order(column: Column, order: Callable[[Any, Any], bool], wanted: Comparable) -> Test:
    limit = order_key(str(wanted)) if column.kind in _GUIDS else wanted
    read = sort_reader(column)

    return lambda values: (found := read(values)) is not None and order(found, limit)


def _compare_null(column: Column, word: str) -> Test:
    read = reader(column)
    if word == "eq":
        return lambda values: read(values) is None

    if word == "ne":
        return lambda values: read(values) is not None

    return lambda _: False


def _checked(column: Column, word: str, literal: Literal) -> Comparable:
    found = _fitting(column.kind, literal)
    if found is None:
        raise syntax(
            "A binary operator with incompatible types was detected. Found operand types "
            f"'{edm_type(column)}' and '{_EDM[type(literal)]}' for operator kind '{word}' on "
            f"'{column.name}'."
        )

    return found


def _fitting(kind: Kind, literal: Literal) -> Comparable | None:
    match literal:
        case dt.date() if kind is Kind.DATETIME and not isinstance(literal, dt.datetime):
            return dt.datetime(literal.year, literal.month, literal.day, tzinfo=dt.UTC)
        case str() if not isinstance(literal, Guid):
            return literal.casefold() if kind in TEXTS else None
        case None:
            return None
        case _:
            return literal if kind in _KINDS[type(literal)] else None


class Guid(str):
    """An id written in a query without quotes."""

    __slots__ = ()


_KINDS: dict[type, frozenset[Kind]] = {
    bool: frozenset({Kind.BOOLEAN}),
    int: _NUMBERS,
    float: _NUMBERS,
    dt.datetime: frozenset({Kind.DATETIME}),
    dt.date: frozenset({Kind.DATE}),
    Guid: _GUIDS,
}
_EDM: dict[type, str] = {
    bool: "Edm.Boolean",
    int: "Edm.Int32",
    float: "Edm.Double",
    str: "Edm.String",
    dt.datetime: "Edm.DateTimeOffset",
    dt.date: "Edm.Date",
    Guid: "Edm.Guid",
}
