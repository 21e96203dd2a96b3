"""Spotler writes money as text, in cents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.converters.money import to_cents
from connector.domain.converters.unusable import Note, UnusableValueError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(1234.5, "123450", id="fraction"),
        pytest.param(0.29, "29", id="not-exact-in-binary"),
        pytest.param(-3, "-300", id="negative"),
        pytest.param("19.99", "1999", id="text"),
        pytest.param(1.2345, "123", id="more-decimals-than-cents"),
        pytest.param(None, None, id="empty"),
    ],
)
def test_amount_in_cents(value: object, expected: str | None) -> None:
    """
    An amount becomes a whole number of cents.
    """
    assert to_cents(value) == expected


@pytest.mark.parametrize(
    "value", ["€ 12", "12,50", "NaN", "sNaN", "Infinity", "1e99999", "1E1000000", 1e15, -1e15]
)
def test_no_amount(value: object) -> None:
    """
    What is no amount, or more than a field holds, is refused.
    """
    with pytest.raises(UnusableValueError) as refusal:
        to_cents(value)

    assert refusal.value.note is Note.NOT_MONEY


@given(st.integers(-(10**14), 10**14))
def test_every_cent_counts(cents: int) -> None:
    """
    Not one cent is lost between the CRM's decimals and Spotler's text.
    """
    sign, whole, rest = "-" if cents < 0 else "", abs(cents) // 100, abs(cents) % 100

    assert to_cents(f"{sign}{whole}.{rest:02}") == str(cents)
