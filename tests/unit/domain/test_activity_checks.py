"""What is told of changes that do not go, and by which check."""

from datetime import timedelta

import pytest

from connector.domain.activity import Activity
from connector.domain.activity_checks import check_sends, check_work
from connector.domain.check_history import Standing
from connector.domain.connection_check import Check, CheckName, CheckOutcome
from connector.domain.errors import System
from connector.domain.failure import Failure, FailureKind
from tests.builders import NOW

QUEUES = Check(CheckName.QUEUES)
AGO = timedelta(minutes=6)
PATIENCE = timedelta(minutes=5)


def a_failure(system: System | None, kind: FailureKind = FailureKind.UNREACHABLE) -> Activity:
    return Activity(failed=Failure(since=NOW - AGO, at=NOW, system=system, kind=kind))


def work_of(activity: Activity, *others: Check) -> Check:
    return check_work(others, activity, {}, oldest=None, now=NOW, patience=PATIENCE)


@pytest.mark.parametrize(
    ("system", "kind", "code"),
    [
        (System.SPOTLER, FailureKind.UNREACHABLE, "spotler_unreachable"),
        (System.SPOTLER, FailureKind.REFUSED, "spotler_refused"),
        (System.SPOTLER, FailureKind.BUSY, "spotler_busy"),
        (System.DATAVERSE, FailureKind.UNREACHABLE, "dataverse_unreachable"),
        (System.DATAVERSE, FailureKind.REFUSED, "dataverse_refused"),
        (System.DATAVERSE, FailureKind.BUSY, "dataverse_busy"),
        (System.TABLES, FailureKind.UNREACHABLE, "storage_unreachable"),
        (System.VAULT, FailureKind.UNREACHABLE, "storage_unreachable"),
        (System.TABLES, FailureKind.REFUSED, "storage_refused"),
        (System.TABLES, FailureKind.BUSY, "storage_unreachable"),
        (None, FailureKind.REFUSED, "failing"),
    ],
)
def test_cause_is_told(system: System | None, kind: FailureKind, code: str) -> None:
    """
    What keeps changes is told by its system and its kind, since it began.
    """
    check = work_of(a_failure(system, kind), QUEUES)

    assert (check.name, check.outcome, check.code) == (
        *(CheckName.CHANGES, CheckOutcome.FAILED, code),
    )
    assert check.since == NOW - AGO
    assert check.detail


def test_one_cause_is_told_once() -> None:
    """
    What the check of a system says already is not said again; another's failure does not hide it.
    """
    spotler = Check.failed(CheckName.SPOTLER, "unreachable", "must be up")
    dataverse = Check.failed(CheckName.DATAVERSE, "unreachable", "must be up")

    assert work_of(a_failure(System.SPOTLER), spotler).outcome is CheckOutcome.SKIPPED
    assert work_of(a_failure(System.SPOTLER), dataverse).code == "spotler_unreachable"


def test_nothing_met_is_well() -> None:
    """
    Where nothing was met all is well.
    """
    assert work_of(Activity()) == Check(CheckName.CHANGES)
    assert check_sends(QUEUES, Activity(), NOW) == QUEUES


def test_nobody_works_is_told() -> None:
    """
    What waits for too long waits since it came.
    """
    check = check_work((), Activity(), {}, oldest=NOW - AGO, now=NOW, patience=PATIENCE)

    assert (check.code, check.since) == ("not_taken", NOW - AGO)
    assert "sync_changes" in (check.detail or "")


def test_queue_is_told_by_what_matters_most() -> None:
    """
    A queue that cannot be seen comes before one that takes nothing, and that before what was lost.
    """
    away = Check.failed(CheckName.QUEUES, "queue_unavailable", "must answer")
    activity = Activity(lost_at=NOW - AGO, unqueued=Failure(since=NOW - AGO, at=NOW))

    refused = check_sends(QUEUES, activity, NOW)
    lost = check_sends(QUEUES, Activity(NOW, lost_at=NOW - AGO), NOW)

    assert check_sends(away, activity, NOW) == away
    assert (refused.outcome, refused.code, refused.since) == (
        *(CheckOutcome.FAILED, "sends_refused", NOW - AGO),
    )
    assert (lost.outcome, lost.code, lost.since) == (
        *(CheckOutcome.WARNING, "changes_lost", NOW - AGO),
    )


def stood(outcome: CheckOutcome, ago: timedelta, before: Standing | None = None) -> Standing:
    return Standing(outcome=outcome, code=None, since=NOW - ago, before=before)


@pytest.mark.parametrize(
    ("last", "is_told"),
    [
        (None, True),
        (stood(CheckOutcome.OK, timedelta(hours=1)), True),
        (stood(CheckOutcome.OK, timedelta(minutes=1)), False),
        (stood(CheckOutcome.FAILED, timedelta(hours=1)), False),
        (stood(CheckOutcome.SKIPPED, timedelta(minutes=1)), True),
        (
            stood(
                CheckOutcome.SKIPPED,
                timedelta(minutes=1),
                stood(CheckOutcome.OK, timedelta(hours=1)),
            ),
            True,
        ),
    ],
    ids=["never seen", "well all the time", "mended since", "mended now", "unseen", "well before"],
)
def test_outage_that_is_over_is_not_told(last: Standing | None, *, is_told: bool) -> None:
    """
    A system that could not even be read, and can be again, is not said to refuse changes still.
    """
    failure = Failure(since=NOW - AGO, at=NOW - timedelta(minutes=2), system=System.SPOTLER)
    history = {CheckName.SPOTLER: last} if last else {}

    check = check_work(
        (Check(CheckName.SPOTLER),),
        Activity(failed=failure),
        history,
        oldest=None,
        now=NOW,
        patience=PATIENCE,
    )

    assert (check.code == "spotler_unreachable") == is_told
