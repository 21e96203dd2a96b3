"""One person as both systems hold them now, for somebody who wonders what became of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connector.domain.contact import ExternalId, PropertyValue, Record
from connector.domain.converter import Converter
from connector.domain.converters.unusable import UnusableValueError
from connector.domain.mapping_plan import MappingPlan, Step
from connector.domain.property import Catalogue


@dataclass(frozen=True, slots=True)
class WouldSend:
    """Is one property as it would be sent now; a value that is left out has a note."""

    property: str
    label: str
    column: str
    converter: Converter
    value: PropertyValue
    note: str | None = None


@dataclass(frozen=True, slots=True)
class HeldProperty:
    """Is one property as Spotler shows it; of a set each option is one, by its own label."""

    property: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class HeldPerson:
    """A person as Spotler shows them; one found by their address may never have got an id."""

    external_id: ExternalId | None
    properties: tuple[HeldProperty, ...]
    changed_at: datetime | None = None

    def value(self, property_: str) -> str | None:
        """Return what Spotler shows of a property, or None when it is empty."""
        return next((one.value for one in self.properties if one.property == property_), None)


def preview(record: Record, *, plan: MappingPlan, catalogue: Catalogue) -> Iterator[WouldSend]:
    """Yield what the mappings make of a record, property by property."""
    labels = {field.name: field.label for field in catalogue}
    for step in plan.steps[record.key.table]:
        value, note = _run(step, record)
        label = labels.get(step.property, step.property)
        yield WouldSend(step.property, label, step.column, step.converter, value, note)


def _run(step: Step, record: Record) -> tuple[PropertyValue, str | None]:
    try:
        return step.run(record), None
    except UnusableValueError as exc:
        return None, exc.note
