"""What the webhook and the workers met, as checks: that a system can be read is not enough."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from connector.domain.activity import Activity
from connector.domain.connection_check import Check, CheckCode, CheckName, CheckOutcome
from connector.domain.errors import System
from connector.domain.failure import Failure, FailureKind

_NAMES: Final[Mapping[System, CheckName]] = {
    System.SPOTLER: CheckName.SPOTLER,
    System.SPOTLER_LISTS: CheckName.SPOTLER,
    System.SPOTLER_INTAKE: CheckName.SPOTLER,
    System.SPOTLER_WITHDRAWALS: CheckName.SPOTLER,
    System.SPOTLER_ANONYMISING: CheckName.SPOTLER,
    System.SPOTLER_PEOPLE: CheckName.SPOTLER,
    System.SPOTLER_SEARCH: CheckName.SPOTLER,
    System.DATAVERSE: CheckName.DATAVERSE,
    System.CONTACTS: CheckName.DATAVERSE,
    System.LEADS: CheckName.DATAVERSE,
    System.ROWS: CheckName.DATAVERSE,
    System.METADATA: CheckName.DATAVERSE,
    System.TABLES: CheckName.TABLES,
    System.RECORDS: CheckName.TABLES,
    System.PARKED: CheckName.TABLES,
    System.PARKING: CheckName.TABLES,
    System.VAULT: CheckName.TABLES,
}

_WHAT: Final[Mapping[System, str]] = {
    System.SPOTLER_LISTS: "lists of people",
    System.SPOTLER_WITHDRAWALS: "withdrawals of single people",
    System.SPOTLER_ANONYMISING: "single people to be anonymised",
    System.SPOTLER_PEOPLE: "questions for single people",
    System.SPOTLER_SEARCH: "searches by address",
    System.CONTACTS: "contacts",
    System.LEADS: "leads",
    System.ROWS: "questions whether a row is gone",
    System.METADATA: "what its columns are, and which may be read",
    System.RECORDS: "writes to the table records",
    System.PARKED: "the table parked",
    System.PARKING: "writes to the table parked",
}
"""What of a system fails, where the rest may go on."""

_LOOKED_AT: Final = frozenset({System.SPOTLER, System.DATAVERSE})
"""What the check of the same name does itself: when that is well, so is the part."""

_FAILURES: Final[Mapping[tuple[CheckName, FailureKind], tuple[CheckCode, str]]] = {
    (CheckName.SPOTLER, FailureKind.UNREACHABLE): (
        CheckCode.SPOTLER_UNREACHABLE,
        "spotler must take changes, and did not",
    ),
    (CheckName.SPOTLER, FailureKind.REFUSED): (
        CheckCode.SPOTLER_REFUSED,
        "spotler must let our key write: it may perhaps read only",
    ),
    (CheckName.SPOTLER, FailureKind.REFUSES_ALL): (
        CheckCode.SPOTLER_REFUSES_ALL,
        "spotler must take people, and refuses all for now or alike: the log names its code",
    ),
    (CheckName.SPOTLER, FailureKind.BUSY): (
        CheckCode.SPOTLER_BUSY,
        "spotler must have room for our calls",
    ),
    (CheckName.DATAVERSE, FailureKind.UNREACHABLE): (
        CheckCode.DATAVERSE_UNREACHABLE,
        "dynamics must let people be read, and did not answer",
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


def check_sends(
    queues: Check, activity: Activity, now: datetime, ours: Collection[str] = ()
) -> Check:
    """Return that no change gets on the queue, or that some were lost; else what was seen of it.

    `ours` are the tags of the secrets that we take.
    """
    if not queues.is_well:
        return queues
    if failure := activity.find_unqueued(now):
        said = (
            "service bus must let us send to the queue changes: as long as it does not, changes "
            "are lost; run an initial sync afterwards"
        )
        check = Check.failed(CheckName.QUEUES, CheckCode.SENDS_REFUSED, said)
        return replace(check, since=failure.since)
    if lost_at := activity.find_loss(now, ours):
        return Check(
            CheckName.QUEUES,
            CheckOutcome.WARNING,
            code=CheckCode.CHANGES_LOST,
            detail=(
                "changes may have been lost while service bus took none, or a setting of ours was "
                "wrong: run an initial sync"
            ),
            since=lost_at,
        )

    return queues


def check_work(
    others: Collection[Check],
    activity: Activity,
    *,
    oldest: datetime | None,
    now: datetime,
    patience: timedelta,
) -> Check:
    """Return what keeps changes from going through, unless a check of another name says so."""
    failures = [one for one in activity.list_failures(now) if not _is_mended(one, others)]
    untold = [one for one in failures if not _is_told(one, others)]
    if untold:
        return _tell(untold[0])
    if failures:
        return Check.skipped(CheckName.CHANGES)
    if activity.is_stuck(oldest, now, patience):
        said = "the function sync_changes must be on, and take what waits on the queue changes"
        check = Check.failed(CheckName.CHANGES, CheckCode.NOT_TAKEN, said)
        return replace(check, since=oldest)

    return Check(CheckName.CHANGES)


def _is_mended(failure: Failure, others: Collection[Check]) -> bool:
    """Tell whether a check that is well has just done what failed: no other one proves it."""
    name = _name_of(failure)

    return failure.system in _LOOKED_AT and any(
        check.name == name and check.is_well for check in others
    )


def _is_told(failure: Failure, others: Collection[Check]) -> bool:
    name = _name_of(failure)

    return any(check.name == name and not check.is_well for check in others)


def _name_of(failure: Failure) -> CheckName:
    return _NAMES[failure.system] if failure.system else CheckName.CHANGES


def _tell(failure: Failure) -> Check:
    unknown = CheckCode.FAILING, "changes must go through: the log says what keeps them"
    code, said = _FAILURES.get((_name_of(failure), failure.kind), unknown)
    what = _WHAT.get(failure.system) if failure.system else None
    detail = f"{said} ({what})" if what else said

    return replace(Check.failed(CheckName.CHANGES, code, detail), since=failure.since)
