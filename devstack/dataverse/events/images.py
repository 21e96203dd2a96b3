"""The copies of a row that travel with an event: the platform's own and the registered ones."""

from collections.abc import Iterator
from dataclasses import dataclass

from devstack.dataverse.events import contract
from devstack.dataverse.events.contract import Json
from devstack.dataverse.events.formatted import formatted_values
from devstack.dataverse.events.operation import Operation
from devstack.dataverse.events.registration import Step
from devstack.dataverse.schema.table import Table
from devstack.dataverse.store import Store
from devstack.dataverse.values import Values

PRIMARY_NAME = "AsynchronousStepPrimaryName"


@dataclass(frozen=True, slots=True)
class Images:
    """Write the images of operations."""

    store: Store
    wrapped: bool

    def before(self, operation: Operation, step: Step) -> Iterator[tuple[str, Json]]:
        """Yield the row as it was; only a deletion has the platform's own image here."""
        yield from self._of(operation, step, operation.before, is_pre=True)

    def after(self, operation: Operation, step: Step) -> Iterator[tuple[str, Json]]:
        """Yield the row as it became, the platform's own image first."""
        yield from self._of(operation, step, operation.after, is_pre=False)

    def _of(
        self, operation: Operation, step: Step, row: Values | None, *, is_pre: bool
    ) -> Iterator[tuple[str, Json]]:
        if row is None or operation.message == "QualifyLead":
            return

        table = self.store.table(operation.table)
        if is_pre is (operation.message == "Delete"):
            yield PRIMARY_NAME, self._own(table, operation.row_id, row)

        for image in step.images:
            if image.is_pre is is_pre:
                yield image.alias, self._registered(table, operation.row_id, image.of(row))

    def _own(self, table: Table, row_id: str, row: Values) -> Json:
        naming = {name: row[name] for name in (table.primary_name,) if name and name in row}
        shown = {**naming, table.primary_id: row_id}
        attributes = contract.attributes(table, shown, wrapped=self.wrapped)

        return contract.entity(table, row_id, attributes, {}, typed=False)

    def _registered(self, table: Table, row_id: str, columns: Values) -> Json:
        shown = {table.primary_id: row_id, **columns}
        formatted = formatted_values(self.store, table.name, shown)
        attributes = contract.attributes(table, shown, wrapped=self.wrapped, names=formatted)

        return contract.entity(table, row_id, attributes, formatted, typed=False)
