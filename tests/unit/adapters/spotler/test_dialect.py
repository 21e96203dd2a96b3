"""What is not proven about Spotler stands in one place, and can be switched."""

import dataclasses
from datetime import UTC, datetime

import pytest

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.domain.contact import PropertyValue
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
            "2026-01-31T10:00:00Z", PropertyType.DATE_TIME, "2026-01-31T10:00:00Z", id="moment"
        ),
        pytest.param("x" * 300, PropertyType.STRING, "x" * 300, id="long text is not cut"),
        pytest.param(7, PropertyType.INT, 7, id="number"),
        pytest.param(False, PropertyType.STRING, False, id="boolean"),
    ],
)
def test_value_goes_as_it_is(value: str | int, kind: PropertyType, written: str | int) -> None:
    """
    Mapping made the value for its field; nothing here shortens or changes it.
    """
    assert SpotlerDialect().write(value, kind) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param("2026-01-31", "2026-01-31T00:00:00+00:00", id="day"),
        pytest.param("2026-01-31T10:00:00+01:00", "2026-01-31T10:00:00+01:00", id="moment"),
        pytest.param(5, 5, id="number"),
    ],
)
def test_day_becomes_a_moment(value: str | int, written: str | int) -> None:
    """
    Should Spotler want a time with every day, one switch adds it.
    """
    dialect = SpotlerDialect(wants_time=frozenset({PropertyType.DATE}))

    assert dialect.write(value, PropertyType.DATE) == written
    assert dialect.write(value, PropertyType.BIRTHDATE) == value


def test_dialect_cannot_change() -> None:
    """
    A dialect is fixed for the life of the program.
    """
    with pytest.raises(dataclasses.FrozenInstanceError):
        SpotlerDialect().bare_404_is_unknown = True  # type: ignore[misc]  # that is the case


@pytest.mark.parametrize(
    ("said", "read"),
    [
        pytest.param(1_735_776_000_000, datetime(2025, 1, 2, tzinfo=UTC), id="milliseconds"),
        pytest.param(1_735_776_000, datetime(2025, 1, 2, tzinfo=UTC), id="seconds"),
        pytest.param("2025-01-02T00:00:00Z", datetime(2025, 1, 2, tzinfo=UTC), id="text"),
        pytest.param("2025-01-02T01:00:00", datetime(2025, 1, 2, tzinfo=UTC), id="no zone"),
        pytest.param("yesterday", None, id="a word"),
        pytest.param(10**30, None, id="beyond all time"),
        pytest.param(True, None, id="yes"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_moment_is_read(said: object, read: datetime | None) -> None:
    """
    A moment is read in whichever form it comes, and what is none is nothing.
    """
    assert SpotlerDialect().read_moment(said) == read


@pytest.mark.parametrize(
    ("value", "kind", "read"),
    [
        pytest.param("Jan", PropertyType.STRING, "Jan", id="text"),
        pytest.param("", PropertyType.STRING, None, id="empty"),
        pytest.param(None, PropertyType.STRING, None, id="null"),
        pytest.param(7, PropertyType.INT, 7, id="number"),
        pytest.param([{"bit": 1}], PropertyType.SET, None, id="set"),
        pytest.param("1980-02-01", PropertyType.BIRTHDATE, "1980-02-01", id="day"),
        pytest.param(0, PropertyType.BIRTHDATE, "1970-01-01T00:00:00+00:00", id="milliseconds"),
        pytest.param(10**30, PropertyType.BIRTHDATE, None, id="beyond all time"),
    ],
)
def test_value_is_read(value: object, kind: PropertyType, read: PropertyValue) -> None:
    """
    A property that is a number of milliseconds is read as the day it means; a set is no value.
    """
    assert SpotlerDialect().read(value, kind) == read
