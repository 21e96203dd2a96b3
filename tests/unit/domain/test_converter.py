"""A converter decides what is read, the property has the last word on what is made."""

import pytest

from connector.domain.contact import PropertyValue
from connector.domain.converter import Converter, choose_make, read
from connector.domain.converters.unusable import Note, UnusableValueError
from connector.domain.property import PropertyType
from tests.builders import a_person, a_property


@pytest.mark.parametrize(
    ("converter", "column", "expected"),
    [
        pytest.param(Converter.TEXT, "firstname", "Jan", id="plain-value"),
        pytest.param(Converter.TEXT, "nickname", None, id="column-not-there"),
        pytest.param(Converter.CONSTANT, "Contact", "Contact", id="constant"),
        pytest.param(Converter.OWNER_NAME, "ownerid", "Els de Boer", id="owner"),
        pytest.param(Converter.LOOKUP_NAME, "ownerid", "Els de Boer", id="lookup"),
        pytest.param(Converter.LOOKUP_NAME, "firstname", "Jan", id="text-for-a-lookup"),
        pytest.param(Converter.CHOICE_LABEL, "ownerid", "Els de Boer", id="choice"),
    ],
)
def test_what_is_read(converter: Converter, column: str, expected: object) -> None:
    """
    A converter looks at the plain value, at what a person reads, or at its own text.
    """
    assert read(converter, a_person(), column) == expected


@pytest.mark.parametrize(
    ("converter", "value", "expected"),
    [
        pytest.param(Converter.TEXT, " Jan ", "Jan", id="text"),
        pytest.param(Converter.EMAIL, "jan@Example.nl", "jan@example.nl", id="email"),
        pytest.param(Converter.CHOICE_LABEL, "Klant", "Klant", id="choice"),
        pytest.param(Converter.LOOKUP_NAME, "Acme BV", "Acme BV", id="lookup"),
        pytest.param(Converter.OWNER_NAME, "Els", "Els", id="owner"),
        pytest.param(Converter.GENDER, 2, "F", id="gender"),
        pytest.param(Converter.DATE, "2026-01-31T23:00:00Z", "2026-02-01", id="date"),
        pytest.param(Converter.POSTCODE, "2719ek", "2719 EK", id="postcode"),
        pytest.param(Converter.PHONE, "079 3632921", "079-3632921", id="phone"),
        pytest.param(Converter.MOBILE, "+31618596225", "06-18596225", id="mobile"),
        pytest.param(Converter.CONSTANT, "Lead", "Lead", id="constant"),
        pytest.param(Converter.BOOLEAN, True, "Ja", id="boolean"),
    ],
)
def test_each_converter_makes(converter: Converter, value: object, expected: PropertyValue) -> None:
    """
    In a property that takes any text, the converter alone decides.
    """
    make = choose_make(converter, a_property("profileField7"))

    assert make(value) == expected


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        pytest.param(PropertyType.STRING, 42, "42", id="string"),
        pytest.param(PropertyType.OTHER, 42, "42", id="other"),
        pytest.param(PropertyType.INT, "42", 42, id="int"),
        pytest.param(PropertyType.EMAIL, "jan@Example.nl", "jan@example.nl", id="email"),
        pytest.param(PropertyType.POSTCODE, "2719ek", "2719 EK", id="postcode"),
        pytest.param(PropertyType.MOBILE, "0618596225", "06-18596225", id="mobile"),
        pytest.param(PropertyType.GENDER, 1, "M", id="gender"),
        pytest.param(PropertyType.BIRTHDATE, "1968-03-01T00:00:00Z", "1968-03-01", id="birthdate"),
        pytest.param(PropertyType.DATE, "2026-01-31T23:00:00Z", "2026-02-01", id="date"),
        pytest.param(
            PropertyType.DATE_TIME, "2026-01-31", "2026-01-31T00:00:00+01:00", id="date-time"
        ),
        pytest.param(PropertyType.MONEY, 12.5, "1250", id="money"),
    ],
)
def test_property_type_decides(type_: PropertyType, value: object, expected: PropertyValue) -> None:
    """
    A typed property is sent what it accepts, even if the mapping says text.
    """
    make = choose_make(Converter.TEXT, a_property("profileField7", type_=type_))

    assert make(value) == expected


def test_phone_field_by_name() -> None:
    """
    The phone field has no type of its own, yet takes Dutch numbers only.
    """
    make = choose_make(Converter.TEXT, a_property("phoneNumber"))

    with pytest.raises(UnusableValueError) as refusal:
        make("+32 2 555 12 12")

    assert refusal.value.note is Note.NOT_DUTCH


def test_set_is_never_mapped() -> None:
    """
    No column can fill a set, so that no mapping can switch a permission.
    """
    make = choose_make(Converter.TEXT, a_property("permissions", type_=PropertyType.SET))

    with pytest.raises(UnusableValueError) as refusal:
        make("1")

    assert refusal.value.note is Note.UNSUPPORTED


def test_lookups_are_read_twice() -> None:
    """
    Only lookups are read as an id with a label.
    """
    lookups = {converter for converter in Converter if converter.reads_lookup}

    assert lookups == {Converter.LOOKUP_NAME, Converter.OWNER_NAME}


def test_stored_words_stay() -> None:
    """
    The words under which converters are stored never change.
    """
    assert {str(converter) for converter in Converter} == {
        "text", "email", "choice_label", "lookup_name", "owner_name", "gender",
        "date", "postcode", "phone", "mobile", "constant", "boolean",
    }  # fmt: skip
