"""Bring back a deleted row under its own id, with the rows that went and the lookups that led.

https://learn.microsoft.com/power-apps/developer/data-platform/restore-deleted-records
"""

from devstack.dataverse.errors import DataverseError, row_not_found
from devstack.dataverse.refusals import restore_conflict, restore_key_conflict, restore_without
from devstack.dataverse.schema.table import Table
from devstack.dataverse.store import DuplicateKeyError, Row, Store
from devstack.dataverse.values import Lookup, Value, Values
from devstack.dataverse.writing.bin import Deleted, Link
from devstack.dataverse.writing.derived import derive
from devstack.dataverse.writing.session import Session


def restore(session: Session, table: Table, row_id: str, given: Values) -> Row:
    """Restore a row; `given` replaces what it held."""
    session.caller.require("Create", table)
    environment, store = session.environment, session.environment.store
    deleted = environment.bin.find(table.name, row_id)
    if store.find(table.name, row_id) is not None:
        raise restore_conflict(table, row_id)

    if deleted is None:
        raise row_not_found(table, row_id)

    try:
        row = store.insert(table.name, _values(session, table, deleted.row, given), row_id)
    except DuplicateKeyError as exc:
        raise restore_key_conflict(table, row_id) from exc

    _restore_related(store, deleted)
    environment.bin.take(deleted)
    _note(session, table, row, given)

    return row


def _note(session: Session, table: Table, row: Row, given: Values) -> None:
    target = {**given, table.primary_id: row.id}
    session.note_change(
        "Restore", table, row.id, target=target, requested=frozenset(target), after=row
    )
    if session.environment.options.restore_raises_create:
        session.note_change(
            "Create", table, row.id, target=row.values, requested=frozenset(row.values), after=row
        )


def _values(session: Session, table: Table, row: Row, given: Values) -> dict[str, Value]:
    environment = session.environment
    kept: dict[str, Value] = {
        name: value
        for name, value in row.values.items()
        if not isinstance(value, Lookup) or environment.store.find(value.table, value.id)
    }
    values = {**kept, **given}
    values |= derive(table, values, set(given))
    if environment.options.restore_touches:
        values |= {
            "modifiedon": environment.store.now(),
            "modifiedby": Lookup("systemuser", session.caller.user_id),
        }

    return values


def _restore_related(store: Store, deleted: Deleted) -> None:
    for child in reversed(deleted.children):
        if store.find(child.table, child.id) is None:
            store.insert(child.table, child.values, child.id)

    for link in deleted.links:
        if store.find(link.table, link.row_id) is None:
            raise _missing(store, link, deleted.row.id)

        target = Lookup(deleted.row.table, deleted.row.id)
        store.update(link.table, link.row_id, {link.column: target})


def _missing(store: Store, link: Link, value: str) -> DataverseError:
    return restore_without(store.table(link.table), link.row_id, link.column, value)
