"""Find the rows of a query, one page at a time."""

import base64
import dataclasses
import datetime as dt
import hashlib
import heapq
import json
import operator
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Self

from devstack.dataverse.errors import syntax
from devstack.dataverse.guids import order_key
from devstack.dataverse.odata.condition import Read, sort_reader
from devstack.dataverse.odata.filter import Filter
from devstack.dataverse.odata.options import Order
from devstack.dataverse.schema.table import Table
from devstack.dataverse.store import Row, Store

type SortKey = tuple[Any, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and where the next page begins when there is one."""

    rows: list[Row]
    next: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """The last row of a page: its number, its id and what it was sorted by.

    A place is good for the query that it was made for: `purpose` names its table and order.
    """

    page: int
    row_id: str
    keys: list[object]

    def write(self, purpose: str) -> str:
        """Return the place as an opaque text."""
        raw = json.dumps([self.page, self.row_id, self.keys]).encode()
        written = base64.urlsafe_b64encode(raw).decode()

        return f"{written}.{_seal(written, purpose)}"

    @classmethod
    def read(cls, text: str, purpose: str) -> Self:
        """Read a place, or refuse a text that was tampered with or is for another query."""
        written, _, seal = text.partition(".")
        if seal != _seal(written, purpose):
            raise syntax("Malformed XML in the Paging Cookie.")

        page, row_id, keys = json.loads(base64.urlsafe_b64decode(written))

        return cls(page, row_id, keys)


def purpose_of(table: Table, order: tuple[Order, ...]) -> str:
    """Name what a place must not be carried away from."""
    return " ".join((table.name, *(f"{one.column.name}:{one.descending}" for one in order)))


def _seal(written: str, purpose: str) -> str:
    return hashlib.sha256(f"{purpose} {written}".encode()).hexdigest()[:16]


def count_rows(store: Store, table: Table, condition: Filter | None) -> int:
    """Return how many rows match."""
    if condition is None:
        return store.count(table.name)

    return sum(1 for _ in _matching(store, table, condition, None))


def get_page(
    store: Store,
    table: Table,
    condition: Filter | None,
    order: tuple[Order, ...],
    size: int,
    after: Place | None,
) -> Page:
    """Return the rows behind `after`, at most `size`, and the place where they end."""
    if not order or _is_by_id(table, order):
        found = _matching(store, table, condition, after.row_id if after else None)
        rows = list(islice(found, size + 1))
    else:
        rows = _sorted(_matching(store, table, condition, None), order, size + 1, after)

    if len(rows) <= size:
        return Page(rows)

    last = rows[size - 1]
    keys = [_written(read(last.values)) for read in map(_read, order)]
    page = (after.page if after else 1) + 1

    return Page(rows[:size], Place(page, last.id, keys).write(purpose_of(table, order)))


def _is_by_id(table: Table, order: tuple[Order, ...]) -> bool:
    """Tell whether the order is the one in which the rows are kept anyway."""
    first = order[0]

    return first.column.name == table.primary_id and not first.descending


def _matching(
    store: Store, table: Table, condition: Filter | None, after: str | None
) -> Iterator[Row]:
    """Go through the rows that match, in the order of their ids."""
    if condition is None:
        return store.walk(table.name, after)

    test = condition.test
    rows = _sought(store, table, condition, after)
    if rows is None:
        rows = store.walk(table.name, after)

    return (row for row in rows if test(row.values))


def _sought(
    store: Store, table: Table, condition: Filter, after: str | None
) -> Iterable[Row] | None:
    """Return the rows among which an index says that all matches are, if one can say."""
    for seek in condition.seeks:
        rows = store.seek(table.name, seek.column.name, seek.values)
        if rows is None:
            continue

        if after is None:
            return rows

        start = order_key(after)
        return [row for row in rows if order_key(row.id) > start]

    return None


def _sorted(
    rows: Iterable[Row], order: tuple[Order, ...], size: int, after: Place | None
) -> list[Row]:
    """Return the first rows; they come in the order of their ids, which decides between equals."""
    readers = [_read(one) for one in order]
    wraps = [_Descending if one.descending else _ascending for one in order]

    def key(row: Row) -> SortKey:
        values = row.values
        return tuple(wrap(read(values)) for wrap, read in zip(wraps, readers, strict=True))

    keyed = ((key(row), row) for row in rows)
    if after is not None:
        start = tuple(wrap(_revived(k)) for wrap, k in zip(wraps, after.keys, strict=True))
        start_id = order_key(after.row_id)
        keyed = (
            (k, row)
            for k, row in keyed
            if start < k or (k == start and order_key(row.id) > start_id)
        )

    return [row for _, row in heapq.nsmallest(size, keyed, key=operator.itemgetter(0))]


def _read(order: Order) -> Read:
    return sort_reader(order.column)


def _written(value: object) -> object:
    return {"at": value.isoformat()} if isinstance(value, dt.date) else value


def _revived(written: object) -> object:
    if not isinstance(written, dict):
        return written

    text = str(written["at"])

    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)


def _ascending(value: object) -> SortKey:
    """Put the empty first, as the database does."""
    return (0,) if value is None else (1, value)


class _Descending:
    """Turns the order of a value around."""

    __slots__ = ("part",)

    def __init__(self, value: object) -> None:
        self.part: SortKey = _ascending(value)

    def __lt__(self, other: Self) -> bool:
        return bool(other.part < self.part)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and other.part == self.part

    def __hash__(self) -> int:
        return hash(self.part)
