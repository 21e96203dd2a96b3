"""Gender and yes or no have few answers."""

import pytest

from connector.domain.converters.choices import to_gender, to_yes_or_no
from connector.domain.converters.unusable import Note, UnusableValueError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(1, "M", id="male"),
        pytest.param(2, "F", id="female"),
        pytest.param(1.0, "M", id="float"),
        pytest.param("F", "F", id="letter"),
        pytest.param(3, None, id="another-choice"),
        pytest.param(True, None, id="boolean"),
        pytest.param(None, None, id="empty"),
    ],
)
def test_gender_letter(value: object, expected: str | None) -> None:
    """
    The first choice is M, the second F, and everything else is empty.
    """
    assert to_gender(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(True, "Ja"), (False, "Nee"), (None, None)])
def test_yes_or_no(value: object, expected: str | None) -> None:
    """
    A boolean is sent as a Dutch word.
    """
    assert to_yes_or_no(value) == expected


@pytest.mark.parametrize("value", [1, "true", []])
def test_neither_yes_nor_no(value: object) -> None:
    """
    What only looks like a boolean is refused.
    """
    with pytest.raises(UnusableValueError) as refusal:
        to_yes_or_no(value)

    assert refusal.value.note is Note.NOT_BOOLEAN
