"""Merge two rows: the target takes over, the subordinate goes to rest and names its master.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/merge
"""

import dataclasses
from collections.abc import Mapping

from devstack.dataverse.events.operation import Operation
from devstack.dataverse.refusals import (
    merge_identical,
    merge_inactive,
    merge_parents_differ,
    merge_unsupported,
)
from devstack.dataverse.schema.table import Table
from devstack.dataverse.store import Row
from devstack.dataverse.values import Choice, Lookup, Value, Values
from devstack.dataverse.writing.session import Session

MERGED_TABLES = frozenset({"account", "contact", "lead"})

_ACTIVE = Choice(0)
# What the subordinate becomes; that a lead is disqualified as cancelled is inferred.
_AT_REST: Mapping[str, tuple[int, int]] = {"account": (1, 2), "contact": (1, 2), "lead": (2, 7)}
_PARENT = {
    "account": "parentaccountid",
    "contact": "parentcustomerid",
    "lead": "parentaccountid",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What a caller wants of a merge."""

    target: Lookup
    subordinate: Lookup
    content: Values | None
    checks_parents: bool


def merge(session: Session, table: Table, wish: Merge) -> None:
    """Merge the subordinate into the target, all or nothing."""
    target, subordinate = _checked(session, table, wish)
    operation = _operation(session, wish)
    is_told = session.environment.options.merge_raises_updates
    updates = session if is_told else Session(session.environment, session.caller, [])
    if wish.content:
        updates.update(table, target.id, wish.content, operation)

    state, status = _AT_REST[table.name]
    rest: dict[str, Value] = {"merged": True, "masterid": wish.target}
    rest |= {"statecode": Choice(state), "statuscode": Choice(status)}
    updates.impose(table, subordinate.id, rest, operation)
    _move_related(updates, wish, operation)
    session.note(operation)


def _checked(session: Session, table: Table, wish: Merge) -> tuple[Row, Row]:
    if table.name not in MERGED_TABLES or wish.target.table != wish.subordinate.table:
        raise merge_unsupported(table)

    if wish.target.id == wish.subordinate.id:
        raise merge_identical()

    session.caller.require("Write", table)
    target, subordinate = (session.get(table, one.id) for one in (wish.target, wish.subordinate))
    for role, row in (("master entity", target), ("sub-entity", subordinate)):
        if row.get("statecode") != _ACTIVE:
            raise merge_inactive(role, table, row.id)

    parent = _PARENT[table.name]
    if wish.checks_parents and target.get(parent) != subordinate.get(parent):
        raise merge_parents_differ()

    return target, subordinate


def _move_related(updates: Session, wish: Merge, operation: Operation) -> None:
    """Lead to the target every lookup that leads to the subordinate."""
    for table in updates.environment.catalogue:
        names = [
            column.name
            for column in table.columns.values()
            if wish.target.table in column.targets and column.name != "masterid"
        ]
        if not names:
            continue

        for row in list(updates.environment.store.rows(table.name)):
            moved = {name: wish.target for name in names if row.get(name) == wish.subordinate}
            if moved:
                updates.impose(table, row.id, moved, operation)


def _operation(session: Session, wish: Merge) -> Operation:
    caller = session.caller
    parameters: dict[str, Value] = {
        "Target": wish.target,
        "SubordinateId": wish.subordinate.id,
        "PerformParentingChecks": wish.checks_parents,
    }

    return Operation(
        message="Merge",
        table=wish.target.table,
        row_id=wish.target.id,
        user_id=caller.user_id,
        correlation_id=caller.correlation_id,
        request_id=caller.request_id,
        occurred_at=session.environment.store.now(),
        shared_variables=caller.shared_variables,
        parameters=parameters,
        content=wish.content,
    )
