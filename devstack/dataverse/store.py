"""The rows of the simulator, in memory: found by id at once, walked in the order of the ids."""

import bisect
import contextlib
import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Iterator, ValuesView

from devstack.dataverse.guids import SequentialGuids, order_key
from devstack.dataverse.schema.table import AlternateKey, Table
from devstack.dataverse.values import Value, Values

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


class _Shelf:
    """The rows of one table with their indexes."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows: dict[str, Row] = {}
        self.order: list[tuple[str, str]] = []
        self.keys: dict[str, dict[KeyValues, str]] = {}

    def put(self, row: Row) -> None:
        before = self.rows.get(row.id)
        for key in self.table.keys:
            self._check(key, row)

        for key in self.table.keys:
            self._forget(key, before)
            if (values := key_values(key, row.values)) is not None:
                self.keys.setdefault(key.name, {})[values] = row.id

        if before is None:
            self._place(row.id)

        self.rows[row.id] = row

    def drop(self, row_id: str) -> None:
        row = self.rows.pop(row_id)
        for key in self.table.keys:
            self._forget(key, row)

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


class Store:
    """All tables of the organisation."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Start empty; `clock` gives the seconds since 1970."""
        self.clock = clock
        self.guids = SequentialGuids(clock)
        self._shelves: dict[str, _Shelf] = {}
        self._version = 1_000_000
        self._journal: list[tuple[str, str, Row | None]] | None = None

    def add_table(self, table: Table) -> None:
        """Make room for a table."""
        self._shelves[table.name] = _Shelf(table)

    def table(self, name: str) -> Table:
        """Return what the metadata says of a table."""
        return self._shelves[name].table

    def now(self) -> dt.datetime:
        """Return the time in whole seconds, which is all that the platform keeps."""
        return dt.datetime.fromtimestamp(int(self.clock()), dt.UTC)

    def find(self, table: str, row_id: str) -> Row | None:
        """Return a row by its id."""
        return self._shelves[table].rows.get(row_id)

    def find_by_key(self, table: str, key: AlternateKey, values: Values) -> Row | None:
        """Return a row by an alternate key."""
        shelf = self._shelves[table]
        wanted = key_values(key, values)
        row_id = shelf.keys.get(key.name, {}).get(wanted) if wanted is not None else None

        return None if row_id is None else shelf.rows[row_id]

    def rows(self, table: str) -> ValuesView[Row]:
        """Return the rows of a table in no particular order."""
        return self._shelves[table].rows.values()

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return len(self._shelves[table].rows)

    def walk(self, table: str, after: str | None = None) -> Iterator[Row]:
        """Go through the rows in the order of their ids, from behind the id `after`."""
        shelf = self._shelves[table]
        start = bisect.bisect_right(shelf.order, (order_key(after), after)) if after else 0
        for position in range(start, len(shelf.order)):
            yield shelf.rows[shelf.order[position][1]]

    def insert(self, table: str, values: Values, row_id: str | None = None) -> Row:
        """Add a row; id, times and version are made here when they are not given."""
        shelf = self._shelves[table]
        row_id = row_id or self.guids.next()
        if row_id in shelf.rows:
            raise DuplicateKeyError(shelf.table, None, row_id)

        now = self.now()
        filled: dict[str, Value] = {"createdon": now, "modifiedon": now}
        filled |= {name: value for name, value in values.items() if value is not None}
        filled |= {shelf.table.primary_id: row_id, "versionnumber": self._next_version()}
        row = Row(table, row_id, filled)
        self._put(shelf, row, None)

        return row

    def update(self, table: str, row_id: str, changes: Values) -> Row:
        """Change columns of a row; None empties one."""
        shelf = self._shelves[table]
        before = shelf.rows[row_id]
        merged: dict[str, Value] = {**before.values, "modifiedon": self.now(), **changes}
        merged["versionnumber"] = self._next_version()
        for name, value in changes.items():
            if value is None:
                del merged[name]

        row = Row(table, row_id, merged)
        self._put(shelf, row, before)

        return row

    def delete(self, table: str, row_id: str) -> Row:
        """Take a row away and return what it was."""
        shelf = self._shelves[table]
        before = shelf.rows[row_id]
        shelf.drop(row_id)
        if self._journal is not None:
            self._journal.append((table, row_id, before))

        return before

    def clear(self, table: str) -> None:
        """Empty a table."""
        self._shelves[table] = _Shelf(self._shelves[table].table)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Undo every write of the block when the block raises; one at a time, never awaiting."""
        assert self._journal is None, "transactions do not nest"  # noqa: S101 -- our own mistake
        self._journal = []
        try:
            yield
        except BaseException:
            self._undo(self._journal)
            raise
        finally:
            self._journal = None

    def _put(self, shelf: _Shelf, row: Row, before: Row | None) -> None:
        shelf.put(row)
        if self._journal is not None:
            self._journal.append((row.table, row.id, before))

    def _undo(self, journal: list[tuple[str, str, Row | None]]) -> None:
        for table, row_id, before in reversed(journal):
            if before is None:
                self._shelves[table].drop(row_id)
            else:
                self._shelves[table].put(before)

    def _next_version(self) -> int:
        self._version += 1
        return self._version


def key_values(key: AlternateKey, values: Values) -> KeyValues | None:
    """Return what the index of a key files a row under; None when a column is empty."""
    found = tuple(_folded(values.get(column)) for column in key.columns)

    return None if None in found else found


def _folded(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value
