"""Lists of what was synced and what was not: which records are wanted, a page, and counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.domain.contact import RecordKey, Table
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


type Counts = Mapping[tuple[SyncStatus, str | None], int]
"""Is how many records there are, by status and by the reason without its details."""


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
