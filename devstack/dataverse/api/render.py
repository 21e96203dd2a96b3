"""Write rows as the Web API shows them."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

from devstack.dataverse.columns import TIME_ZONE_INDEPENDENT, mask
from devstack.dataverse.json_values import JsonScalar, json_writer
from devstack.dataverse.odata.options import Expand
from devstack.dataverse.schema.table import TEXTS, Column, Kind, Table
from devstack.dataverse.store import Row
from devstack.dataverse.values import Choice, Lookup, Value
from devstack.dataverse.writing.environment import Environment

FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOGICAL_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"

# Columns that need no annotation: what they hold reads as it is.
_SELF_EVIDENT = TEXTS | {Kind.GUID}
_LOCAL = ZoneInfo("Europe/Amsterdam")

type Json = dict[str, object]


class Renderer:
    """Writes rows of one table with the columns and annotations that were asked for."""

    def __init__(
        self,
        environment: Environment,
        table: Table,
        select: tuple[Column, ...] | None = None,
        annotations: tuple[str, ...] = (),
        expand: tuple[Expand, ...] = (),
    ) -> None:
        """Show `select`, or every readable column."""
        self._environment = environment
        self._table = table
        self._columns = _shown(table, select)
        self._writers = [(c.json_name, c.name, writer_of(c)) for c in self._columns]
        self._noted = [
            (c, c.json_name) for c in self._columns if c.kind not in _SELF_EVIDENT and not c.hidden
        ]
        self._formatted = is_asked(FORMATTED, annotations)
        self._logical = is_asked(LOGICAL_NAME, annotations)
        self._navigation = is_asked(NAVIGATION, annotations)
        self._annotated = self._formatted or self._logical or self._navigation
        self._annotations = annotations
        self._expand = expand

    def row(self, row: Row) -> Json:
        """Return one row."""
        shown: Json = {"@odata.etag": etag(row)}
        get = row.values.get
        for json_name, name, write in self._writers:
            value = get(name)
            shown[json_name] = value if value is None or write is None else write(value)

        if self._annotated:
            self._annotate(shown, row)

        for expand in self._expand:
            shown[expand.navigation] = self._expanded(expand, row)

        return shown

    def _annotate(self, shown: Json, row: Row) -> None:
        for column, name in self._noted:
            value = row.values.get(column.name)
            if value is None:
                continue

            if self._formatted and (text := self._format(column, value)) is not None:
                shown[f"{name}@{FORMATTED}"] = text

            if not isinstance(value, Lookup):
                continue

            if self._logical:
                shown[f"{name}@{LOGICAL_NAME}"] = value.table

            if self._navigation:
                shown[f"{name}@{NAVIGATION}"] = _navigation(column, value)

    def _format(self, column: Column, value: Value) -> str | None:
        if isinstance(value, Lookup):
            return self._environment.name_of(value.table, value.id)

        return format_value(column, value)

    def _expanded(self, expand: Expand, row: Row) -> Json | None:
        value = None if expand.column.hidden else row.get(expand.column.name)
        if not isinstance(value, Lookup) or expand.target not in {"", value.table}:
            return None

        target = self._environment.catalogue.get(value.table)
        found = self._environment.store.find(value.table, value.id)
        if found is None:
            return None

        columns = tuple(target.by_json[name] for name in expand.select if name in target.by_json)

        return Renderer(self._environment, target, columns or None, self._annotations).row(found)


def writer_of(column: Column) -> Callable[[Any], JsonScalar] | None:
    """Return what writes the filled values of a column as its reader may see them."""
    if column.hidden:
        return lambda _: None

    if column.mask is not None:
        return lambda value: mask(column.mask, str(value))

    return json_writer(column)


def etag(row: Row) -> str:
    """Return the tag that names this version of a row."""
    return f'W/"{row.version}"'


def format_value(column: Column, value: Value) -> str | None:
    """Return what a Dutch user reads in a column; None where it is the value itself."""
    match value:
        case Choice():
            return column.options.get(value.value)
        case bool():
            return column.options.get(int(value))
        case dt.datetime():
            independent = column.behaviour == TIME_ZONE_INDEPENDENT
            local = value if independent else value.astimezone(_LOCAL)
            return f"{local.day}-{local.month}-{local.year} {local:%H:%M}"
        case dt.date():
            return f"{value.day}-{value.month}-{value.year}"
        case int() | float() | Decimal():
            return _number(column, value)
        case _:
            return None


def _number(column: Column, value: float | Decimal) -> str:
    places = 0 if column.kind in {Kind.INTEGER, Kind.BIGINT} else 2
    text = f"{value:,.{places}f}".translate(str.maketrans(",.", ".,"))

    return f"€ {text}" if column.kind is Kind.MONEY else text


def _shown(table: Table, select: tuple[Column, ...] | None) -> list[Column]:
    if select is None:
        return [column for column in table.columns.values() if column.readable]

    primary = table.columns[table.primary_id]

    return list(select) if primary in select else [*select, primary]


def is_asked(name: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether an annotation is among those that were asked for."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _navigation(column: Column, value: Lookup) -> str:
    for name, target in column.navigation.items():
        if target in {"", value.table}:
            return name

    return column.name
