"""Mappings made ready for one account: what to read of a record, and what to make of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connector.domain.contact import (
    Column,
    ExternalId,
    MarketingContact,
    PropertyValue,
    Record,
    Table,
    hash_address,
)
from connector.domain.converter import Converter, Make, choose_make, read
from connector.domain.converters.dates import to_day, to_moment
from connector.domain.converters.masked import refuse_masked
from connector.domain.converters.unusable import UNTOLD, Note, UnusableValueError
from connector.domain.errors import ConfigurationError
from connector.domain.mapping import EMAIL, REQUIRED, Target
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.property import Catalogue, Property, PropertyKind
from connector.domain.sync_state import Reason, SyncState

# Spotler's own words, by which its support desk knows what is asked for.
_KINDS = {
    PropertyKind.FREE: "vrij veld",
    PropertyKind.CONTACT: "contactveld",
    PropertyKind.PROFILE: "profielveld",
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """What mapping made of a record: a contact, or the reason why there is none.

    `notes` are codes of values that were left out (`property:reason`), never the values. `filled`
    names what has a value of ours in Spotler once the contact is sent (`property=column`).
    """

    contact: MarketingContact | None
    excluded: Reason | None = None
    notes: tuple[str, ...] = ()
    filled: frozenset[str] = frozenset()

    @property
    def is_untold(self) -> bool:
        """Tell whether the CRM keeps the address from us: nobody may be left out for that."""
        return self.excluded is Reason.UNREADABLE


@dataclass(frozen=True, slots=True)
class Step:
    """Makes one property of one column."""

    property: str
    column: str
    converter: Converter
    make: Make

    def mark(self, at: str | None = None) -> str:
        """Return what is remembered of a value from the column; of an address also its hash."""
        mark = f"{self.property}={self.column}"

        return f"{mark}#{at}" if at and self.property == EMAIL.what else mark

    def run(self, record: Record) -> PropertyValue:
        """Return the value to send; raises `UnusableValueError` when there is none."""
        if self.converter is Converter.CONSTANT:
            return self.make(self.column)
        if why := record.unknown.get(self.column):
            raise UnusableValueError(why)

        value = read(self.converter, record, self.column)
        may_be = self.column not in record.unsecured
        refuse_masked(value, is_address=self.property == EMAIL.what, may_be=may_be)

        return self.make(value)


@dataclass(frozen=True, slots=True)
class MappingPlan:
    """The mappings of an account; `missing` are keys of properties that it does not have.

    With a `fault` nobody may be sent, and whoever ends still does. `shown` are the properties that
    the account has and shows. One that merges `by_address` may take a contact that moves to another
    address for somebody else.
    """

    steps: Mapping[Table, tuple[Step, ...]]
    missing: tuple[str, ...] = ()
    fault: ConfigurationError | None = None
    shown: frozenset[str] = frozenset()
    by_address: bool = False

    def columns(self, table: Table) -> tuple[Column, ...]:
        """Return what must be read of the table's rows, sorted."""
        columns: dict[str, Column] = {}
        for step in self.steps[table]:
            if step.converter is not Converter.CONSTANT:
                known = columns.get(step.column, Column(step.column))
                columns[step.column] = Column(
                    step.column,
                    is_lookup=known.is_lookup or step.converter.reads_lookup,
                    is_date=known.is_date or step.make in {to_day, to_moment},
                )

        return tuple(sorted(columns.values()))

    def map(self, record: Record, external_id: ExternalId, filled: Collection[str] = ()) -> Mapped:
        """Return what to send for a record, whatever its columns hold.

        Only what was `filled` before from the same column is ever cleared. A value that is left
        out leaves Spotler's as it is, and so what is remembered of it; so does a property that is
        hidden. Where the account merges by address, nothing is remembered of the address before.
        """
        steps = self.steps[record.key.table]
        values, notes = _run(steps, record)
        address = values.get(EMAIL.what)
        if address is None:
            return Mapped(None, _why_without_address(notes.get(EMAIL.what)))

        at = hash_address(external_id, str(address)) if self.by_address else None
        filled_at = frozenset(addresses_of(filled)) if at else frozenset()
        known = frozenset(filled) if filled_at <= {at} else frozenset()
        marks = {mark for mark in known if mark.partition("=")[0] not in self.shown}
        properties: dict[str, PropertyValue] = {}
        for step in steps:
            value = values.get(step.property)
            if step.property in notes:
                marks |= {step.mark()} & known
            elif value is not None:
                properties[step.property] = value
                marks |= {step.mark(at)} if step.converter is not Converter.CONSTANT else set()
            elif step.mark() in filled:
                properties[step.property] = None

        contact = MarketingContact(external_id, properties, filled_at)
        said = tuple(f"{name}:{note}" for name, note in notes.items())

        return Mapped(contact, None, said, frozenset(marks))

    def find_emptied(self, record: Record, filled: Collection[str]) -> Mapping[str, str]:
        """Return the columns that look empty and were `filled` from before, by their marks."""
        return {
            step.mark(): step.column
            for step in self._find_empty(record)
            if step.mark() in filled and step.converter is not Converter.CONSTANT
        }

    def address_columns(self, table: Table) -> set[str]:
        """Return the column from which the e-mail address of a table comes: one, or none."""
        return {one.column for one in self.steps[table] if one.property == EMAIL.what}

    def find_no_address(self, record: Record) -> set[str]:
        """Return the column of the address where it looks empty."""
        return {one.column for one in self._find_empty(record) if one.property == EMAIL.what}

    def _find_empty(self, record: Record) -> Iterable[Step]:
        return (
            step
            for step in self.steps[record.key.table]
            if record.value(step.column) is None and step.column not in record.unknown
        )


def _run(steps: Iterable[Step], record: Record) -> tuple[dict[str, PropertyValue], dict[str, Note]]:
    """Return the values of properties, and of those that are left out why."""
    values: dict[str, PropertyValue] = {}
    notes: dict[str, Note] = {}
    for step in steps:
        try:
            values[step.property] = step.run(record)
        except UnusableValueError as exc:
            notes[step.property] = exc.note

    return values, notes


def addresses_of(filled: Iterable[str]) -> Iterator[str]:
    """Yield the hashes of the addresses that marks tell of; those of older versions tell none."""
    for mark in filled:
        property_, _, column = mark.partition("=")
        if property_ == EMAIL.what and (at := column.partition("#")[2]):
            yield at


def was_sent_at(state: SyncState, address: str) -> bool | None:
    """Tell whether a contact had an address when it was sent last; None where no mark tells."""
    id_, known = state.external_id, {*addresses_of(state.filled)}

    return hash_address(id_, address) in known if id_ and known else None


def _why_without_address(note: Note | None) -> Reason:
    if note is None:
        return Reason.NO_EMAIL

    return Reason.UNREADABLE if note in UNTOLD else Reason.INVALID_EMAIL


def plan_mappings(
    mappings: Sequence[PropertyMapping], catalogue: Catalogue, *, by_address: bool = False
) -> MappingPlan:
    """Return an account's plan; raises `ConfigurationError` when a required field is absent."""
    plan = lay_plan(mappings, catalogue, by_address=by_address)
    if plan.fault is not None:
        raise plan.fault

    return plan


def lay_plan(
    mappings: Sequence[PropertyMapping], catalogue: Catalogue, *, by_address: bool = False
) -> MappingPlan:
    """Return the plan of an account as far as it goes; its `fault` says why nobody may be sent.

    When two mappings lead to one property the first is taken: the defaults come first.
    """
    planned: dict[str, tuple[PropertyMapping, Property]] = {}
    missing: list[str] = []
    for mapping in mappings:
        property_ = mapping.target.find(catalogue)
        if property_ is None:
            missing.append(mapping.target.key)
        else:
            planned.setdefault(property_.name, (mapping, property_))

    steps = {table: tuple(_steps(table, planned.values())) for table in Table}

    shown = frozenset(one.name for one in catalogue)

    return MappingPlan(steps, tuple(missing), _find_fault(catalogue), shown, by_address)


def _steps(table: Table, planned: Iterable[tuple[PropertyMapping, Property]]) -> Iterator[Step]:
    for mapping, property_ in planned:
        column = mapping.column(table)
        if column is not None:
            converter = mapping.converter_for(table)
            yield Step(property_.name, column, converter, choose_make(converter, property_))


def _find_fault(catalogue: Catalogue) -> ConfigurationError | None:
    absent = [target for target in REQUIRED if target.find(catalogue) is None]
    if not absent:
        return None

    fields = ", ".join(_describe(target) for target in absent)

    return ConfigurationError(
        f"spotler must have and show these fields: {fields}; "
        "only spotler's support desk can create them, please ask there"
    )


def _describe(target: Target) -> str:
    kind = PropertyKind(target.key.partition(":")[0])

    return f"{target.what} ({_KINDS[kind]})"
