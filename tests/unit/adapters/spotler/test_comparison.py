import pytest

from connector.adapters.spotler.comparison import differing
from connector.domain.contact import PropertyValue
from connector.domain.property import PropertyType

TEXT, DAY, MOMENT = PropertyType.STRING, PropertyType.BIRTHDATE, PropertyType.DATE_TIME


@pytest.mark.parametrize(
    ("kind", "sent", "held"),
    [
        pytest.param(TEXT, "Jan", "Jan", id="text"),
        pytest.param(TEXT, None, None, id="cleared, and left out"),
        pytest.param(TEXT, None, "", id="cleared, and empty"),
        pytest.param(PropertyType.MONEY, "1250", 1250, id="money as number"),
        pytest.param(DAY, "1980-02-29", "1980-02-29", id="day"),
        pytest.param(DAY, "1980-02-29", "1980-02-29T00:00:00+00:00", id="day with time"),
        pytest.param(DAY, "1980-02-29", "1980-02-28T23:00:00Z", id="day in UTC"),
        pytest.param(DAY, "1980-02-29", 320626800000, id="day in milliseconds"),
        pytest.param(
            MOMENT, "2026-07-01T12:00:00+02:00", "2026-07-01T10:00:00Z", id="other offset"
        ),
        pytest.param(MOMENT, "2026-07-01T12:00:00+02:00", 1782900000000, id="milliseconds"),
        pytest.param(MOMENT, "2026-07-01T12:00:00+02:00", "2026-07-01T12:00:00", id="local"),
    ],
)
def test_same_in_another_form(kind: PropertyType, sent: PropertyValue, held: object) -> None:
    """
    A value is the same in whatever form Spotler shows it.
    """
    assert differing({"it": sent}, {"it": held}, {"it": kind}) == {}


@pytest.mark.parametrize(
    ("kind", "sent", "held"),
    [
        pytest.param(TEXT, "Jan", "jan", id="text"),
        pytest.param(TEXT, "Jan", None, id="new"),
        pytest.param(TEXT, None, "Jan", id="cleared"),
        pytest.param(DAY, "1980-02-29", "1980-03-01", id="day"),
        pytest.param(DAY, "1980-02-29", "soon", id="no day"),
        pytest.param(DAY, "1980-02-29", 10**20, id="no moment"),
    ],
)
def test_another_value(kind: PropertyType, sent: PropertyValue, held: object) -> None:
    """
    Another value is a difference, and so is what cannot be read; it says whether one is lost.
    """
    assert differing({"it": sent}, {"it": held}, {"it": kind}) == {"it": held is not None}


def test_only_what_is_sent_counts() -> None:
    """
    What is not sent is not touched, and so is no difference; a field unknown to us is text.
    """
    assert differing({"new": "x"}, {"new": "x", "permissions": []}, {}) == {}
