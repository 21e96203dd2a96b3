"""Labels and names stand for the numbers and ids of the CRM."""

import pytest

from connector.domain.converters.names import to_label, to_name
from connector.domain.converters.unusable import Note, UnusableValueError

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("value", "label", "expected"),
    [
        pytest.param(3, "Klant", "Klant", id="choice"),
        pytest.param("1,2", "Sport; Kunst", "Sport; Kunst", id="several-choices"),
        pytest.param(None, None, None, id="empty"),
    ],
)
def test_label_of_choice(value: object, label: str | None, expected: str | None) -> None:
    """
    A choice is sent as what a person reads.
    """
    assert to_label(value, label) == expected


@pytest.mark.parametrize("value", [3, "1,2"])
def test_choice_without_label(value: object) -> None:
    """
    The number of a choice is never sent for its label.
    """
    with pytest.raises(UnusableValueError) as refusal:
        to_label(value, None)

    assert refusal.value.note is Note.NO_LABEL


@pytest.mark.parametrize(
    ("value", "label", "expected"),
    [
        pytest.param(ID, " Acme BV ", "Acme BV", id="lookup"),
        pytest.param("acme", "Acme BV", "Acme BV", id="label-first"),
        pytest.param("Acme BV", None, "Acme BV", id="text-column"),
        pytest.param("", None, None, id="empty-text-column"),
        pytest.param(None, None, None, id="empty-lookup"),
    ],
)
def test_name_of_row(value: object, label: str | None, expected: str | None) -> None:
    """
    A lookup is sent as the name of its row, a text column as it is.
    """
    assert to_name(value, label) == expected


@pytest.mark.parametrize(
    ("value", "label"),
    [
        pytest.param(ID, None, id="no-name"),
        pytest.param(f"{{{ID.upper()}}}", None, id="no-name-in-braces"),
        pytest.param(ID, " ", id="blank-name"),
        pytest.param(7, None, id="number"),
    ],
)
def test_id_never_sent(value: object, label: str | None) -> None:
    """
    The id of a row is never sent for its name.
    """
    with pytest.raises(UnusableValueError) as refusal:
        to_name(value, label)

    assert refusal.value.note is Note.NO_LABEL
