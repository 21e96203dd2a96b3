"""Creates, updates and deletes as one caller does them, noting what the listeners will hear.

https://learn.microsoft.com/power-apps/developer/data-platform/special-update-operation-behavior
"""

import dataclasses

from devstack.dataverse.errors import DataverseError, key_violated, row_not_found
from devstack.dataverse.events.operation import Message, Operation
from devstack.dataverse.schema.table import Column, Kind, Table
from devstack.dataverse.store import DuplicateKeyError, Row
from devstack.dataverse.values import Lookup, Value, Values
from devstack.dataverse.writing.bin import KEPT_TABLES, Deleted, Link
from devstack.dataverse.writing.derived import derive
from devstack.dataverse.writing.environment import Caller, Environment
from devstack.dataverse.writing.rules import check_change, check_new
from devstack.dataverse.writing.states import STATE_COLUMNS, settle_state

_SET_APART = (frozenset({"ownerid"}), STATE_COLUMNS)


@dataclasses.dataclass(slots=True)
class _Lost:
    """What a deletion takes along: rows, and lookups that led to a row."""

    children: list[Row] = dataclasses.field(default_factory=list)
    links: list[Link] = dataclasses.field(default_factory=list)


class Session:
    """The writes of one transaction."""

    def __init__(self, environment: Environment, caller: Caller, noted: list[Operation]) -> None:
        """Write as `caller`, and add each operation to `noted`."""
        self.environment = environment
        self.caller = caller
        self._noted = noted
        self._store = environment.store

    def create(
        self,
        table: Table,
        given: Values,
        row_id: str | None = None,
        parent: Operation | None = None,
    ) -> Row:
        """Add a row with everything that the platform fills in."""
        self.caller.require("Create", table)
        given = {name: value for name, value in given.items() if name in table.columns}
        values = self._completed(table, given)
        check_new(table, values, self._store)
        try:
            row = self._store.insert(table.name, values, row_id)
        except DuplicateKeyError as exc:
            raise _duplicate(exc) from exc

        target = {**row.values, "modifiedonbehalfby": None}
        del target["versionnumber"]
        requested = frozenset(given) | {table.primary_id}
        self.note_change(
            "Create", table, row.id, target=target, requested=requested, after=row, parent=parent
        )

        return row

    def update(
        self, table: Table, row_id: str, given: Values, parent: Operation | None = None
    ) -> Row:
        """Change a row; state and owner beside other columns are updates of their own."""
        self.caller.require("Write", table)
        row = self.get(table, row_id)
        options = self.environment.options
        check_change(table, row, given, self._store, lock_closed_leads=options.lock_closed_leads)
        groups = _groups(given) if options.split_updates else [given]
        for group in groups:
            row = self._update_once(table, row, group, parent)

        return row

    def delete(self, table: Table, row_id: str) -> None:
        """Take a row away, and with it what cannot be without it."""
        self.caller.require("Delete", table)
        row = self.get(table, row_id)
        lost = _Lost()
        self._unlink(table, row_id, lost)
        self._store.delete(table.name, row_id)
        if self.environment.options.recycle_bin and table.name in KEPT_TABLES:
            deleted = Deleted(row, tuple(lost.children), tuple(lost.links))
            self.environment.bin.put(deleted)

        self.note_change("Delete", table, row_id, before=row)

    def impose(self, table: Table, row_id: str, given: Values, parent: Operation) -> Row:
        """Change a row as the platform does by itself, whatever its table allows."""
        return self._update_once(table, self.get(table, row_id), given, parent)

    def get(self, table: Table, row_id: str) -> Row:
        """Return a row that must be there."""
        row = self._store.find(table.name, row_id)
        if row is None:
            raise row_not_found(table, row_id)

        return row

    def note(self, operation: Operation) -> None:
        """Add an operation that was made elsewhere."""
        self._noted.append(operation)

    def _completed(self, table: Table, given: Values) -> dict[str, Value]:
        """Return the values of a new row: defaults, what was given, what follows from it."""
        me = Lookup("systemuser", self.caller.user_id)
        values = dict(table.defaults)
        if table.owned:
            values["ownerid"] = me

        values |= given
        values |= {"createdby": me, "modifiedby": me}
        values |= settle_state(table, given, values)
        values |= derive(table, values, set(values))
        if table.owned:
            values |= self._owning(values["ownerid"])

        return values

    def _owning(self, owner: Value) -> dict[str, Value]:
        if not isinstance(owner, Lookup):
            return {}

        row = self._store.find(owner.table, owner.id)
        unit = row.get("businessunitid") if row is not None else None
        is_user = owner.table == "systemuser"

        return {
            "owningbusinessunit": unit,
            "owninguser": owner if is_user else None,
            "owningteam": None if is_user else owner,
        }

    def _update_once(
        self, table: Table, before: Row, given: Values, parent: Operation | None
    ) -> Row:
        changes: dict[str, Value] = {**given, **settle_state(table, given, before.values)}
        changes |= derive(table, {**before.values, **changes}, set(changes))
        if "ownerid" in changes:
            self.caller.require("Assign", table)
            changes |= self._owning(changes["ownerid"])

        changes["modifiedby"] = Lookup("systemuser", self.caller.user_id)
        try:
            row = self._store.update(table.name, before.id, changes)
        except DuplicateKeyError as exc:
            raise _duplicate(exc) from exc

        platform = {
            table.primary_id: row.id,
            "modifiedon": row.get("modifiedon"),
            "modifiedonbehalfby": None,
        }
        self.note_change(
            "Update",
            table,
            row.id,
            target={**changes, **platform},
            requested=frozenset(given) | {table.primary_id},
            before=before,
            after=row,
            parent=parent,
        )

        return row

    def _unlink(self, table: Table, row_id: str, lost: "_Lost") -> None:
        """Delete or empty what refers to a row that is about to go, as far as an index knows it."""
        for other in self.environment.catalogue:
            for name in other.indexed:
                column = other.columns.get(name)
                if column is None or not _leads_to(column, table):
                    continue

                for row in self._store.seek(other.name, name, [row_id]) or ():
                    if name in other.cascades or other.name == "listmember":
                        self._unlink(other, row.id, lost)
                        lost.children.append(self._store.delete(other.name, row.id))
                    else:
                        self._store.update(other.name, row.id, {name: None})
                        lost.links.append(Link(other.name, row.id, name))

    def note_change(  # noqa: PLR0913 -- an operation is described by this much
        self,
        message: Message,
        table: Table,
        row_id: str,
        *,
        target: Values | None = None,
        requested: frozenset[str] | None = None,
        before: Row | None = None,
        after: Row | None = None,
        parent: Operation | None = None,
    ) -> None:
        """Add an operation on a row."""
        self.note(
            Operation(
                message=message,
                table=table.name,
                row_id=row_id,
                user_id=self.caller.user_id,
                correlation_id=self.caller.correlation_id,
                request_id=self.caller.request_id,
                occurred_at=self._store.now(),
                target=target or {},
                requested=requested,
                before=None if before is None else before.values,
                after=None if after is None else after.values,
                parent=parent,
                shared_variables=self.caller.shared_variables,
            )
        )


def _groups(given: Values) -> list[Values]:
    apart = [{n: v for n, v in given.items() if n in names} for names in _SET_APART]
    rest = {n: v for n, v in given.items() if not any(n in names for names in _SET_APART)}

    return [group for group in (rest, *apart) if group]


def _leads_to(column: Column, table: Table) -> bool:
    return table.name in column.targets or column.kind is Kind.GUID


def _duplicate(exc: DuplicateKeyError) -> DataverseError:
    if exc.key is None:
        return DataverseError(412, "0x80040237", "Cannot insert duplicate key.")

    return key_violated(exc.key.name, ", ".join(exc.key.columns))
