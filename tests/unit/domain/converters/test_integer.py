"""Integer fields of Spotler take whole numbers only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.converters.integer import to_integer
from connector.domain.converters.unusable import Note, UnusableValueError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(42, 42, id="integer"),
        pytest.param(42.0, 42, id="whole-float"),
        pytest.param(" -7 ", -7, id="text"),
        pytest.param("007", 7, id="leading-zeros"),
        pytest.param(2**31 - 1, 2**31 - 1, id="largest"),
        pytest.param("", None, id="empty"),
    ],
)
def test_whole_number(value: object, expected: int | None) -> None:
    """
    A number is sent as a number, however the column spells it.
    """
    assert to_integer(value) == expected


@pytest.mark.parametrize(
    "value", [1.5, "1.000", "1_000", "٣", "twaalf", True, 2**31, -(2**31), "9" * 99]
)
def test_no_whole_number(value: object) -> None:
    """
    What is not a whole number, or too large for the field, is refused.
    """
    with pytest.raises(UnusableValueError) as refusal:
        to_integer(value)

    assert refusal.value.note is Note.NOT_INTEGER


@given(st.integers(-(2**31) + 1, 2**31 - 1))
def test_every_integer_kept(number: int) -> None:
    """
    No integer that fits is changed on the way, as a number or as text.
    """
    assert to_integer(number) == to_integer(str(number)) == number
