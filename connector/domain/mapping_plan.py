"""Mappings made ready for one account: what to read of a record, and what to make of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connector.domain.contact import (
    Column,
    ExternalId,
    MarketingContact,
    PropertyValue,
    Record,
    Table,
)
from connector.domain.converter import Converter, Make, choose_make, read
from connector.domain.converters.unusable import UnusableValueError
from connector.domain.errors import ConfigurationError
from connector.domain.mapping import EMAIL, REQUIRED, Target
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.property import Catalogue, Property, PropertyKind
from connector.domain.sync_state import Reason

# Spotler's own words, by which its support desk knows what is asked for.
_KINDS = {
    PropertyKind.FREE: "vrij veld",
    PropertyKind.CONTACT: "contactveld",
    PropertyKind.PROFILE: "profielveld",
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """Is what mapping made of a record: a contact, or the reason why there is none.

    `notes` are codes of values that were left out (`property:reason`), never the values.
    """

    contact: MarketingContact | None
    excluded: Reason | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Makes one property of one column."""

    property: str
    column: str
    converter: Converter
    make: Make

    def run(self, record: Record) -> PropertyValue:
        """Return the value to send; raises `UnusableValueError` when there is none."""
        return self.make(read(self.converter, record, self.column))


@dataclass(frozen=True, slots=True)
class MappingPlan:
    """Maps every record of an account; `missing` are keys of properties that it does not have."""

    steps: Mapping[Table, tuple[Step, ...]]
    missing: tuple[str, ...] = ()

    def columns(self, table: Table) -> tuple[Column, ...]:
        """Return what must be read of the table's rows, sorted."""
        lookups: dict[str, bool] = {}
        for step in self.steps[table]:
            if step.converter is not Converter.CONSTANT:
                known = lookups.get(step.column, False)
                lookups[step.column] = known or step.converter.reads_lookup

        return tuple(sorted(Column(*column) for column in lookups.items()))

    def map(self, record: Record, external_id: ExternalId) -> Mapped:
        """Return what to send for a record, whatever its columns hold."""
        properties: dict[str, PropertyValue] = {}
        notes: dict[str, str] = {}
        for step in self.steps[record.key.table]:
            try:
                properties[step.property] = step.run(record)
            except UnusableValueError as exc:
                notes[step.property] = exc.note

        if EMAIL.what in notes:
            return Mapped(None, Reason.INVALID_EMAIL)
        if properties.get(EMAIL.what) is None:
            return Mapped(None, Reason.NO_EMAIL)

        contact = MarketingContact(external_id, properties)

        return Mapped(contact, notes=tuple(f"{name}:{note}" for name, note in notes.items()))


def plan_mappings(mappings: Sequence[PropertyMapping], catalogue: Catalogue) -> MappingPlan:
    """Return an account's plan; raises `ConfigurationError` when a required field is absent."""
    _check_required(catalogue)

    return lay_plan(mappings, catalogue)


def lay_plan(mappings: Sequence[PropertyMapping], catalogue: Catalogue) -> MappingPlan:
    """Return the plan of an account as far as it goes, for who only looks.

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

    return MappingPlan(steps, tuple(missing))


def _steps(table: Table, planned: Iterable[tuple[PropertyMapping, Property]]) -> Iterator[Step]:
    for mapping, property_ in planned:
        column = mapping.column(table)
        if column is not None:
            converter = mapping.converter_for(table)
            yield Step(property_.name, column, converter, choose_make(converter, property_))


def _check_required(catalogue: Catalogue) -> None:
    absent = [target for target in REQUIRED if target.find(catalogue) is None]
    if absent:
        fields = ", ".join(_describe(target) for target in absent)
        raise ConfigurationError(
            f"spotler must have and show these fields: {fields}; "
            "only spotler's support desk can create them, please ask there"
        )


def _describe(target: Target) -> str:
    kind = PropertyKind(target.key.partition(":")[0])

    return f"{target.what} ({_KINDS[kind]})"
