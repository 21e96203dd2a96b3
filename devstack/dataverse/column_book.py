"""What an administrator did to columns, and the tables as the application user sees them."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping

from devstack.dataverse.columns import (
    DATE_ONLY,
    PLATFORM_COLUMNS,
    ColumnError,
    ColumnSettings,
    can_be_secured,
)
from devstack.dataverse.options import DataverseOptions
from devstack.dataverse.schema.catalogue import Catalogue
from devstack.dataverse.schema.table import TEXTS, Column, Kind, Table
from devstack.dataverse.store import Store
from devstack.dataverse.values import Value


class ColumnBook:
    """The columns that differ from usual, and the tables as the application user sees them."""

    def __init__(self, catalogue: Catalogue, store: Store, options: DataverseOptions) -> None:
        """Begin with every column as usual."""
        self._catalogue = catalogue
        self._store = store
        self._options = options
        self._settings: dict[tuple[str, str], ColumnSettings] = {}
        self._usual: dict[tuple[str, str], Column] = {}
        self._deleted: dict[tuple[str, str], Column] = {}
        self._seen: Catalogue | None = None

    @property
    def restricts(self) -> bool:
        """Tell whether any column is secured."""
        return any(one.secured for one in self._settings.values())

    def settings(self, table: str, column: str) -> ColumnSettings:
        """Return what differs from usual about a column."""
        return self._settings.get((table, column), ColumnSettings())

    def show(self, table: str) -> dict[str, object]:
        """Describe the columns of a table that differ from usual."""
        shown: dict[str, object] = {
            name: dataclasses.asdict(settings)
            for (owner, name), settings in self._settings.items()
            if owner == table
        }
        shown |= {name: "deleted" for owner, name in self._deleted if owner == table}

        return shown

    def change(self, table: Table, name: str, settings: ColumnSettings) -> None:
        """Give a column these settings, and take from it those that it had."""
        column = self._usual.get((table.name, name), _existing(table, name))
        _check_fit(table, column, settings)
        kind = Kind.DATE if settings.behaviour == DATE_ONLY else column.kind
        before = table.columns[name].kind
        self._put(
            table,
            dataclasses.replace(
                column, kind=kind, secured=settings.secured, behaviour=settings.behaviour or ""
            ),
        )
        if kind is not before:
            self._store.rewrite(table.name, name, _CONVERSIONS[kind])

        key = table.name, name
        self._usual.setdefault(key, column)
        self._settings.pop(key, None)
        if settings != ColumnSettings():
            self._settings[key] = settings

    def delete(self, table: Table, name: str) -> None:
        """Delete a column; what rows held in it is kept for a reset."""
        column = _existing(table, name)
        if _is_locked(table, column):
            raise ColumnError(f"{name} belongs to the platform and cannot be deleted")

        self._deleted[table.name, name] = table.columns.pop(name)
        self._index(table)

    def make_anew(self, table: Table, name: str) -> None:
        """Make a deleted column anew: another one of the same name, and empty."""
        key = table.name, name
        deleted = self._deleted.pop(key, None)
        if deleted is None:
            raise ColumnError(f"{table.name} has no deleted column {name}")

        self._settings.pop(key, None)
        column = self._usual.pop(key, deleted)
        self._put(table, dataclasses.replace(column, made_on=self._store.now()))
        self._store.rewrite(table.name, name, lambda _: None)

    def reset(self) -> None:
        """Make every column usual again."""
        for table, name in list(self._deleted):
            self._put(self._catalogue.get(table), self._deleted.pop((table, name)))

        for table, name in list(self._settings):
            self.change(self._catalogue.get(table), name, ColumnSettings())

    def seen(self) -> Catalogue:
        """Return the tables as the application user sees them."""
        if self._seen is None:
            self._seen = Catalogue(self._seen_table(table) for table in self._catalogue)

        return self._seen

    def _seen_table(self, table: Table) -> Table:
        secured = [column for column in table.columns.values() if column.secured]
        if not secured:
            return table

        seen = {column.name: self._seen_column(table, column) for column in secured}

        return dataclasses.replace(table, columns={**table.columns, **seen})

    def _seen_column(self, table: Table, column: Column) -> Column:
        settings = self.settings(table.name, column.name)
        hidden = not settings.readable

        return dataclasses.replace(
            column,
            hidden=hidden,
            guarded=hidden and self._options.secured_filter_refused,
            unwritable=not settings.can_write,
            mask=settings.mask,
        )

    def _put(self, table: Table, column: Column) -> None:
        table.columns[column.name] = column
        self._index(table)

    def _index(self, table: Table) -> None:
        table.index()
        self._seen = None


def _existing(table: Table, name: str) -> Column:
    column = table.columns.get(name)
    if column is None:
        raise ColumnError(f"{table.name} has no column {name}")

    return column


def _is_locked(table: Table, column: Column) -> bool:
    return column.name == table.primary_name or not can_be_secured(table, column)


def _check_fit(table: Table, column: Column, settings: ColumnSettings) -> None:
    if settings.secured and not can_be_secured(table, column):
        raise ColumnError(f"{column.name} belongs to the platform and cannot be secured")

    if settings.mask is not None and column.kind not in TEXTS:
        raise ColumnError(f"{column.name} holds no text, and only text can be masked")

    if settings.behaviour is None:
        return

    if column.kind is not Kind.DATETIME or column.name in PLATFORM_COLUMNS:
        raise ColumnError(f"the behaviour of {column.name} cannot be changed")


def _to_day(value: Value) -> Value:
    return value.date() if isinstance(value, dt.datetime) else value


def _to_moment(value: Value) -> Value:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        return value

    return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)


_CONVERSIONS: Mapping[Kind, Callable[[Value], Value]] = {
    Kind.DATE: _to_day,
    Kind.DATETIME: _to_moment,
}
