"""What is told of changes that do not go, and by which check."""

from datetime import timedelta

import pytest

from connector.domain.activity import Activity
from connector.domain.activity_checks import check_sends, check_work
from connector.domain.connection_check import Check, CheckName, CheckOutcome
from connector.domain.errors import System
from connector.domain.failure import Failure, FailureKind
from tests.builders import NOW

QUEUES = Check(CheckName.QUEUES)
AGO = timedelta(minutes=6)
PATIENCE = timedelta(minutes=5)


def a_failure(system: System | None, kind: FailureKind = FailureKind.UNREACHABLE) -> Activity:
    failure = Failure(since=NOW - AGO, at=NOW, system=system, kind=kind)

    return Activity(failures={system: failure})


def work_of(activity: Activity, *others: Check) -> Check:
    return check_work(others, activity, oldest=None, now=NOW, patience=PATIENCE)


@pytest.mark.parametrize(
    ("system", "kind", "code"),
    [
        (System.SPOTLER, FailureKind.UNREACHABLE, "spotler_unreachable"),
        (System.SPOTLER, FailureKind.REFUSED, "spotler_refused"),
        (System.SPOTLER, FailureKind.BUSY, "spotler_busy"),
        (System.SPOTLER_INTAKE, FailureKind.REFUSES_ALL, "spotler_refuses_all"),
        (System.SPOTLER_LISTS, FailureKind.REFUSED, "spotler_refused"),
        (System.SPOTLER_WITHDRAWALS, FailureKind.UNREACHABLE, "spotler_unreachable"),
        (System.LEADS, FailureKind.REFUSED, "dataverse_refused"),
        (System.PARKING, FailureKind.REFUSED, "storage_refused"),
        (System.DATAVERSE, FailureKind.UNREACHABLE, "dataverse_unreachable"),
        (System.DATAVERSE, FailureKind.REFUSED, "dataverse_refused"),
        (System.DATAVERSE, FailureKind.BUSY, "dataverse_busy"),
        (System.TABLES, FailureKind.UNREACHABLE, "storage_unreachable"),
        (System.VAULT, FailureKind.UNREACHABLE, "storage_unreachable"),
        (System.RECORDS, FailureKind.REFUSED, "storage_refused"),
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
    check = check_work((), Activity(), oldest=NOW - AGO, now=NOW, patience=PATIENCE)

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


@pytest.mark.parametrize(
    ("part", "name", "is_over"),
    [
        (System.SPOTLER, CheckName.SPOTLER, True),
        (System.DATAVERSE, CheckName.DATAVERSE, True),
        (System.SPOTLER_LISTS, CheckName.SPOTLER, False),
        (System.SPOTLER_WITHDRAWALS, CheckName.SPOTLER, False),
        (System.CONTACTS, CheckName.DATAVERSE, False),
        (System.LEADS, CheckName.DATAVERSE, False),
        (System.TABLES, CheckName.TABLES, False),
        (System.METADATA, CheckName.DATAVERSE, False),
        (System.ROWS, CheckName.DATAVERSE, False),
        (System.PARKED, CheckName.TABLES, False),
        (System.RECORDS, CheckName.TABLES, False),
        (System.PARKING, CheckName.TABLES, False),
        (System.VAULT, CheckName.TABLES, False),
        (None, CheckName.SPOTLER, False),
    ],
)
def test_look_proves_what_it_does(part: System | None, name: CheckName, *, is_over: bool) -> None:
    """
    That a system can be looked at ends a failure of just that, and none of what it does for people.
    """
    assert (work_of(a_failure(part), Check(name)).outcome is CheckOutcome.OK) == is_over


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (System.LEADS, "(leads)"),
        (System.CONTACTS, "(contacts)"),
        (System.SPOTLER_WITHDRAWALS, "(withdrawals of single people)"),
        (System.TABLES, ""),
    ],
)
def test_part_is_named(part: System, said: str) -> None:
    """
    Which part it is that fails stands in the detail.
    """
    detail = work_of(a_failure(part, FailureKind.REFUSED)).detail or ""

    assert detail.endswith(said)
    assert ("(" in detail) == bool(said)


def test_failure_that_nobody_told_is_told() -> None:
    """
    Beside what the check of a system says already the failure of another one is told.
    """
    activity = a_failure(System.SPOTLER_LISTS).latest(a_failure(System.LEADS))
    spotler = Check.failed(CheckName.SPOTLER, "unreachable", "must be up")

    assert work_of(activity, spotler).code == "dataverse_unreachable"
