"""The recycle bin: deleted rows that can be restored, with what went with them.

https://learn.microsoft.com/power-apps/developer/data-platform/restore-deleted-records
"""

import dataclasses

from devstack.dataverse.store import Row, Store

KEPT_TABLES = frozenset({"account", "contact", "lead"})

type RowKey = tuple[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """A lookup that was emptied because the row went that it led to."""

    table: str
    row_id: str
    column: str


@dataclasses.dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted row: the rows that went with it, and the lookups that led to it."""

    row: Row
    children: tuple[Row, ...]
    links: tuple[Link, ...]


class RecycleBin:
    """Keeps deleted rows until they are restored."""

    def __init__(self, store: Store) -> None:
        """Begin empty; what is put in or taken out is undone with the writes of the store."""
        self._store = store
        self._deleted: dict[RowKey, Deleted] = {}

    def put(self, deleted: Deleted) -> None:
        """Keep a row that was just deleted."""
        key = deleted.row.table, deleted.row.id
        self._deleted[key] = deleted
        self._store.on_undo(lambda: self._forget(key))

    def find(self, table: str, row_id: str) -> Deleted | None:
        """Return a deleted row."""
        return self._deleted.get((table, row_id))

    def take(self, deleted: Deleted) -> None:
        """Take a row out, for it was restored."""
        key = deleted.row.table, deleted.row.id
        del self._deleted[key]
        self._store.on_undo(lambda: self._deleted.__setitem__(key, deleted))

    def clear(self) -> None:
        """Throw everything away."""
        self._deleted.clear()

    def _forget(self, key: RowKey) -> None:
        del self._deleted[key]
