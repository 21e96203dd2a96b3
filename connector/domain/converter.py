"""The converters that a mapping can name, and what each looks at and makes."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from connector.domain.contact import PropertyValue, Record
from connector.domain.converters.choices import to_gender, to_yes_or_no
from connector.domain.converters.dates import to_day, to_moment
from connector.domain.converters.email import to_email
from connector.domain.converters.integer import to_integer
from connector.domain.converters.money import to_cents
from connector.domain.converters.names import to_label, to_name
from connector.domain.converters.phone import to_mobile, to_phone
from connector.domain.converters.postcode import to_postcode
from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import Note, UnusableValueError
from connector.domain.property import Property, PropertyType

type Make = Callable[[object], PropertyValue]


class Converter(StrEnum):
    """Tells how a column becomes a property; the value is stored with the mapping."""

    TEXT = "text"
    EMAIL = "email"
    CHOICE_LABEL = "choice_label"
    LOOKUP_NAME = "lookup_name"
    OWNER_NAME = "owner_name"
    GENDER = "gender"
    DATE = "date"
    POSTCODE = "postcode"
    PHONE = "phone"
    MOBILE = "mobile"
    CONSTANT = "constant"
    BOOLEAN = "boolean"

    @property
    def reads_lookup(self) -> bool:
        """Tell whether the column holds an id that is read with its label."""
        return self in {Converter.LOOKUP_NAME, Converter.OWNER_NAME}


def read(converter: Converter, record: Record, column: str) -> object:
    """Return what the converter looks at; a constant is its own column."""
    value = record.value(column)
    match converter:
        case Converter.CONSTANT:
            return column
        case Converter.CHOICE_LABEL:
            return to_label(value, record.label(column))
        case Converter.LOOKUP_NAME | Converter.OWNER_NAME:
            return to_name(value, record.label(column))
        case _:
            return value


def choose_make(converter: Converter, property_: Property) -> Make:
    """Return what makes the value: what the property demands goes before what the mapping says.

    One value that the property cannot hold would cost the whole contact.
    """
    demanded = _BY_PROPERTY_NAME.get(property_.name) or _BY_PROPERTY_TYPE.get(property_.type)

    return demanded or _BY_CONVERTER.get(converter, to_text)


def _refuse(_: object) -> PropertyValue:
    raise UnusableValueError(Note.UNSUPPORTED)


# Spotler has no type for phone numbers: the rule hangs on this one property.
_BY_PROPERTY_NAME: Mapping[str, Make] = {"phoneNumber": to_phone}

_BY_PROPERTY_TYPE: Mapping[PropertyType, Make] = {
    PropertyType.EMAIL: to_email,
    PropertyType.POSTCODE: to_postcode,
    PropertyType.MOBILE: to_mobile,
    PropertyType.GENDER: to_gender,
    PropertyType.BIRTHDATE: to_day,
    PropertyType.DATE: to_day,
    PropertyType.DATE_TIME: to_moment,
    PropertyType.INT: to_integer,
    PropertyType.MONEY: to_cents,
    PropertyType.SET: _refuse,
}

_BY_CONVERTER: Mapping[Converter, Make] = {
    Converter.EMAIL: to_email,
    Converter.GENDER: to_gender,
    Converter.DATE: to_day,
    Converter.POSTCODE: to_postcode,
    Converter.PHONE: to_phone,
    Converter.MOBILE: to_mobile,
    Converter.BOOLEAN: to_yes_or_no,
}
