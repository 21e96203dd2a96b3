"""What Spotler accepts as the value of a property, type by type."""

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum

from devstack.spotler.dates import to_moment
from devstack.spotler.fields import Field, FieldType
from devstack.spotler.options import SpotlerOptions
from devstack.spotler.people import Value

type Check = Callable[[object, SpotlerOptions], bool]


class Code(StrEnum):
    """What Spotler says about one contact of a batch."""

    OK = "OK"
    PROPERTY_INVALID = "PROPERTY_INVALID"
    CONTACT_ALREADY_EXISTS = "CONTACT_ALREADY_EXISTS"
    CONTACT_UNKNOWN = "CONTACT_UNKNOWN"
    CONTACT_OPTOUT = "CONTACT_OPTOUT"
    NO_ACTIVE_CHANNEL = "NO_ACTIVE_CHANNEL"
    ERROR = "ERROR"


class ContactRefused(Exception):  # noqa: N818  # an answer that the vendor gives, not a mistake of ours
    """Spotler does not take this contact; the reason is one of its codes."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(
    rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])",
    re.IGNORECASE | re.ASCII,
)
_EMAIL_LIMIT = 254
_LOCAL_LIMIT = 64
_POSTCODE = re.compile(r"[1-9][0-9]{3}\s?[A-Za-z]{2}")
_MOBILE = re.compile(r"06-?[0-9]{8}")
_PHONE = re.compile(r"0[0-9]{2}-?[0-9]{7}|0[0-9]{3}-?[0-9]{6}")
_LENIENT = re.compile(r"(?:\+31|0031|0)[0-9]{9}")
_LENIENT_MOBILE = re.compile(r"(?:\+31|0031|0)6[0-9]{8}")
_BIRTHDATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CENTS = re.compile(r"-?[0-9]{1,18}")
_INT_LIMIT = 2**63


def accepted(field: Field, value: object, options: SpotlerOptions) -> Value:
    """Return the value if Spotler takes it for this field, or raise ContactRefused."""
    check = _BY_NAME.get(field.name) or _BY_TYPE[field.type]
    if not check(value, options) or not isinstance(value, str | int):
        raise refused_property(field.name, value, options)

    return value


def refused_property(name: str, value: object, options: SpotlerOptions) -> ContactRefused:
    """Return the refusal of one property; its message names the property."""
    message = f"Property {name} is invalid"
    if options.echo_values:
        message = f"{message}: {value}"

    return ContactRefused(Code.PROPERTY_INVALID, message)


def _is_string(value: object, options: SpotlerOptions) -> bool:
    return isinstance(value, str) and len(value) <= options.string_limit


def _is_email(value: object, _: SpotlerOptions) -> bool:
    if not isinstance(value, str) or len(value) > _EMAIL_LIMIT:
        return False

    return _EMAIL.fullmatch(value) is not None and value.index("@") <= _LOCAL_LIMIT


def _is_gender(value: object, _: SpotlerOptions) -> bool:
    return value in ("M", "F")


def _is_postcode(value: object, _: SpotlerOptions) -> bool:
    return isinstance(value, str) and _POSTCODE.fullmatch(value) is not None


def _is_mobile(value: object, options: SpotlerOptions) -> bool:
    return _is_number(value, options, strict=_MOBILE, lenient=_LENIENT_MOBILE)


def _is_phone(value: object, options: SpotlerOptions) -> bool:
    return _is_number(value, options, strict=_PHONE, lenient=_LENIENT)


def _is_number(
    value: object, options: SpotlerOptions, *, strict: re.Pattern[str], lenient: re.Pattern[str]
) -> bool:
    if not isinstance(value, str):
        return False

    if options.phone_grammar == "strict":
        return strict.fullmatch(value) is not None

    if options.phone_grammar == "lenient":
        return lenient.fullmatch(re.sub(r"[\s-]", "", value)) is not None

    return len(value) <= options.string_limit


def _is_birthdate(value: object, _: SpotlerOptions) -> bool:
    if not isinstance(value, str) or _BIRTHDATE.fullmatch(value) is None:
        return False

    try:
        date.fromisoformat(value)
    except ValueError:
        return False

    return True


def _is_moment(value: object, options: SpotlerOptions) -> bool:
    if not isinstance(value, str):
        return False

    try:
        to_moment(value, accepted=options.accepted_dates, zone=options.default_zone)
    except ValueError:
        return False

    return True


def _is_date(value: object, options: SpotlerOptions) -> bool:
    return _is_birthdate(value, options) or _is_moment(value, options)


def _is_int(value: object, _: SpotlerOptions) -> bool:
    return type(value) is int and -_INT_LIMIT <= value < _INT_LIMIT


def _is_cents(value: object, _: SpotlerOptions) -> bool:
    return isinstance(value, str) and _CENTS.fullmatch(value) is not None


# The vendor lists no phone type: the rule hangs on this one property.
_BY_NAME: dict[str, Check] = {"phoneNumber": _is_phone}
_BY_TYPE: dict[FieldType, Check] = {
    FieldType.BIRTHDATE: _is_birthdate,
    FieldType.DATE: _is_date,
    FieldType.DATE_TIME: _is_moment,
    FieldType.EMAIL: _is_email,
    FieldType.GENDER: _is_gender,
    FieldType.INT: _is_int,
    FieldType.MOBILE: _is_mobile,
    FieldType.MONEY: _is_cents,
    FieldType.POSTCODE: _is_postcode,
    FieldType.STRING: _is_string,
}
