"""What an administrator did to columns: secured or masked them, deleted them, changed their dates.

https://learn.microsoft.com/power-platform/admin/field-level-security
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping

from devstack.dataverse.options import DataverseOptions
from devstack.dataverse.schema.catalogue import Catalogue
from devstack.dataverse.schema.table import TEXTS, Column, Kind, Table
from devstack.dataverse.store import Store
from devstack.dataverse.values import Value

USER_LOCAL = "UserLocal"
DATE_ONLY = "DateOnly"
TIME_ZONE_INDEPENDENT = "TimeZoneIndependent"

_BEHAVIOURS = frozenset({USER_LOCAL, DATE_ONLY, TIME_ZONE_INDEPENDENT})
_SIGNS = {"stars": "*", "hashes": "#"}
_PLATFORM = frozenset(
    {
        "createdon",
        "createdby",
        "modifiedon",
        "modifiedby",
        "modifiedonbehalfby",
        "versionnumber",
        "overriddencreatedon",
        "importsequencenumber",
        "ownerid",
        "owningbusinessunit",
        "owninguser",
        "owningteam",
        "statecode",
        "statuscode",
        "merged",
        "masterid",
    }
)


class ColumnError(Exception):
    """A setting that Dataverse has no room for; the text says which and why."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSettings:
    """What differs from usual about a column; without `writable` it is written as it is read."""

    secured: bool = False
    readable: bool = False
    writable: bool | None = None
    unmasked: bool = False
    mask: str | None = None
    behaviour: str | None = None

    @classmethod
    def parse(cls, wanted: Mapping[str, object]) -> "ColumnSettings":
        """Read settings from a JSON object; a mask makes a column secured and readable."""
        known = {field.name for field in dataclasses.fields(cls)}
        if unknown := sorted(wanted.keys() - known):
            raise ColumnError(f"a column has no {', '.join(unknown)}")

        for name, value in wanted.items():
            if not isinstance(value, bool | str | None):
                raise ColumnError(f"{name} must be true, false, null or a name")

        implied = {"secured": True, "readable": True} if wanted.get("mask") is not None else {}
        settings = cls(**{**implied, **wanted})  # type: ignore[arg-type]  # checked just below
        settings.check()

        return settings

    def check(self) -> None:
        """Refuse settings that contradict each other."""
        truths = (self.secured, self.readable, self.unmasked)
        if not all(isinstance(one, bool) for one in truths):
            raise ColumnError("secured, readable and unmasked must be true or false")

        if self.writable is not None and not isinstance(self.writable, bool):
            raise ColumnError("writable must be true or false")

        if self.mask not in {None, *_SIGNS}:
            raise ColumnError(f"mask must be null or one of {', '.join(_SIGNS)}")

        if self.mask is not None and not (self.secured and self.readable):
            raise ColumnError("a masked column must be secured and readable")

        if self.behaviour not in {None, *_BEHAVIOURS}:
            raise ColumnError(f"behaviour must be one of {', '.join(sorted(_BEHAVIOURS))}")

    @property
    def can_write(self) -> bool:
        """Tell whether the application user may fill and change the column."""
        return self.readable if self.writable is None else self.writable


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
        """Delete a column; what rows held in it is kept for its return."""
        column = _existing(table, name)
        if _is_locked(table, column):
            raise ColumnError(f"{name} belongs to the platform and cannot be deleted")

        self._deleted[table.name, name] = table.columns.pop(name)
        self._index(table)

    def bring_back(self, table: Table, name: str) -> None:
        """Make a deleted column again."""
        column = self._deleted.pop((table.name, name), None)
        if column is None:
            raise ColumnError(f"{table.name} has no deleted column {name}")

        self._put(table, column)

    def reset(self) -> None:
        """Make every column usual again."""
        for table, name in list(self._deleted):
            self.bring_back(self._catalogue.get(table), name)

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


def can_be_secured(table: Table, column: Column) -> bool:
    """Tell whether column security can be put on a column; not on what the platform needs."""
    return column.name != table.primary_id and column.name not in _PLATFORM


def mask(rule: str | None, text: str) -> str:
    """Hide all of a text but its first sign and, in an address, what stands behind the @."""
    if rule is None:
        return text

    name, at, domain = text.partition("@") if rule == "stars" else (text, "", "")

    return name[:1] + _SIGNS[rule] * len(name[1:]) + at + domain


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

    if column.kind is not Kind.DATETIME or column.name in _PLATFORM:
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
