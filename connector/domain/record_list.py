"""Lists of what was synced and what was not: which records are wanted, a page, and counts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from connector.domain.contact import Account, RecordKey, Table
from connector.domain.sync_state import Reason, SyncState, SyncStatus


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Says which records are wanted; what is None or False does not matter.

    Records that are on their way for the first time have no status yet, and are never listed.
    """

    status: SyncStatus | None = None
    reason: Reason | None = None
    table: Table | None = None
    since: datetime | None = None
    with_notes: bool = False


@dataclass(frozen=True, slots=True)
class StatePage:
    """Is a piece of a list; `last` is where the next one goes on, when there is one."""

    states: tuple[SyncState, ...]
    last: RecordKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is counted of a record: its table, its status, and why; a reason without its details.

    `account` is the Spotler account of which that is true, where it matters which; without
    `has_row` there is none in the CRM, by all that we know.
    """

    table: Table
    status: SyncStatus
    reason: str | None = None
    has_notes: bool = False
    account: Account | None = None
    has_row: bool = True


type Counts = Mapping[Standing, int]
"""Is how many records there are of each standing."""

HOPELESS: Final = frozenset(
    {
        Reason.NO_EMAIL,
        Reason.INVALID_EMAIL,
        Reason.HANDED_OVER,
        Reason.DELETED,
        Reason.MERGED,
    }
)
"""Reasons that lie in the record itself: it goes by itself once that is put right."""


def can_be_sent(status: SyncStatus | None, reason: str | None) -> bool:
    """Tell whether sending a record again can change anything, by what was last seen of it."""
    return status is not SyncStatus.EXCLUDED or explain(reason).reason not in HOPELESS


def count_known(counts: Counts, account: Account | None) -> Counts:
    """Count what is true of an account; without one everything is.

    What was sent to another one was never looked at for this one, unless the reason lies in the
    record itself. Where no account is named it is from before they were told apart.
    """
    known = Counter[Standing]()
    for standing, count in counts.items():
        is_ours = account is None or standing.account in {None, account}
        if is_ours or not can_be_sent(standing.status, standing.reason):
            known[replace(standing, account=None)] += count

    return known


def count_unseen(counts: Counts, rows: Mapping[Table, int]) -> int:
    """Count the rows of the CRM that were never looked at; there are at least so many.

    What is known not to be there is no row. What went without a word is taken for one, until an
    initial sync finds out.
    """
    known = Counter[Table]()
    for standing, count in counts.items():
        known[standing.table] += count if standing.has_row else 0

    return sum(max(0, rows[table] - known[table]) for table in rows)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Is the reason of a state in its parts: Spotler's code and the property come with few."""

    reason: str | None = None
    code: str | None = None
    property: str | None = None


def explain(reason: str | None) -> Explanation:
    """Take the reason of a state apart."""
    if reason is None:
        return Explanation()

    said, code, name = (*reason.split(":", 2), None, None)[:3]

    return Explanation(said, code, name)
