"""What a licence says, and how a pasted code is read."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.licence import (
    LONGEST_CODE,
    InvalidLicenceError,
    LicenceFault,
    to_code,
    to_first_moment,
    to_last_moment,
)
from tests.licences import a_licence


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("abc.def.ghi", id="as issued"),
        pytest.param("  abc.def.ghi\r\n", id="space around it"),
        pytest.param("abc.\r\n  de\nf.g\thi", id="broken over lines"),
        pytest.param("abc.\u00a0def.\u2028ghi", id="spaces of word processors"),
        pytest.param("\ufeffabc.d\u200bef.g\u00adhi\u2060", id="marks that nobody sees"),
    ],
)
def test_pasting_adds_nothing(pasted: str) -> None:
    """
    White space, line breaks and invisible marks are no part of a code.
    """
    assert to_code(pasted) == "abc.def.ghi"


@pytest.mark.parametrize("pasted", ["", " \n\t", "\u200b"])
def test_blank_is_no_code(pasted: str) -> None:
    """
    Who enters nothing is told that a code must be given.
    """
    with pytest.raises(InvalidLicenceError, match="must be given") as caught:
        to_code(pasted)

    assert caught.value.fault is LicenceFault.EMPTY


def test_code_has_a_length() -> None:
    """
    A code of 4 KB is taken, whatever white space comes with it, and one character more is not.
    """
    longest = "x" * LONGEST_CODE

    assert to_code(" ".join(longest)) == longest
    with pytest.raises(InvalidLicenceError, match="4 KB"):
        to_code(f"{longest}x")


@given(st.text())
def test_clean_code_stays_clean(text: str) -> None:
    """
    Reading what was read changes nothing.
    """
    try:
        code = to_code(text)
    except InvalidLicenceError:
        return

    assert to_code(code) == code


@pytest.mark.parametrize("fault", LicenceFault)
def test_every_fault_says_what_to_do(fault: LicenceFault) -> None:
    """
    A refusal states what must be true, in lower case.
    """
    error = InvalidLicenceError(fault)

    assert "must" in str(error)
    assert str(error)[0].islower()


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        pytest.param(
            date(2027, 12, 31),
            datetime(2027, 12, 30, 23, tzinfo=UTC),
            datetime(2027, 12, 31, 22, 59, 59, tzinfo=UTC),
            id="winter",
        ),
        pytest.param(
            date(2027, 7, 1),
            datetime(2027, 6, 30, 22, tzinfo=UTC),
            datetime(2027, 7, 1, 21, 59, 59, tzinfo=UTC),
            id="summer",
        ),
        pytest.param(
            date(2027, 10, 31),
            datetime(2027, 10, 30, 22, tzinfo=UTC),
            datetime(2027, 10, 31, 22, 59, 59, tzinfo=UTC),
            id="the clock goes back",
        ),
        pytest.param(
            date(2027, 3, 28),
            datetime(2027, 3, 27, 23, tzinfo=UTC),
            datetime(2027, 3, 28, 21, 59, 59, tzinfo=UTC),
            id="the clock goes forward",
        ),
    ],
)
def test_days_are_those_of_amsterdam(day: date, first: datetime, last: datetime) -> None:
    """
    A licence is valid from the first to the last second of its days in Amsterdam.
    """
    assert (to_first_moment(day), to_last_moment(day)) == (first, last)


@given(st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_days_come_back(day: date) -> None:
    """
    The days that a licence shows are the days for which it was issued.
    """
    licence = replace(a_licence(), valid_from=to_first_moment(day), valid_until=to_last_moment(day))

    assert (licence.first_day, licence.last_day) == (day, day)
