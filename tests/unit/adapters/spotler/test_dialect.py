"""What is not proven about Spotler stands in one place, and can be switched."""

import dataclasses

import pytest

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.domain.property import PropertyType


@pytest.mark.parametrize(
    ("kind", "cleared"),
    [
        pytest.param(kind, "", id=kind)
        for kind in (PropertyType.STRING, PropertyType.EMAIL, PropertyType.OTHER)
    ]
    + [
        pytest.param(kind, None, id=kind)
        for kind in (
            PropertyType.POSTCODE,
            PropertyType.MOBILE,
            PropertyType.GENDER,
            PropertyType.BIRTHDATE,
            PropertyType.DATE,
            PropertyType.DATE_TIME,
            PropertyType.INT,
            PropertyType.MONEY,
            PropertyType.SET,
        )
    ],
)
def test_cleared_as_its_type(kind: PropertyType, cleared: str | None) -> None:
    """
    Text is cleared by an empty text; what has a grammar of its own is cleared by null.
    """
    assert SpotlerDialect().write(None, kind) == cleared


def test_clearing_can_be_switched() -> None:
    """
    Should Spotler want it otherwise, one switch changes how values are cleared.
    """
    dialect = SpotlerDialect(cleared_by_empty_text=frozenset({PropertyType.GENDER}))

    assert dialect.write(None, PropertyType.GENDER) == ""
    assert dialect.write(None, PropertyType.STRING) is None


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        pytest.param("2026-01-31", PropertyType.BIRTHDATE, "2026-01-31", id="birthdate"),
        pytest.param("2026-01-31", PropertyType.DATE, "2026-01-31", id="date"),
        pytest.param(
            "2026-01-31", PropertyType.DATE_TIME, "2026-01-31T00:00:00+00:00", id="day as moment"
        ),
        pytest.param(
            "2026-01-31T10:00:00Z", PropertyType.DATE_TIME, "2026-01-31T10:00:00Z", id="moment"
        ),
        pytest.param(5, PropertyType.DATE_TIME, 5, id="number as moment"),
        pytest.param("x" * 300, PropertyType.STRING, "x" * 300, id="long text is not cut"),
        pytest.param(7, PropertyType.INT, 7, id="number"),
        pytest.param(False, PropertyType.STRING, False, id="boolean"),
    ],
)
def test_value_written_by_type(value: str | int, kind: PropertyType, written: str | int) -> None:
    """
    Values go as they are, and a day becomes a moment where Spotler wants one.
    """
    assert SpotlerDialect().write(value, kind) == written


def test_dialect_cannot_change() -> None:
    """
    A dialect is fixed for the life of the program.
    """
    with pytest.raises(dataclasses.FrozenInstanceError):
        SpotlerDialect().bare_404_is_unknown = True  # type: ignore[misc]  # that is the case
