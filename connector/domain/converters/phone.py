"""Dutch phone numbers, the only ones that Spotler's phone and mobile fields accept.

Both take `0` and nine digits. One dash may follow an area code of three or four digits in the phone
field, and `06` in the mobile field.
"""

from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import Note, UnusableValueError

_REGION = "NL"
_COUNTRY_CODE = 31
_DIGITS = 10


class _DutchNumber(NamedTuple):
    parsed: PhoneNumber
    digits: str
    is_mobile: bool

    def with_dash(self, after: int) -> str:
        return f"{self.digits[:after]}-{self.digits[after:]}"


def to_phone(value: object) -> str | None:
    """Return the number as `079-3632921`; a mobile number has no area code, so no dash."""
    text = to_text(value)
    if text is None:
        return None

    number = _parse(text)
    if number.is_mobile:
        return number.digits

    return number.with_dash(1 + phonenumbers.length_of_national_destination_code(number.parsed))


def to_mobile(value: object) -> str | None:
    """Return the number as `06-18596225`."""
    text = to_text(value)
    if text is None:
        return None

    number = _parse(text)
    if not number.is_mobile:
        raise UnusableValueError(Note.NOT_MOBILE)

    return number.with_dash(len("06"))


def _parse(text: str) -> _DutchNumber:
    """Return a number of ten digits; an extension is dropped, for no field holds it."""
    try:
        number = phonenumbers.parse(text, _REGION)
    except NumberParseException as exc:
        raise UnusableValueError(Note.NOT_PHONE) from exc
    if number.country_code != _COUNTRY_CODE:
        raise UnusableValueError(Note.NOT_DUTCH)

    digits = f"0{number.national_number}"
    type_ = phonenumbers.number_type(number)
    if len(digits) != _DIGITS or type_ == PhoneNumberType.UNKNOWN:
        raise UnusableValueError(Note.NOT_PHONE)

    return _DutchNumber(number, digits, type_ == PhoneNumberType.MOBILE)
