"""What operators type is read as they mean it, or refused in words."""

import argparse
from datetime import date

import pytest

from connector.commands.arguments import to_day, to_organisation
from tests.builders import ORGANISATION


@pytest.mark.parametrize("text", [ORGANISATION, ORGANISATION.upper(), f"{{{ORGANISATION}}}"])
def test_organisation_is_an_id(text: str) -> None:
    """
    An organisation is a GUID in any spelling.
    """
    assert to_organisation(text) == ORGANISATION


@pytest.mark.parametrize("text", ["", "spotler-demo", ORGANISATION[:-1]])
def test_organisation_needs_an_id(text: str) -> None:
    """
    A name is not an id.
    """
    with pytest.raises(argparse.ArgumentTypeError, match="must be a GUID"):
        to_organisation(text)


def test_day_is_iso() -> None:
    """
    A day is written from large to small.
    """
    assert to_day("2027-12-31") == date(2027, 12, 31)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("31-12-2027", "such as 2027-12-31", id="Dutch order"),
        pytest.param("2027-02-30", "such as 2027-12-31", id="no such day"),
        pytest.param("", "such as 2027-12-31", id="empty"),
        pytest.param("2207-12-31", "2020 to 2199", id="a slip"),
        pytest.param("0001-01-01", "2020 to 2199", id="the first day of all"),
    ],
)
def test_day_must_make_sense(text: str, says: str) -> None:
    """
    What is no day, or hardly the one that was meant, is refused with an example.
    """
    with pytest.raises(argparse.ArgumentTypeError, match=says):
        to_day(text)
