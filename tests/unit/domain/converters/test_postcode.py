"""Spotler's postcode field takes Dutch postcodes only."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.converters.postcode import to_postcode
from connector.domain.converters.unusable import Note, UnusableValueError

ACCEPTED = re.compile(r"[1-9][0-9]{3} [A-Z]{2}")


@pytest.mark.feature("F114")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("2719 EK", "2719 EK", id="as-it-should-be"),
        pytest.param("2719ek", "2719 EK", id="small-and-joined"),
        pytest.param(" 2719  EK ", "2719 EK", id="spaces"),
        pytest.param("NL-2719 EK", "2719 EK", id="country-in-front"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="none"),
    ],
)
def test_dutch_postcode(value: object, expected: str | None) -> None:
    """
    A Dutch postcode in any spelling is sent in one spelling.
    """
    assert to_postcode(value) == expected


@pytest.mark.feature("F114", "F115")
@pytest.mark.parametrize("value", ["B-1000", "0719 EK", "2719", "SW1A 1AA", "27190 EK", 2719, True])
def test_foreign_postcode(value: object) -> None:
    """
    What is no Dutch postcode is refused, and said to be so.
    """
    with pytest.raises(UnusableValueError) as refusal:
        to_postcode(value)

    assert refusal.value.note is Note.NOT_DUTCH


@given(st.from_regex(r"[ -]?[0-9]{3,5}[ -]?[A-Za-zß]{1,3} ?", fullmatch=True))
def test_only_accepted_form_sent(text: str) -> None:
    """
    Whatever comes near a postcode is either refused or sent in the form that Spotler accepts.
    """
    try:
        result = to_postcode(text)
    except UnusableValueError:
        return

    assert result is not None
    assert ACCEPTED.fullmatch(result)
    assert to_postcode(result) == result
