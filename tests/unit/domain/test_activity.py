"""Of what happened the latest counts."""

from datetime import timedelta

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


def failed(at: timedelta, system: System | None = System.SPOTLER) -> Failure:
    return Failure(since=NOW + at, at=NOW + at, system=system)


def test_failure_ends_with_a_send() -> None:
    """
    What another process sent later ends a failure, and what it met later begins one.
    """
    met = Activity(failed=failed(timedelta(0)))

    assert met.latest(Activity(sent_at=LATER)).failed is None
    assert Activity(sent_at=NOW).latest(Activity(failed=failed(timedelta(seconds=1)))).failed
    assert Activity(sent_at=LATER, failed=failed(timedelta(0))).find_failed(LATER) is None


@pytest.mark.parametrize(
    ("system", "is_over"), [(System.DATAVERSE, True), (System.SPOTLER, False)], ids=str
)
def test_read_ends_a_failure_to_read(system: System, *, is_over: bool) -> None:
    """
    That people can be read ends only that they could not.
    """
    met = Activity(failed=failed(timedelta(0), system))

    assert (met.latest(Activity(read_at=LATER)).failed is None) == is_over


@pytest.mark.parametrize(
    ("failure", "is_told"),
    [
        (None, False),
        (failed(timedelta(0)), True),
        (failed(timedelta(hours=-2)), True),
        (failed(timedelta(hours=-2, seconds=-1)), False),
        (Failure(since=NOW, at=NOW, kind=FailureKind.BUSY), False),
    ],
    ids=["none", "now", "two hours ago", "long ago", "busy"],
)
def test_failure_is_told_while_it_lasts(failure: Failure | None, *, is_told: bool) -> None:
    """
    A failure that was not met for two hours is over: whatever waited was tried since.
    """
    assert (Activity(failed=failure).find_failed(NOW) is not None) == is_told


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

    assert Activity(lost_at=lost_at).is_lost(NOW) is is_lost


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
