"""What a field of Spotler can hold, before the first person is sent: who maps is told at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.domain.converter import Converter, choose_make
from connector.domain.converters.unusable import UnusableValueError
from connector.domain.crm_column import ColumnType
from connector.domain.property import Property, PropertyType


@dataclass(frozen=True, slots=True)
class Fit:
    """Is what can fill a field: a column of one of the types, through one of the converters."""

    converters: frozenset[Converter]
    columns: frozenset[ColumnType]


_ANYTHING = Fit(frozenset(Converter), frozenset(ColumnType) - {ColumnType.OTHER})
_TEXTS = frozenset({ColumnType.TEXT})
_DAYS = frozenset({ColumnType.DATE, ColumnType.DATETIME, ColumnType.TEXT})
_WHOLE = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.TEXT})


def find_fit(property_: Property | None) -> Fit:
    """Return what can fill a field; of one that the account lacks nothing is known."""
    return _FITS.get(property_.type, _ANYTHING) if property_ else _ANYTHING


def takes_converter(property_: Property, converter: Converter) -> bool:
    """Tell whether what a converter makes can stand in a field."""
    return converter in find_fit(property_).converters


def takes_column(property_: Property, column: ColumnType) -> bool:
    """Tell whether what a column holds can ever stand in a field."""
    return column in find_fit(property_).columns


def takes_text(property_: Property, text: str) -> bool:
    """Tell whether a field takes this very text, for everybody."""
    try:
        made = choose_make(Converter.CONSTANT, property_)(text)
    except UnusableValueError:
        return False

    return made is not None


def _of(*converters: Converter, columns: frozenset[ColumnType]) -> Fit:
    return Fit(frozenset({Converter.TEXT, Converter.CONSTANT, *converters}), columns)


_FITS: Mapping[PropertyType, Fit] = {
    PropertyType.EMAIL: _of(Converter.EMAIL, columns=_TEXTS),
    PropertyType.POSTCODE: _of(Converter.POSTCODE, columns=_TEXTS),
    PropertyType.MOBILE: _of(Converter.MOBILE, Converter.PHONE, columns=_TEXTS),
    PropertyType.GENDER: _of(Converter.GENDER, columns=_TEXTS | {ColumnType.CHOICE}),
    PropertyType.BIRTHDATE: _of(Converter.DATE, columns=_DAYS),
    PropertyType.DATE: _of(Converter.DATE, columns=_DAYS),
    PropertyType.DATE_TIME: _of(Converter.DATE, columns=_DAYS),
    PropertyType.INT: _of(columns=_WHOLE),
    PropertyType.MONEY: _of(columns=_WHOLE | {ColumnType.MONEY}),
    PropertyType.SET: Fit(frozenset({Converter.CONSTANT}), frozenset()),
}
