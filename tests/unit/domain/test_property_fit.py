"""What a field of Spotler can hold is said by the same rules by which values are made."""

import pytest

from connector.domain.converter import Converter, choose_make
from connector.domain.converters.unusable import UnusableValueError
from connector.domain.crm_column import ColumnType
from connector.domain.property import PropertyType
from connector.domain.property_fit import takes_column, takes_converter, takes_text
from tests.builders import a_property

SAMPLES: dict[ColumnType, object] = {
    ColumnType.DATE: "2026-11-26",
    ColumnType.DATETIME: "2026-11-26T12:00:00Z",
    ColumnType.INTEGER: 7,
    ColumnType.DECIMAL: 7.0,
    ColumnType.MONEY: 12.5,
    ColumnType.BOOLEAN: True,
    ColumnType.CHOICE: 1,
}
"""Are values of columns whose kind alone decides whether a field can hold them."""


@pytest.mark.parametrize("type_", [one for one in PropertyType if one is not PropertyType.SET])
@pytest.mark.parametrize("column", SAMPLES)
def test_taken_column_can_be_sent(type_: PropertyType, column: ColumnType) -> None:
    """
    A column that a field takes can be made into a value that it holds.
    """
    property_ = a_property("profileField9", type_=type_)
    make = choose_make(Converter.TEXT, property_)
    try:
        made = make(SAMPLES[column])
    except UnusableValueError:
        made = None

    assert not takes_column(property_, column) or made is not None


@pytest.mark.parametrize(
    ("type_", "converter", "takes"),
    [
        pytest.param(PropertyType.STRING, Converter.OWNER_NAME, True, id="text takes a name"),
        pytest.param(PropertyType.OTHER, Converter.BOOLEAN, True, id="what is new takes anything"),
        pytest.param(PropertyType.INT, Converter.TEXT, True, id="number takes digits"),
        pytest.param(PropertyType.INT, Converter.DATE, False, id="number takes no day"),
        pytest.param(PropertyType.DATE, Converter.DATE, True, id="day takes a day"),
        pytest.param(PropertyType.BIRTHDATE, Converter.BOOLEAN, False, id="day takes no yes"),
        pytest.param(PropertyType.EMAIL, Converter.LOOKUP_NAME, False, id="address takes no name"),
        pytest.param(PropertyType.SET, Converter.TEXT, False, id="permissions take nothing"),
        pytest.param(PropertyType.INT, Converter.CONSTANT, True, id="a constant is looked at"),
    ],
)
def test_converter_fits_type(type_: PropertyType, converter: Converter, *, takes: bool) -> None:
    """
    A converter fits a field that could hold what it makes.
    """
    assert takes_converter(a_property("profileField9", type_=type_), converter) == takes


@pytest.mark.parametrize(
    ("name", "type_", "text", "takes"),
    [
        pytest.param("profileField9", PropertyType.STRING, "Relatie", True, id="text"),
        pytest.param("profileField9", PropertyType.INT, "7", True, id="digits"),
        pytest.param("profileField9", PropertyType.INT, "zeven", False, id="no digits"),
        pytest.param("profileField9", PropertyType.DATE, "26-11-2026", False, id="no day"),
        pytest.param("gender", PropertyType.GENDER, "X", False, id="no gender"),
        pytest.param("phoneNumber", PropertyType.STRING, "bellen", False, id="no number"),
        pytest.param("permissions", PropertyType.SET, "1", False, id="permissions"),
    ],
)
def test_constant_fits_field(name: str, type_: PropertyType, text: str, *, takes: bool) -> None:
    """
    A constant is tried once: what the field does not take would be left out for everybody.
    """
    assert takes_text(a_property(name, type_=type_), text) == takes
