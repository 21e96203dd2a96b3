"""Of what happened the latest counts."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connector.domain.activity import Activity
from connector.domain.errors import System
from connector.domain.failure import Failure, FailureKind
from tests.builders import NOW

LATER = NOW + timedelta(seconds=1)


def test_latest_of_each() -> None:
    """
    Each time goes forward on its own; what is not known changes nothing.
    """
    assert Activity(LATER, None).latest(Activity(NOW, NOW)) == Activity(LATER, NOW)
    assert Activity().latest(Activity()) == Activity()
    assert Activity(refused_at=NOW).latest(Activity(LATER, None, LATER)).refused_at == LATER


@pytest.mark.parametrize(
    ("activity", "expected"),
    [
        (Activity(), False),
        (Activity(NOW), False),
        (Activity(refused_at=NOW), True),
        (Activity(refused_at=NOW - timedelta(hours=24)), True),
        (Activity(refused_at=NOW - timedelta(hours=24, seconds=1)), False),
        (Activity(NOW - timedelta(seconds=60), refused_at=NOW), False),
        (Activity(NOW - timedelta(seconds=61), refused_at=NOW), True),
        (Activity(LATER, refused_at=NOW), False),
    ],
    ids=["nothing", "never", "only", "a day ago", "long ago", "beside", "since", "before"],
)
def test_refused_until_something_comes_in(activity: Activity, *, expected: bool) -> None:
    """
    A refusal of today counts as long as nothing came in beside it or since.
    """
    assert activity.is_refused(NOW) is expected


def failed(at: timedelta, system: System | None = System.SPOTLER_LISTS) -> Failure:
    return Failure(since=NOW + at, at=NOW + at, system=system)


def met(failure: Failure) -> Activity:
    return Activity(failures={failure.system: failure})


@pytest.mark.parametrize("part", [*System, None], ids=str)
def test_failure_ends_with_its_own_part(part: System | None) -> None:
    """
    What another process did with the same part later ends a failure; no other part does.
    """
    here = met(failed(timedelta(0), part))
    others = {one: LATER for one in (*System, None) if one is not part}

    assert here.latest(Activity(worked={part: LATER})).failures == {}
    assert here.latest(Activity(sent_at=LATER, worked=others)).failures == here.failures
    assert replace(here, worked={part: LATER}).list_failures(LATER) == []
    assert Activity(worked={part: NOW}).latest(met(failed(timedelta(seconds=1), part))).failures


def test_failures_are_told_by_what_must_be_put_right() -> None:
    """
    Of several failures the one comes first that somebody must put right, then the oldest.
    """
    of_lists = failed(timedelta(minutes=-3))
    of_tables = failed(timedelta(minutes=-2), System.TABLES)
    refused = replace(failed(timedelta(0), System.LEADS), kind=FailureKind.REFUSED)

    both = met(of_tables).latest(met(of_lists)).latest(met(refused))

    assert both.list_failures(NOW) == [refused, of_lists, of_tables]


@pytest.mark.parametrize(
    ("failure", "is_told"),
    [
        (failed(timedelta(0)), True),
        (failed(timedelta(hours=-24)), True),
        (failed(timedelta(hours=-24, seconds=-1)), False),
        (Failure(since=NOW, at=NOW, kind=FailureKind.BUSY), False),
    ],
    ids=["now", "a day ago", "long ago", "busy"],
)
def test_failure_is_told_while_it_lasts(failure: Failure, *, is_told: bool) -> None:
    """
    A failure that nothing has proven over is told for a day: what was parked is not tried again.
    """
    assert (met(failure).list_failures(NOW) != []) == is_told


@pytest.mark.parametrize(
    ("activity", "is_told"),
    [
        (Activity(), False),
        (Activity(unqueued=failed(timedelta(seconds=-10))), True),
        (Activity(unqueued=failed(timedelta(seconds=-9))), False),
        (Activity(unqueued=failed(timedelta(hours=-24, seconds=-1))), False),
        (Activity(unqueued=failed(timedelta(seconds=-10)), queued_at=NOW), False),
        (Activity(NOW, unqueued=failed(timedelta(seconds=-10))), False),
    ],
    ids=["none", "long enough", "just now", "long ago", "queued since", "received since"],
)
def test_queue_that_takes_nothing_is_told(activity: Activity, *, is_told: bool) -> None:
    """
    A queue that takes nothing is told after some seconds, until it takes something.
    """
    assert (activity.find_unqueued(NOW) is not None) == is_told


TOLD = Failure(since=NOW - timedelta(seconds=20), at=NOW - timedelta(seconds=5))


@pytest.mark.parametrize(
    ("unqueued", "end", "lost_at"),
    [
        (TOLD, Activity(queued_at=NOW), NOW),
        (TOLD, Activity(NOW), NOW),
        (replace(TOLD, since=NOW - timedelta(seconds=9)), Activity(NOW), None),
        (TOLD, Activity(sent_at=NOW), None),
        (TOLD, Activity(NOW, lost_at=TOLD.at), TOLD.at),
        (TOLD, Activity(NOW, lost_at=TOLD.since), NOW),
    ],
    ids=["queued", "received", "never told", "goes on", "noted already", "an older loss"],
)
def test_end_of_a_told_failure_to_queue_is_a_loss(
    unqueued: Failure, end: Activity, lost_at: datetime | None
) -> None:
    """
    What kept changes from the queue and was told lost some, also by who did not meet it itself.
    """
    before = Activity(unqueued=unqueued)

    assert before.latest(end).lost_at == end.latest(before).lost_at == lost_at


def test_loss_of_one_failure_is_noted_once() -> None:
    """
    A process that still knows of a failure that is over does not make its loss a new one.
    """
    stale = Activity(unqueued=TOLD)
    ended = stale.latest(Activity(NOW))

    assert ended.latest(Activity(LATER)).latest(stale).lost_at == NOW


@pytest.mark.parametrize(
    ("age", "is_lost"),
    [(timedelta(hours=24), True), (timedelta(hours=24, seconds=1), False), (None, False)],
    ids=["a day ago", "long ago", "never"],
)
def test_loss_is_told_for_a_day(age: timedelta | None, *, is_lost: bool) -> None:
    """
    Everybody who looks within a day is told of changes that were lost.
    """
    lost_at = None if age is None else NOW - age

    assert (Activity(lost_at=lost_at).find_loss(NOW) is not None) is is_lost


def test_refused_secret_that_is_ours_was_a_loss() -> None:
    """
    What was refused for a secret that is ours by now was lost; of any other nothing is proven.
    """
    day = timedelta(hours=24)
    activity = Activity(refused_with={"ours": NOW, "theirs": LATER})

    assert activity.find_loss(LATER, ["ours", "new"]) == NOW
    assert activity.find_loss(LATER, ["new"]) is None
    assert activity.find_loss(NOW + day, ["ours"]) == NOW
    assert activity.find_loss(LATER + day, ["ours"]) is None
    assert replace(activity, lost_at=LATER).find_loss(LATER, ["ours"]) == LATER


def test_ever_new_secrets_take_no_room() -> None:
    """
    Of the secrets that were refused the newest few are known, and of each when it last was.
    """
    activity = Activity()
    for number in range(20):
        moment = NOW + timedelta(seconds=number)
        activity = activity.latest(Activity(refused_with={f"t{number}": moment}))

    again = activity.latest(Activity(refused_with={"t15": LATER + timedelta(minutes=1)}))

    assert [*activity.refused_with] == ["t19", "t18", "t17", "t16", "t15"]
    assert next(iter(again.refused_with)) == "t15"


@pytest.mark.parametrize(
    ("waits", "taken", "is_stuck"),
    [
        (None, None, False),
        (timedelta(minutes=5), None, False),
        (timedelta(minutes=6), None, True),
        (timedelta(minutes=6), timedelta(minutes=5), False),
        (timedelta(minutes=60), timedelta(minutes=6), True),
    ],
    ids=["empty", "not long", "never taken", "taken since", "not taken since"],
)
def test_stuck_while_nobody_takes(
    waits: timedelta | None, taken: timedelta | None, *, is_stuck: bool
) -> None:
    """
    A queue is stuck when its oldest message waits and none is taken, and not when it is long.
    """
    activity = Activity(taken_at=None if taken is None else NOW - taken)
    oldest = None if waits is None else NOW - waits

    assert activity.is_stuck(oldest, NOW, timedelta(minutes=5)) is is_stuck
