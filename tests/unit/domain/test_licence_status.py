"""What a licence allows, from before its first day until after its grace."""

import itertools
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.contact import OrganisationId
from connector.domain.licence import Edition, LicenceFault, to_last_moment
from connector.domain.licence_status import LicenceState, LicenceStatus, StoredLicence, judge
from tests.builders import NOW, ORGANISATION
from tests.licences import DAY, a_licence

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
LEEWAY = timedelta(seconds=300)


@pytest.mark.parametrize(
    ("left", "state", "days"),
    [
        pytest.param(100 * DAY, LicenceState.ACTIVE, 100, id="long before the end"),
        pytest.param(31 * DAY, LicenceState.ACTIVE, 31, id="over 30 days"),
        pytest.param(30 * DAY + SECOND, LicenceState.EXPIRING, 30, id="30 days"),
        pytest.param(HOUR, LicenceState.EXPIRING, 0, id="the last day"),
        pytest.param(SECOND - LEEWAY, LicenceState.EXPIRING, 0, id="over, within the leeway"),
        pytest.param(-LEEWAY, LicenceState.GRACE, 14, id="over"),
        pytest.param(-13 * DAY - HOUR, LicenceState.GRACE, 1, id="the last day but one of grace"),
        pytest.param(
            SECOND - 14 * DAY - LEEWAY, LicenceState.GRACE, 0, id="no grace, within the leeway"
        ),
        pytest.param(-14 * DAY - LEEWAY, LicenceState.EXPIRED, None, id="grace is over"),
        pytest.param(-5000 * DAY, LicenceState.EXPIRED, None, id="long ago"),
    ],
)
def test_states_follow_the_clock(left: timedelta, state: LicenceState, days: int | None) -> None:
    """
    A full licence is active, expiring from 30 days before its end, in grace 14 days, expired.
    """
    licence = a_licence(left=left, begun=9999 * DAY)

    status = judge(licence, organisation=ORGANISATION, now=NOW)

    assert (status.state, status.days_left, status.licence) == (state, days, licence)


@pytest.mark.parametrize(
    ("left", "state"),
    [
        pytest.param(100 * DAY, LicenceState.TRIAL, id="long before the end"),
        pytest.param(DAY, LicenceState.TRIAL, id="the last day"),
        pytest.param(-DAY, LicenceState.GRACE, id="over"),
        pytest.param(-15 * DAY, LicenceState.EXPIRED, id="grace is over"),
    ],
)
def test_trial_stays_a_trial(left: timedelta, state: LicenceState) -> None:
    """
    A trial never becomes expiring, which would allow an initial sync on its last days.
    """
    licence = a_licence(edition=Edition.TRIAL, left=left)

    assert judge(licence, organisation=ORGANISATION, now=NOW).state is state


@pytest.mark.parametrize(
    ("begun", "state"),
    [
        pytest.param(timedelta(0), LicenceState.ACTIVE, id="begins now"),
        pytest.param(-LEEWAY, LicenceState.ACTIVE, id="within the leeway"),
        pytest.param(-LEEWAY - SECOND, LicenceState.NOT_YET, id="beyond the leeway"),
        pytest.param(-90 * DAY, LicenceState.NOT_YET, id="next season"),
    ],
)
def test_licence_has_to_begin(begun: timedelta, state: LicenceState) -> None:
    """
    A licence allows nothing before it begins, but for clocks that differ by minutes.
    """
    status = judge(a_licence(begun=begun), organisation=ORGANISATION, now=NOW)

    assert status.state is state
    assert (status.reason is LicenceFault.NOT_YET) is (state is LicenceState.NOT_YET)


@pytest.mark.parametrize("left", [100 * DAY, -100 * DAY])
def test_other_organisation_opens_nothing(left: timedelta) -> None:
    """
    The licence of another organisation is just that, whenever it ends.
    """
    other = OrganisationId("00000000-4d0b-ef11-9f83-000d3adf4a10")

    status = judge(a_licence(organisation=other, left=left), organisation=ORGANISATION, now=NOW)

    assert status.state is LicenceState.WRONG_ORGANISATION
    assert status.reason is LicenceFault.WRONG_ORGANISATION
    assert not status.allows_sync


def test_organisation_has_no_case() -> None:
    """
    An organisation id is the same in upper case.
    """
    loud = OrganisationId(ORGANISATION.upper())

    for ours, theirs in ((loud, ORGANISATION), (ORGANISATION, loud)):
        status = judge(a_licence(organisation=theirs), organisation=ours, now=NOW)
        assert status.state is LicenceState.ACTIVE


@pytest.mark.parametrize(
    ("state", "sync", "initial"),
    [
        (LicenceState.NONE, False, False),
        (LicenceState.INVALID, False, False),
        (LicenceState.WRONG_ORGANISATION, False, False),
        (LicenceState.NOT_YET, False, False),
        (LicenceState.TRIAL, True, False),
        (LicenceState.ACTIVE, True, True),
        (LicenceState.EXPIRING, True, True),
        (LicenceState.GRACE, True, False),
        (LicenceState.EXPIRED, False, False),
    ],
)
def test_states_allow(state: LicenceState, *, sync: bool, initial: bool) -> None:
    """
    Trial and grace keep real time going and start no initial sync; what is over stops both.
    """
    status = LicenceStatus(state)

    assert (status.allows_sync, status.allows_initial_sync) == (sync, initial)


@given(
    edition=st.sampled_from(Edition),
    moments=st.lists(st.timedeltas(-400 * DAY, 400 * DAY), min_size=2).map(sorted),
)
def test_time_never_gives_back(edition: Edition, moments: list[timedelta]) -> None:
    """
    Once begun, a licence only ever loses: what is not allowed now is not allowed later.
    """
    licence = a_licence(edition=edition, begun=500 * DAY, left=timedelta(0))

    seen = [judge(licence, organisation=ORGANISATION, now=NOW + moment) for moment in moments]

    for earlier, later in itertools.pairwise(seen):
        assert earlier.allows_sync >= later.allows_sync
        assert earlier.allows_initial_sync >= later.allows_initial_sync
    assert all(status.allows_sync is (status.reason is None) for status in seen)
    assert all(status.allows_sync is (status.days_left is not None) for status in seen)


def a_row(clock: timedelta = timedelta(0)) -> StoredLicence:
    return StoredLicence("code", first_seen=NOW, highest_clock=NOW + clock)


@pytest.mark.parametrize(
    ("clock", "back"),
    [
        pytest.param(-DAY, False, id="time went on"),
        pytest.param(DAY, False, id="a day back"),
        pytest.param(DAY + SECOND, True, id="more than a day back"),
    ],
)
def test_clock_may_not_go_back(clock: timedelta, *, back: bool) -> None:
    """
    A clock more than 24 hours before the latest one ever seen is noticed.
    """
    assert a_row(clock=clock).has_clock_gone_back(NOW) is back


def test_noting_never_lowers_the_clock() -> None:
    """
    The clock that is kept only rises, and is due an hour after it was noted.
    """
    row = a_row()

    assert row.noted(NOW - DAY) == row
    assert row.noted(NOW + DAY).highest_clock == NOW + DAY
    assert [row.is_due(NOW + HOUR - SECOND), row.is_due(NOW + HOUR)] == [False, True]


def test_code_is_not_shown() -> None:
    """
    A row that ends up in a log does not take the code along.
    """
    assert "secret" not in repr(StoredLicence("secret", first_seen=NOW, highest_clock=NOW))


@pytest.mark.parametrize(
    ("now", "zone", "days"),
    [
        pytest.param("2026-12-30T08:00+01:00", "Europe/Amsterdam", 1, id="tomorrow, in 40 hours"),
        pytest.param("2026-12-30T23:59+01:00", "Europe/Amsterdam", 1, id="tomorrow, at night"),
        pytest.param("2026-12-31T00:01+01:00", "Europe/Amsterdam", 0, id="today, in 24 hours"),
        pytest.param("2026-12-31T23:59+01:00", "Europe/Amsterdam", 0, id="today, in a minute"),
        pytest.param("2026-12-19T12:00+01:00", "Europe/Amsterdam", 12, id="in 12 days"),
        pytest.param("2026-12-30T12:00+09:00", "Asia/Tokyo", 1, id="tomorrow in Tokyo"),
        pytest.param("2026-12-31T00:30+09:00", "Asia/Tokyo", 0, id="the last day in Tokyo"),
        pytest.param("2027-01-01T06:00+09:00", "Asia/Tokyo", 0, id="this morning in Tokyo"),
        pytest.param("2026-12-31T00:30+02:00", "Europe/Helsinki", 0, id="the day in Helsinki"),
        pytest.param("2026-12-30T23:30-04:00", "America/Curacao", 1, id="tomorrow in Curacao"),
        pytest.param("2027-01-14T09:00+09:00", "Asia/Tokyo", 0, id="grace ends that day in Tokyo"),
        pytest.param("2027-01-14T23:00+01:00", "Europe/Amsterdam", 0, id="grace ends today"),
        pytest.param("2027-01-13T00:10+01:00", "Europe/Amsterdam", 1, id="grace ends tomorrow"),
    ],
)
def test_days_are_those_of_the_calendar(now: str, zone: str, days: int) -> None:
    """
    Days are those from today, where the customer is, until the date in the licence.
    """
    end = to_last_moment(date(2026, 12, 31))
    licence = replace(a_licence(), valid_until=end)

    status = judge(
        licence, organisation=ORGANISATION, now=datetime.fromisoformat(now), zone=ZoneInfo(zone)
    )

    assert status.days_left == days


@given(
    zone=st.sampled_from(sorted(available_timezones())),
    moment=st.timedeltas(-40 * DAY, timedelta()),
)
def test_days_and_date_agree_everywhere(zone: str, moment: timedelta) -> None:
    """
    In no zone do the days contradict the date beside them: today and they make the last day.
    """
    licence = replace(a_licence(), valid_until=to_last_moment(date(2026, 12, 31)))
    now = licence.valid_until + moment

    status = judge(licence, organisation=ORGANISATION, now=now, zone=ZoneInfo(zone))

    today = now.astimezone(ZoneInfo(zone)).date()
    assert status.days_left is not None
    assert today + status.days_left * DAY == max(today, licence.last_day)


def test_grace_ends_with_its_last_day() -> None:
    """
    The last day of grace is a whole day, also when the clock changed since the licence ended.
    """
    licence = replace(a_licence(), valid_until=to_last_moment(date(2027, 3, 20)))

    moments = [datetime.fromisoformat(f"2027-04-0{day}:00+02:00") for day in ("3T23", "4T01")]
    seen = [judge(licence, organisation=ORGANISATION, now=now) for now in moments]

    assert [status.state for status in seen] == [LicenceState.GRACE, LicenceState.EXPIRED]
