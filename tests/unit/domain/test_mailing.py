"""Mailings and their rows."""

from datetime import timedelta

from connector.domain.mailing import LONGEST_NAME, mailing_row
from tests.builders import NOW, ORGANISATION
from tests.spotler_people import a_mailing


def test_row_is_always_the_same() -> None:
    """
    A mailing has one row, whatever becomes of its name, and no other mailing has it.
    """
    row = mailing_row(ORGANISATION, a_mailing("m-1"))

    assert row == mailing_row(ORGANISATION, a_mailing("m-1", name="Renamed"))
    assert row != mailing_row(ORGANISATION, a_mailing("m-2"))


def test_fits_its_row() -> None:
    """
    A name is as long as its column, and a moment has whole seconds.
    """
    moment = NOW + timedelta(milliseconds=250)

    fitting = a_mailing(name="x" * 300, when=moment).fitting()

    assert (len(fitting.name), fitting.scheduled_on) == (LONGEST_NAME, NOW)
    assert a_mailing(when=None).fitting().scheduled_on is None
