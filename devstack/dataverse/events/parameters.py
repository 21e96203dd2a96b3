"""What went into an operation and what came out of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from devstack.dataverse.events import contract
from devstack.dataverse.events.contract import Json
from devstack.dataverse.events.formatted import formatted_values
from devstack.dataverse.events.operation import Operation
from devstack.dataverse.events.options import EventOptions
from devstack.dataverse.schema.table import Kind
from devstack.dataverse.store import Store
from devstack.dataverse.values import Choice, Lookup, Values

type Pairs = Iterator[tuple[str, Json]]

_WITH_TARGET_ROW = ("Create", "Update", "Restore")
_WITH_ID = ("Create", "Restore")
_FIRST = {"QualifyLead": "LeadId", "Delete": "Target", "Merge": "Target"}
_NO_ROW = "00000000-0000-0000-0000-000000000000"
_DEFAULT_STATUS = Choice(-1)
_UNFORMATTED: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Parameters:
    """Write the parameters of operations with the options of the moment."""

    store: Store
    options: EventOptions

    def inputs(self, operation: Operation) -> Pairs:
        """Yield what a step after the operation sees: the target with what was added to it."""
        if operation.message not in _WITH_TARGET_ROW:
            yield from self._arguments(operation)
            return

        formatted = self._formatted(operation)
        yield "Target", self._target(operation, operation.target, formatted)

    def request(self, operation: Operation) -> Pairs:
        """Yield what the caller sent, before the platform added anything."""
        if operation.message not in _WITH_TARGET_ROW:
            yield from self._arguments(operation)
        elif self._is_state_change(operation):
            yield from _new_state(operation)
        else:
            yield "Target", self._target(operation, _sent(operation), _UNFORMATTED)
            yield from self._side_parameters(operation)

    def outputs(self, operation: Operation) -> Pairs:
        """Yield what the operation returned."""
        wrapped = self.options.wrapped
        if operation.message in _WITH_ID:
            yield "id", contract.value(operation.row_id, Kind.GUID, wrapped=wrapped)

        for name, content in operation.outputs.items():
            yield name, contract.value(content, wrapped=wrapped)

    def shared_variables(self, operation: Operation) -> Pairs:
        """Yield what travels through the pipeline beside the parameters."""
        yield "IsAutoTransact", True
        yield "AcceptLang", "nl-NL,nl;q=0.9"
        yield "x-ms-app-name", self.options.app_name
        if operation.message == "Create" and operation.parent is None:
            yield "DefaultsAddedFlag", True

        for name, content in operation.shared_variables.items():
            if name != "tag" or self.options.carry_tag:
                yield name, contract.value(content)

    def _arguments(self, operation: Operation) -> Pairs:
        """Yield the row that a message without a target row is about, and its arguments."""
        first = _FIRST[operation.message]
        yield first, contract.reference(Lookup(operation.table, operation.row_id))

        for name, content in operation.parameters.items():
            if name != first:
                yield name, contract.value(content)

        if operation.content is not None:
            yield "UpdateContent", self._content(operation, operation.content)

    def _content(self, operation: Operation, columns: Values) -> Json:
        table = self.store.table(operation.table)
        attributes = contract.attributes(table, columns, wrapped=self.options.wrapped)

        return contract.entity(table, _NO_ROW, attributes, _UNFORMATTED, typed=True)

    def _target(self, operation: Operation, columns: Values, formatted: Mapping[str, str]) -> Json:
        table = self.store.table(operation.table)
        shown = {**columns, table.primary_id: operation.row_id}
        attributes = contract.attributes(table, shown, wrapped=self.options.wrapped)

        return contract.entity(table, operation.row_id, attributes, formatted, typed=True)

    def _formatted(self, operation: Operation) -> Mapping[str, str]:
        """Return the texts of a new row; the names behind its references are not among them."""
        if operation.message != "Create":
            return _UNFORMATTED

        plain = {
            name: content
            for name, content in operation.target.items()
            if not isinstance(content, Lookup)
        }

        return formatted_values(self.store, operation.table, plain)

    def _side_parameters(self, operation: Operation) -> Pairs:
        """Yield what a request carries beside its target; one inside another names no app."""
        if operation.parent is None:
            yield "x-ms-app-name", self.options.app_name

        yield "SuppressDuplicateDetection", False

    def _is_state_change(self, operation: Operation) -> bool:
        return (
            self.options.state_parent
            and operation.message == "Update"
            and operation.parent is not None
            and "statecode" in operation.target
        )


def _new_state(operation: Operation) -> Pairs:
    yield "EntityMoniker", contract.reference(Lookup(operation.table, operation.row_id))
    yield "State", contract.value(operation.target["statecode"])
    yield "Status", contract.value(operation.target.get("statuscode", _DEFAULT_STATUS))


def _sent(operation: Operation) -> Values:
    requested = operation.requested
    if requested is None:
        return operation.target

    return {name: content for name, content in operation.target.items() if name in requested}
