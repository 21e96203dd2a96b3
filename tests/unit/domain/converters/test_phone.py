"""Spotler's phone and mobile fields take Dutch numbers only."""

import random
import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.converters.phone import to_mobile, to_phone
from connector.domain.converters.unusable import Note, UnusableValueError

PHONE = re.compile(r"0[0-9]{2}-?[0-9]{7}|0[0-9]{3}-?[0-9]{6}")
MOBILE = re.compile(r"06-?[0-9]{8}")

NUMBERS = st.from_regex(r"(\+31|0031|0|\+32|)[ (-]?[0-9]{1,4}[ )-]?[0-9 ]{5,9}", fullmatch=True)


@pytest.mark.feature("F114", "F116")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("079-3632921", "079-3632921", id="as-it-should-be"),
        pytest.param("0793632921", "079-3632921", id="joined"),
        pytest.param("079 - 363 29 21", "079-3632921", id="spaces-around-the-dash"),
        pytest.param("+31 (0)79-363 29 21", "079-3632921", id="international-with-zero"),
        pytest.param("0031793632921", "079-3632921", id="international-with-zeros"),
        pytest.param("tel:+31-79-3632921", "079-3632921", id="link"),
        pytest.param("0117 12 34 56", "0117-123456", id="long-area-code"),
        pytest.param("020 123 45 67", "020-1234567", id="amsterdam"),
        pytest.param("088 1234567", "088-1234567", id="company-number"),
        pytest.param("079-3632921 ext. 12", "079-3632921", id="extension"),
        pytest.param("06-18596225", "0618596225", id="mobile"),
        pytest.param(793632921, "079-3632921", id="number-that-lost-its-zero"),
        pytest.param(" ", None, id="empty"),
    ],
)
def test_dutch_phone(value: object, expected: str | None) -> None:
    """
    A Dutch number in any spelling has at most one dash, after its area code.
    """
    assert to_phone(value) == expected


@pytest.mark.feature("F114", "F116")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("06-18596225", "06-18596225", id="as-it-should-be"),
        pytest.param("+31 6 18596225", "06-18596225", id="international"),
        pytest.param("+31 (0)6 18 59 62 25", "06-18596225", id="international-with-zero"),
        pytest.param("06 - 1859 6225", "06-18596225", id="spaces-around-the-dash"),
        pytest.param("٠٦١٨٥٩٦٢٢٥", "06-18596225", id="arabic-digits"),
        pytest.param(None, None, id="empty"),
    ],
)
def test_dutch_mobile(value: object, expected: str | None) -> None:
    """
    A Dutch mobile number in any spelling has one dash, after 06.
    """
    assert to_mobile(value) == expected


@pytest.mark.parametrize(
    ("value", "note"),
    [
        pytest.param("+32 2 555 12 12", Note.NOT_DUTCH, id="belgian"),
        pytest.param("0044 20 7946 0958", Note.NOT_DUTCH, id="british"),
        pytest.param("0470 12 34 56", Note.NOT_PHONE, id="belgian-at-home"),
        pytest.param("0900-1234", Note.NOT_PHONE, id="short-service-number"),
        pytest.param("0900-1234567", Note.NOT_PHONE, id="long-service-number"),
        pytest.param("112", Note.NOT_PHONE, id="emergency"),
        pytest.param("079-3632921 / 06-18596225", Note.NOT_PHONE, id="two-numbers"),
        pytest.param("na vijf uur", Note.NOT_PHONE, id="words"),
        pytest.param(True, Note.NOT_PHONE, id="boolean"),
        pytest.param("0" * 256, Note.TOO_LONG, id="endless"),
    ],
)
@pytest.mark.feature("F114", "F115")
def test_unusable_number(value: object, note: Note) -> None:
    """
    A number that no Dutch caller could dial as it stands is refused with its reason.
    """
    with pytest.raises(UnusableValueError) as of_phone:
        to_phone(value)
    with pytest.raises(UnusableValueError) as of_mobile:
        to_mobile(value)

    assert of_phone.value.note is of_mobile.value.note is note


@pytest.mark.parametrize("value", ["079-3632921", "088-1234567", "066-1234567"])
def test_landline_as_mobile(value: str) -> None:
    """
    A number that cannot receive an SMS does not go into the mobile field.
    """
    with pytest.raises(UnusableValueError) as refusal:
        to_mobile(value)

    assert refusal.value.note is Note.NOT_MOBILE


@given(NUMBERS)
def test_only_accepted_phone_sent(text: str) -> None:
    """
    Whatever looks like a number is either refused or sent as the phone field accepts it.
    """
    try:
        result = to_phone(text)
    except UnusableValueError:
        return

    assert result is not None
    assert PHONE.fullmatch(result)
    assert to_phone(result) == result


@given(NUMBERS | st.integers(610000000, 658999999).map("0{}".format))
def test_only_accepted_mobile_sent(text: str) -> None:
    """
    Whatever looks like a number is either refused or sent as the mobile field accepts it.
    """
    try:
        result = to_mobile(text)
    except UnusableValueError:
        return

    assert result is not None
    assert MOBILE.fullmatch(result)
    assert to_mobile(result) == result


def test_beginning_says_what_a_number_is() -> None:
    """
    In the whole Dutch plan the first digits decide, whatever the last ones are.
    """
    dice = random.Random(1)
    for beginning in range(1000, 10_000):
        number = phonenumbers.PhoneNumber(31, beginning * 100_000 + dice.randrange(100_000))
        type_ = phonenumbers.number_type(number)
        digits = f"0{number.national_number}"
        if type_ == phonenumbers.PhoneNumberType.UNKNOWN:
            with pytest.raises(UnusableValueError):
                to_phone(digits)
        elif type_ == phonenumbers.PhoneNumberType.MOBILE:
            assert to_phone(digits) == digits
        else:
            area = 1 + phonenumbers.length_of_national_destination_code(number)
            assert to_phone(digits) == f"{digits[:area]}-{digits[area:]}"


@given(st.from_regex(r"0[1-9]([ -]?[0-9]){8}", fullmatch=True))
def test_as_typed_is_as_parsed(text: str) -> None:
    """
    A number that is typed as within the country is the one that the library reads in it.
    """
    parsed = phonenumbers.parse(text, "NL")

    assert f"0{parsed.national_number}" == text.replace(" ", "").replace("-", "")
    assert parsed.country_code == 31
