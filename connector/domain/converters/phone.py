"""Dutch phone numbers, the only ones that Spotler's phone and mobile fields accept.

Both take `0` and nine digits. One dash may follow an area code of three or four digits in the phone
field, and `06` in the mobile field.
"""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import Note, UnusableValueError

_REGION = "NL"
_COUNTRY_CODE = 31
_DIGITS = 10


def to_phone(value: object) -> str | None:
    """Return the number as `079-3632921`; a mobile number has no area code, so no dash."""
    text = to_text(value)
    if text is None:
        return None

    number, digits = _parse(text)
    if _is_mobile(number):
        return digits

    return _with_dash(digits, 1 + phonenumbers.length_of_national_destination_code(number))


def to_mobile(value: object) -> str | None:
    """Return the number as `06-18596225`."""
    text = to_text(value)
    if text is None:
        return None

    number, digits = _parse(text)
    if not _is_mobile(number):
        raise UnusableValueError(Note.NOT_MOBILE)

    return _with_dash(digits, len("06"))


def _parse(text: str) -> tuple[PhoneNumber, str]:
    """Return the number and its ten digits; an extension is dropped, no field holds it."""
    try:
        number = phonenumbers.parse(text, _REGION)
    except NumberParseException as exc:
        raise UnusableValueError(Note.NOT_PHONE) from exc
    if number.country_code != _COUNTRY_CODE:
        raise UnusableValueError(Note.NOT_DUTCH)

    digits = f"0{number.national_number}"
    if len(digits) != _DIGITS or not phonenumbers.is_valid_number(number):
        raise UnusableValueError(Note.NOT_PHONE)

    return number, digits


def _is_mobile(number: PhoneNumber) -> bool:
    return phonenumbers.number_type(number) == PhoneNumberType.MOBILE


def _with_dash(digits: str, after: int) -> str:
    return f"{digits[:after]}-{digits[after:]}"
