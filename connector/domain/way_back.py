"""The mappings in reverse: which column a property of Spotler belongs in, where that is certain."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from connector.domain.contact import ColumnValue, PropertyValue, Record
from connector.domain.converter import Converter, Make
from connector.domain.converters.choices import to_gender
from connector.domain.converters.dates import to_day
from connector.domain.converters.email import to_email
from connector.domain.converters.phone import to_mobile, to_phone
from connector.domain.converters.postcode import to_postcode
from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import UnusableValueError
from connector.domain.mapping_plan import Step


class ColumnKind(StrEnum):
    """Tells what a column of the CRM holds, as far as something could be written back to it."""

    TEXT = "text"
    DAY = "day"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class ColumnType:
    """Is what a writable column takes; texts have a longest."""

    kind: ColumnKind
    longest: int | None = None


type Columns = Mapping[str, ColumnType]

# Of all others the value cannot be told from what Spotler holds: a name is not a row.
_CONVERTERS = frozenset(
    {
        Converter.TEXT,
        Converter.EMAIL,
        Converter.GENDER,
        Converter.DATE,
        Converter.POSTCODE,
        Converter.PHONE,
        Converter.MOBILE,
    }
)

_GENDERS: Mapping[PropertyValue, ColumnValue] = {"M": 1, "F": 2}


def _as_it_is(value: PropertyValue) -> ColumnValue:
    return value


_BACK: Mapping[Make, tuple[ColumnKind, Callable[[PropertyValue], ColumnValue]]] = {
    to_text: (ColumnKind.TEXT, _as_it_is),
    to_email: (ColumnKind.TEXT, _as_it_is),
    to_postcode: (ColumnKind.TEXT, _as_it_is),
    to_phone: (ColumnKind.TEXT, _as_it_is),
    to_mobile: (ColumnKind.TEXT, _as_it_is),
    to_day: (ColumnKind.DAY, _as_it_is),
    to_gender: (ColumnKind.CHOICE, _GENDERS.get),
}


@dataclass(frozen=True, slots=True)
class WayBack:
    """Takes one property back to its column."""

    step: Step
    longest: int | None
    back: Callable[[PropertyValue], ColumnValue]

    @property
    def column(self) -> str:
        """Return the column that is written."""
        return self.step.column

    def value(self, properties: Mapping[str, PropertyValue]) -> ColumnValue:
        """Return what Spotler says for an empty column, or None when that is nothing usable."""
        said = self._said(properties)
        value = None if said is None else self.back(said)

        return value if self._fits(value) else None

    def change(self, row: Record, properties: Mapping[str, PropertyValue]) -> ColumnValue:
        """Return what to write over a column, or None when there is nothing to write.

        Both are compared in Spotler's spelling, so nothing is written for spelling alone. What
        Spotler could not hold it cannot know better: such a column is left alone.
        """
        value = self.value(properties)
        if value is None:
            return None

        held = self.held(row)
        is_unspeakable = held is None and _is_filled(row.value(self.column))

        return None if is_unspeakable or self._is_same(held, self._said(properties)) else value

    def held(self, row: Record) -> PropertyValue:
        """Return what a column says, in Spotler's spelling; None also for what it cannot hold."""
        try:
            return self.step.run(row)
        except UnusableValueError:
            return None

    def is_known(self, row: Record, properties: Mapping[str, PropertyValue]) -> bool:
        """Tell whether Spotler has got what a column says, as far as it can hold that."""
        held = self.held(row)

        return held is None or self._is_same(held, self._said(properties))

    def _said(self, properties: Mapping[str, PropertyValue]) -> PropertyValue:
        try:
            return self.step.make(properties.get(self.step.property))
        except UnusableValueError:
            return None

    def _fits(self, value: ColumnValue) -> bool:
        """Tell whether a column is long enough; the CRM counts in units of UTF-16."""
        if self.longest is None or not isinstance(value, str):
            return True

        return len(value.encode("utf-16-le")) <= 2 * self.longest

    def _is_same(self, held: PropertyValue, said: PropertyValue) -> bool:
        if self.step.make is to_email:
            return str(held).casefold() == str(said).casefold()

        return held == said


def find_ways_back(steps: Iterable[Step], columns: Columns) -> tuple[WayBack, ...]:
    """Return the ways back of a table; of two properties from one column the first counts."""
    ways: dict[str, WayBack] = {}
    for step in steps:
        type_ = columns.get(step.column)
        kind, back = _BACK.get(step.make, (None, _as_it_is))
        if type_ is not None and type_.kind is kind and step.converter in _CONVERTERS:
            ways.setdefault(step.column, WayBack(step, type_.longest, back))

    return tuple(ways.values())


def _is_filled(value: ColumnValue) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None
