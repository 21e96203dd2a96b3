"""Which licence may take the place of another without a question."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.licence import Edition, Licence
from connector.domain.licence_change import LicenceWorseError, check_not_worse
from connector.domain.licence_status import LicenceState, LicenceStatus, judge
from tests.builders import NOW, ORGANISATION
from tests.licences import DAY, a_licence


def status_of(licence: Licence) -> LicenceStatus:
    return judge(licence, organisation=ORGANISATION, now=NOW)


def status(
    edition: Edition = Edition.FULL, left: timedelta = 100 * DAY, begun: timedelta = 10 * DAY
) -> LicenceStatus:
    return status_of(a_licence(edition=edition, left=left, begun=begun))


@pytest.mark.parametrize(
    ("stored", "offered"),
    [
        pytest.param(status(), status(Edition.TRIAL, 900 * DAY), id="a trial over a full one"),
        pytest.param(status(), status(left=99 * DAY), id="an earlier end"),
        pytest.param(status(Edition.TRIAL), status(left=99 * DAY), id="full, but ends earlier"),
        pytest.param(status(), status(left=-DAY), id="one that has ended"),
        pytest.param(status(left=-DAY), status(left=-2 * DAY), id="an earlier end of grace"),
    ],
)
def test_worse_licence_is_a_question(stored: LicenceStatus, offered: LicenceStatus) -> None:
    """
    A trial over a full licence and any earlier end must be meant.
    """
    with pytest.raises(LicenceWorseError) as caught:
        check_not_worse(offered, stored=stored)

    assert (caught.value.stored, caught.value.offered) == (stored, offered)


@pytest.mark.parametrize(
    ("stored", "offered"),
    [
        pytest.param(status(), status(), id="the same"),
        pytest.param(status(), status(left=101 * DAY), id="a later end"),
        pytest.param(status(Edition.TRIAL), status(), id="full in place of a trial"),
        pytest.param(LicenceStatus(LicenceState.NONE), status(Edition.TRIAL), id="the first"),
        pytest.param(status(), LicenceStatus(LicenceState.NONE), id="none to compare with"),
        pytest.param(status(left=-30 * DAY, begun=90 * DAY), status(Edition.TRIAL), id="is over"),
    ],
)
def test_equal_and_better_go_through(stored: LicenceStatus, offered: LicenceStatus) -> None:
    """
    Equal and better licences are no question, and nothing is lost of one that opens nothing.
    """
    check_not_worse(offered, stored=stored)


def test_detail_says_both_ends() -> None:
    """
    Who has to choose reads which licence is stored, which one is offered, and what to send.
    """
    full = a_licence(left=datetime(2027, 12, 31, 22, 59, 59, tzinfo=UTC) - NOW)
    trial = a_licence(
        edition=Edition.TRIAL, left=datetime(2027, 1, 5, 22, 59, 59, tzinfo=UTC) - NOW
    )

    with pytest.raises(LicenceWorseError) as caught:
        check_not_worse(status_of(trial), stored=status_of(full))

    assert str(caught.value) == (
        "the licence must be no worse than the stored one, a full licence until 31 December 2027: "
        "this is a trial licence until 5 January 2027; set replace_licence to replace it all the "
        "same"
    )
