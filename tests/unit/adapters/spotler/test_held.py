from datetime import UTC, datetime
from typing import Any

import pytest

from connector.adapters.spotler.held import to_person
from connector.adapters.spotler.models import HELD_CONTACT, parse
from connector.domain.contact import ExternalId
from connector.domain.looked_up import HeldPerson
from connector.domain.property import PropertyType
from tests.builders import a_property

CATALOGUE = (
    a_property("email", "E-mail", PropertyType.EMAIL),
    a_property("birthday", "Birthday", PropertyType.BIRTHDATE),
    a_property("permissions", "Permissions", PropertyType.SET, bits=(1, 2)),
)


def person(**answer: Any) -> HeldPerson:  # noqa: ANN401 - as JSON has it
    said = {"externalId": "jan"} | answer

    return to_person(ExternalId("jan"), parse(HELD_CONTACT, said), CATALOGUE)


def shown(properties: dict[str, Any]) -> list[tuple[str, str, str]]:
    held = person(properties=properties).properties

    return [(one.property, one.label, one.value) for one in held]


def test_fields_are_in_the_words_of_the_screen() -> None:
    """
    Fields come in the order of the account, by their labels; one that it hides by its name.
    """
    assert shown({"zzz": True, "birthday": "1980-02-29", "email": "jan@example.nl"}) == [
        ("email", "E-mail", "jan@example.nl"),
        ("birthday", "Birthday", "1980-02-29"),
        ("zzz", "zzz", "True"),
    ]


@pytest.mark.parametrize(
    "value", ["1980-02-29", "1980-02-29T00:00:00+01:00", 320626800000], ids=["day", "iso", "ms"]
)
def test_day_is_a_day_however_written(value: object) -> None:
    """
    A birthday is shown as a day, whatever form Spotler gives it.
    """
    assert shown({"birthday": value}) == [("birthday", "Birthday", "1980-02-29")]


def test_permissions_are_by_label() -> None:
    """
    Each permission that can be read is shown by the label of today, and as on or off.
    """
    permissions = [
        {"bit": 1, "enabled": True, "description": "Nieuwsbrief"},
        {"bit": 2, "enabled": False},
        {"bit": 3},
        None,
    ]

    assert shown({"permissions": permissions}) == [
        ("permissions", "Nieuwsbrief", "on"),
        ("permissions", "Permissions 2", "off"),
    ]


@pytest.mark.parametrize(
    "value", [None, "", {"a": 1}, [1], [{"bit": "x"}]], ids=["null", "empty", "a map", "1", "bit"]
)
def test_what_shows_nothing_is_left_out(value: object) -> None:
    """
    What is empty, or has no shape that we know, is not shown.
    """
    assert shown({"permissions": value}) == []


@pytest.mark.parametrize(
    ("said", "when"),
    [
        (1735776000000, datetime(2025, 1, 2, tzinfo=UTC)),
        ("2025-01-02T00:00:00+00:00", datetime(2025, 1, 2, tzinfo=UTC)),
        ("2025-01-02T00:00:00", None),
        ("yesterday", None),
        (1e30, None),
        ([1735776000000], None),
        (None, None),
    ],
    ids=str,
)
def test_change_has_a_time_or_none(said: object, when: datetime | None) -> None:
    """
    When a person changed is read in both forms, and unknown where it is unclear.
    """
    assert person(lastChanged=said).changed_at == when
