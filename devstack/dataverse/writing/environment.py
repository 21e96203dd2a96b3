"""One simulated environment: its metadata, its rows, and who listens to its writes."""

import contextlib
import copy
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Self

from devstack.dataverse.column_book import ColumnBook
from devstack.dataverse.columns import mask
from devstack.dataverse.errors import no_privilege
from devstack.dataverse.events.operation import Operation, OperationListener
from devstack.dataverse.guids import random_guid
from devstack.dataverse.options import DataverseOptions
from devstack.dataverse.schema.catalogue import Catalogue
from devstack.dataverse.schema.table import Table
from devstack.dataverse.store import Store
from devstack.dataverse.values import Value
from devstack.dataverse.writing.bin import RecycleBin


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, with what rights, and what travels along to the events."""

    user_id: str
    denied: frozenset[str] = frozenset()
    shared_variables: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    correlation_id: str = dataclasses.field(default_factory=random_guid)
    request_id: str = dataclasses.field(default_factory=random_guid)
    sees_secured: bool = False

    def require(self, right: str, table: Table) -> None:
        """Refuse when a privilege such as prvWriteContact is missing."""
        privilege = f"prv{right}{table.schema_name}"
        if privilege in self.denied:
            raise no_privilege(self.user_id, privilege)


class Environment:
    """Holds what every request needs."""

    def __init__(self, options: DataverseOptions, catalogue: Catalogue, store: Store) -> None:
        """Put the parts together; a listener may be set later."""
        self.options = options
        self.catalogue = catalogue
        self.store = store
        self.listener: OperationListener | None = None
        self.bin = RecycleBin(store)
        self.columns = ColumnBook(catalogue, store, options)
        self.hidden: frozenset[str] = frozenset()
        self.hides: frozenset[str] = frozenset()
        for table in catalogue:
            store.add_table(table)

    def as_seen_by(self, caller: Caller) -> Self:
        """Return the environment as column security and the roles show it to a caller.

        Of all rows, `hidden` are those that belong to others than the application user's roles let
        it read; `hides` is what this caller may not see of them.
        """
        if caller.sees_secured or not (self.columns.restricts or self.hidden):
            return self

        seen = copy.copy(self)
        seen.hides = self.hidden
        if self.columns.restricts:
            seen.catalogue = self.columns.seen()

        return seen

    @contextlib.contextmanager
    def transaction(self) -> Iterator[list[Operation]]:
        """Undo all when the block raises, else tell the listener of what the block noted."""
        noted: list[Operation] = []
        with self.store.transaction():
            yield noted

        if self.listener is not None and noted:
            self.listener.on_operations(noted)

    def name_of(self, table_name: str, row_id: str) -> str | None:
        """Return the primary name of a row, as lookups show it."""
        table = self.catalogue.find(table_name)
        row = self.store.find(table_name, row_id) if table is not None else None
        if table is None or row is None or table.primary_name is None:
            return None

        column, name = table.columns[table.primary_name], row.get(table.primary_name)
        if column.hidden or not isinstance(name, str):
            return None

        return mask(column.mask, name)
