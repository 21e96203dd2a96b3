"""The rows of one table, with the indexes that find them without a scan."""

import bisect
import dataclasses

from devstack.dataverse.guids import order_key
from devstack.dataverse.schema.table import AlternateKey, Table
from devstack.dataverse.values import Lookup, Value, Values

type KeyValues = tuple[Value, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One version of a row; an update makes a new one, so keeping an old one costs nothing.

    A column that holds nothing is absent from `values`.
    """

    table: str
    id: str
    values: Values

    def get(self, column: str) -> Value:
        """Return the value of a column, or None when it holds nothing."""
        return self.values.get(column)

    @property
    def version(self) -> int:
        """Return the number that grows with every write in the whole organisation."""
        version = self.values["versionnumber"]
        assert isinstance(version, int)  # noqa: S101 -- the store itself puts it there

        return version


class DuplicateKeyError(Exception):
    """Two rows would share an id (`key` is None) or the values of an alternate key."""

    def __init__(self, table: Table, key: AlternateKey | None, row_id: str) -> None:
        super().__init__(f"{table.name} already has a row for {key or row_id}")
        self.table = table
        self.key = key
        self.row_id = row_id


class Shelf:
    """Keeps rows by id, the order of the ids, and the values of keys and indexed lookups."""

    def __init__(self, table: Table) -> None:
        """Start empty."""
        self.table = table
        self.rows: dict[str, Row] = {}
        self.order: list[tuple[str, str]] = []
        self.keys: dict[str, dict[KeyValues, str]] = {}
        self.found: dict[str, dict[str, set[str]]] = {name: {} for name in table.indexed}

    def put(self, row: Row) -> None:
        """Add a row, or put a newer version in its place."""
        before = self.rows.get(row.id)
        for key in self.table.keys:
            self._check(key, row)

        for key in self.table.keys:
            self._forget(key, before)
            if (values := key_values(key, row.values)) is not None:
                self.keys.setdefault(key.name, {})[values] = row.id

        for column, index in self.found.items():
            old = None if before is None else before.values.get(column)
            _move(index, row.id, old, row.values.get(column))

        if before is None:
            self._place(row.id)

        self.rows[row.id] = row

    def drop(self, row_id: str) -> None:
        """Take a row away."""
        row = self.rows.pop(row_id)
        for key in self.table.keys:
            self._forget(key, row)

        for column, index in self.found.items():
            _move(index, row_id, row.values.get(column), None)

        entry = (order_key(row_id), row_id)
        del self.order[bisect.bisect_left(self.order, entry)]

    def _check(self, key: AlternateKey, row: Row) -> None:
        values = key_values(key, row.values)
        owner = self.keys.get(key.name, {}).get(values) if values is not None else None
        if owner not in (None, row.id):
            raise DuplicateKeyError(self.table, key, str(owner))

    def _forget(self, key: AlternateKey, row: Row | None) -> None:
        if row is not None and (values := key_values(key, row.values)) is not None:
            self.keys.get(key.name, {}).pop(values, None)

    def _place(self, row_id: str) -> None:
        entry = (order_key(row_id), row_id)
        if not self.order or self.order[-1] < entry:
            self.order.append(entry)
        else:
            bisect.insort(self.order, entry)


def key_values(key: AlternateKey, values: Values) -> KeyValues | None:
    """Return what the index of a key files a row under; None when a column is empty."""
    found = tuple(_folded(values.get(column)) for column in key.columns)

    return None if None in found else found


def _folded(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value


def _move(index: dict[str, set[str]], row_id: str, old: Value, new: Value) -> None:
    if old == new:
        return

    if old is not None:
        index[_reference(old)].discard(row_id)

    if new is not None:
        index.setdefault(_reference(new), set()).add(row_id)


def _reference(value: Value) -> str:
    return value.id if isinstance(value, Lookup) else str(value)
