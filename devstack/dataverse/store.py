"""The rows of the simulator, in memory: found by id at once, walked in the order of the ids."""

import bisect
import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, ValuesView

from devstack.dataverse.guids import SequentialGuids, order_key
from devstack.dataverse.schema.table import AlternateKey, Table
from devstack.dataverse.shelf import DuplicateKeyError, Row, Shelf, key_values
from devstack.dataverse.values import Value, Values

__all__ = ["DuplicateKeyError", "Row", "Store"]


class Store:
    """All tables of the organisation."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Start empty; `clock` gives the seconds since 1970."""
        self.clock = clock
        self.guids = SequentialGuids(clock)
        self._shelves: dict[str, Shelf] = {}
        self._version = 1_000_000
        self._journal: list[Callable[[], None]] | None = None

    def add_table(self, table: Table) -> None:
        """Make room for a table."""
        self._shelves[table.name] = Shelf(table)

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

    def seek(self, table: str, column: str, values: Iterable[object]) -> list[Row] | None:
        """Return the rows that have one of the values, in order; None when no index knows them."""
        shelf = self._shelves[table]
        if column == shelf.table.primary_id:
            ids = {str(value) for value in values if value in shelf.rows}
        elif column in shelf.found:
            index = shelf.found[column]
            ids = set[str]().union(*(index.get(str(value), ()) for value in values))
        else:
            return None

        return [shelf.rows[row_id] for row_id in sorted(ids, key=order_key)]

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

    def rewrite(self, table: str, column: str, convert: Callable[[Value], Value]) -> None:
        """Write the filled values of a column in another way, as no change of their rows."""
        shelf = self._shelves[table]
        for row in list(shelf.rows.values()):
            if column in row.values:
                values = {**row.values, column: convert(row.values[column])}
                shelf.put(Row(table, row.id, values))

    def delete(self, table: str, row_id: str) -> Row:
        """Take a row away and return what it was."""
        shelf = self._shelves[table]
        before = shelf.rows[row_id]
        shelf.drop(row_id)
        self.on_undo(lambda: shelf.put(before))

        return before

    def on_undo(self, undo: Callable[[], None]) -> None:
        """Have something undone together with the writes of the transaction, if one runs."""
        if self._journal is not None:
            self._journal.append(undo)

    def clear(self, table: str) -> None:
        """Empty a table."""
        self._shelves[table] = Shelf(self._shelves[table].table)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Undo every write of the block when the block raises; one at a time, never awaiting."""
        assert self._journal is None, "transactions do not nest"  # noqa: S101 -- our own mistake
        self._journal = []
        try:
            yield
        except BaseException:
            for undo in reversed(self._journal):
                undo()
            raise
        finally:
            self._journal = None

    def _put(self, shelf: Shelf, row: Row, before: Row | None) -> None:
        shelf.put(row)
        if before is None:
            self.on_undo(lambda: shelf.drop(row.id))
        else:
            self.on_undo(lambda: shelf.put(before))

    def _next_version(self) -> int:
        self._version += 1
        return self._version
