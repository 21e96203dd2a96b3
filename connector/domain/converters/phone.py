"""Dutch phone numbers, the only ones that Spotler's phone and mobile fields accept.

Both take `0` and nine digits. One dash may follow an area code of three or four digits in the phone
field, and `06` in the mobile field.
"""

import re
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

from connector.domain.converters.text import to_text
from connector.domain.converters.unusable import Note, UnusableValueError

_REGION = "NL"
_COUNTRY_CODE = 31
_DIGITS = 10


_AS_TYPED = re.compile(r"0[1-9]([ -]?[0-9]){8}", re.ASCII)
_DECISIVE = 5
"""Of the ten digits so many, the zero among them, say what a number is and where its area ends."""


class _DutchNumber(NamedTuple):
    digits: str
    is_mobile: bool
    area: int

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

    return number.with_dash(number.area)


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
    is_plain = _AS_TYPED.fullmatch(text) is not None
    digits = text.replace(" ", "").replace("-", "") if is_plain else _to_digits(text)
    kind = _kind_of(digits[:_DECISIVE]) if len(digits) == _DIGITS else None
    if kind is None:
        raise UnusableValueError(Note.NOT_PHONE)

    return _DutchNumber(digits, *kind)


def _to_digits(text: str) -> str:
    """Return a number as it is dialled within the country, in whatever way it was written."""
    try:
        number = phonenumbers.parse(text, _REGION)
    except NumberParseException as exc:
        raise UnusableValueError(Note.NOT_PHONE) from exc
    if number.country_code != _COUNTRY_CODE:
        raise UnusableValueError(Note.NOT_DUTCH)

    return f"0{number.national_number}"


@cache
def _kind_of(beginning: str) -> tuple[bool, int] | None:
    """Return whether numbers are mobile that begin so, and the length of their area code.

    None is what nobody has. There are 9,000 beginnings, and each is looked up once.
    """
    some = PhoneNumber(_COUNTRY_CODE, int(beginning[1:].ljust(_DIGITS - 1, "2")))
    type_ = phonenumbers.number_type(some)
    if type_ == PhoneNumberType.UNKNOWN:
        return None

    area = 1 + phonenumbers.length_of_national_destination_code(some)

    return type_ == PhoneNumberType.MOBILE, area
