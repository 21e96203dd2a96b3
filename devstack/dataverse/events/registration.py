"""Reads who wants to hear of an operation from the rows that provisioning wrote.

The rows are read at every operation, so a step that is disabled or repaired counts at once.
https://learn.microsoft.com/power-apps/developer/data-platform/register-plug-in
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from devstack.dataverse.events.operation import Operation
from devstack.dataverse.store import Row, Store
from devstack.dataverse.values import Choice, Lookup, Value, Values

POST_OPERATION = 40
ENABLED = 0
ASYNCHRONOUS = 1
OFFLINE_ONLY = 1

_PRE, _POST, _BOTH = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Image:
    """A copy of the row that travels with the event; no columns means all of them."""

    alias: str
    is_pre: bool
    columns: frozenset[str]

    def of(self, row: Values) -> Values:
        """Return the columns of the row that this image shows."""
        if not self.columns:
            return row

        return {name: value for name, value in row.items() if name in self.columns}


@dataclass(frozen=True, slots=True)
class Step:
    """One registration that an operation woke."""

    id: str
    name: str
    mode: int
    deletes_job: bool
    images: tuple[Image, ...]
    endpoint: Row


def steps_for(store: Store, operation: Operation) -> Iterator[Step]:
    """Find the enabled steps that an operation wakes, each with its images and its endpoint."""
    for row in store.rows("sdkmessageprocessingstep"):
        if _listens(store, row, operation):
            yield _step(store, row)


def _listens(store: Store, row: Row, operation: Operation) -> bool:
    return (
        number(row.get("statecode")) == ENABLED
        and number(row.get("stage")) == POST_OPERATION
        and number(row.get("supporteddeployment")) != OFFLINE_ONLY
        and _message(store, row) == operation.message
        and _table(store, row) in (None, operation.table)
        and _passes(row.get("filteringattributes"), operation)
    )


def _message(store: Store, row: Row) -> Value:
    message = referenced(store, row, "sdkmessageid")

    return None if message is None else message.get("name")


def _table(store: Store, row: Row) -> Value:
    """Return the table that a step is for, or None when it is for all of them."""
    message_filter = referenced(store, row, "sdkmessagefilterid")

    return None if message_filter is None else message_filter.get("primaryobjecttypecode")


def _passes(filtering: Value, operation: Operation) -> bool:
    """Tell whether a filtered column was in the request; its value need not have changed."""
    if operation.message != "Update" or not filtering:
        return True

    requested = operation.target.keys() if operation.requested is None else operation.requested

    return not names(filtering).isdisjoint(requested)


def _step(store: Store, row: Row) -> Step:
    endpoint = referenced(store, row, "eventhandler")
    if endpoint is None:
        raise LookupError(f"step {row.get('name')} has no service endpoint")

    return Step(
        id=row.id,
        name=str(row.get("name")),
        mode=number(row.get("mode")),
        deletes_job=row.get("asyncautodelete") is True,
        images=tuple(_images(store, row.id)),
        endpoint=endpoint,
    )


def _images(store: Store, step_id: str) -> Iterator[Image]:
    for row in store.rows("sdkmessageprocessingstepimage"):
        step = row.get("sdkmessageprocessingstepid")
        if not isinstance(step, Lookup) or step.id != step_id:
            continue

        alias, columns = str(row.get("entityalias")), names(row.get("attributes"))
        kind = number(row.get("imagetype"))
        if kind in (_PRE, _BOTH):
            yield Image(alias, is_pre=True, columns=columns)
        if kind in (_POST, _BOTH):
            yield Image(alias, is_pre=False, columns=columns)


def referenced(store: Store, row: Row, column: str) -> Row | None:
    """Follow a lookup to its row."""
    lookup = row.get(column)

    return store.find(lookup.table, lookup.id) if isinstance(lookup, Lookup) else None


def number(value: Value) -> int:
    """Return the number of a choice; an empty one counts as its first option."""
    if isinstance(value, Choice):
        return value.value

    return value if isinstance(value, int) else 0


def names(value: Value) -> frozenset[str]:
    """Return the column names of a comma list."""
    return _split(value) if isinstance(value, str) else frozenset()


@functools.lru_cache(maxsize=256)
def _split(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())
