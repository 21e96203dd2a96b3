"""What the webhook and the workers met, as checks: that a system can be read is not enough."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from connector.domain.activity import Activity
from connector.domain.check_history import History
from connector.domain.connection_check import Check, CheckCode, CheckName, CheckOutcome
from connector.domain.errors import System
from connector.domain.failure import Failure, FailureKind

_NAMES: Final[Mapping[System, CheckName]] = {
    System.SPOTLER: CheckName.SPOTLER,
    System.DATAVERSE: CheckName.DATAVERSE,
    System.TABLES: CheckName.TABLES,
    System.VAULT: CheckName.TABLES,
}

_FAILURES: Final[Mapping[tuple[CheckName, FailureKind], tuple[CheckCode, str]]] = {
    (CheckName.SPOTLER, FailureKind.UNREACHABLE): (
        CheckCode.SPOTLER_UNREACHABLE,
        "spotler must take changes, and does not",
    ),
    (CheckName.SPOTLER, FailureKind.REFUSED): (
        CheckCode.SPOTLER_REFUSED,
        "spotler must let our key write: it may perhaps read only",
    ),
    (CheckName.SPOTLER, FailureKind.BUSY): (
        CheckCode.SPOTLER_BUSY,
        "spotler must have room for our calls",
    ),
    (CheckName.DATAVERSE, FailureKind.UNREACHABLE): (
        CheckCode.DATAVERSE_UNREACHABLE,
        "dynamics must let people be read, and does not answer",
    ),
    (CheckName.DATAVERSE, FailureKind.REFUSED): (
        CheckCode.DATAVERSE_REFUSED,
        "our role in dynamics must read contacts and leads: the log names the privilege",
    ),
    (CheckName.DATAVERSE, FailureKind.BUSY): (
        CheckCode.DATAVERSE_BUSY,
        "dynamics must have room for our calls",
    ),
    (CheckName.TABLES, FailureKind.UNREACHABLE): (
        CheckCode.STORAGE_UNREACHABLE,
        "every table must answer: the log says which did not",
    ),
    (CheckName.TABLES, FailureKind.BUSY): (
        CheckCode.STORAGE_UNREACHABLE,
        "every table must answer: the log says which did not",
    ),
    (CheckName.TABLES, FailureKind.REFUSED): (
        CheckCode.STORAGE_REFUSED,
        "our identity must be table data contributor: it may perhaps read only",
    ),
}


def check_secret(check: Check, activity: Activity, now: datetime) -> Check:
    """Return that changes are refused, unless more is known to be wrong with the steps."""
    if check.name is not CheckName.STEPS or not activity.is_refused(now):
        return check
    if not check.is_well and check.code not in {CheckCode.NOT_ALLOWED, CheckCode.UNKNOWN, None}:
        return check

    said = (
        "x-connector-secret of the webhook in dynamics must be WEBHOOK_SECRET: changes were "
        "refused because it is not"
    )

    return Check.failed(CheckName.STEPS, CheckCode.CALLS_REFUSED, said)


def check_sends(queues: Check, activity: Activity, now: datetime) -> Check:
    """Return that no change gets on the queue, or that some were lost; else what was seen of it."""
    if not queues.is_well:
        return queues
    if failure := activity.find_unqueued(now):
        said = (
            "service bus must let us send to the queue changes: as long as it does not, changes "
            "are lost; run an initial sync afterwards"
        )
        check = Check.failed(CheckName.QUEUES, CheckCode.SENDS_REFUSED, said)
        return replace(check, since=failure.since)
    if activity.is_lost(now):
        return Check(
            CheckName.QUEUES,
            CheckOutcome.WARNING,
            code=CheckCode.CHANGES_LOST,
            detail="changes may have been lost while service bus took none: run an initial sync",
            since=activity.lost_at,
        )

    return queues


def check_work(
    others: Collection[Check],
    activity: Activity,
    history: History,
    *,
    oldest: datetime | None,
    now: datetime,
    patience: timedelta,
) -> Check:
    """Return what keeps changes from going through, unless a check of another name says so."""
    failure = activity.find_failed(now)
    if failure and not _is_mended(failure, others, history):
        return _tell(failure, others)
    if activity.is_stuck(oldest, now, patience):
        said = "the function sync_changes must be on, and take what waits on the queue changes"
        check = Check.failed(CheckName.CHANGES, CheckCode.NOT_TAKEN, said)
        return replace(check, since=oldest)

    return Check(CheckName.CHANGES)


def _is_mended(failure: Failure, others: Collection[Check], history: History) -> bool:
    """Tell whether the system could not even be read, and can be since: what waits goes on."""
    name = _name_of(failure)
    last = history.get(name)
    if last is not None and last.is_unseen:
        last = last.before
    if last is None or not any(check.name == name and check.is_well for check in others):
        return False

    return last.outcome is CheckOutcome.FAILED or last.since > failure.at


def _name_of(failure: Failure) -> CheckName:
    return _NAMES[failure.system] if failure.system else CheckName.CHANGES


def _tell(failure: Failure, others: Collection[Check]) -> Check:
    name = _name_of(failure)
    if any(check.name == name and not check.is_well for check in others):
        return Check.skipped(CheckName.CHANGES)

    unknown = CheckCode.FAILING, "changes must go through: the log says what keeps them"
    code, said = _FAILURES.get((name, failure.kind), unknown)

    return replace(Check.failed(CheckName.CHANGES, code, said), since=failure.since)
