"""Which contacts Spotler was sent that the CRM may not have any more, and how that is noted."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from connector.domain.contact import RecordId, Table
from connector.domain.sync_state import Reason, SyncState, SyncStatus

ENDED: Final = frozenset({Reason.DELETED, Reason.MERGED, Reason.HANDED_OVER})
"""Reasons by which it is known that a row has no contact of its own in Spotler any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The ids of which a page holds all rows: behind one id, up to and with another.

    Without `after` it begins with the first id, without `until` it goes on to the last one.
    """

    table: Table
    after: RecordId | None
    until: RecordId | None
    rows: Collection[RecordId]


def must_have_row(state: SyncState) -> bool:
    """Tell whether a contact that Spotler was sent stands for a row of its own.

    Who was retired in another account has no status in this one.
    """
    is_over = state.successor is not None or state.reason in ENDED or state.status is None

    return state.external_id is not None and not is_over


def without_row(state: SyncState, now: datetime) -> SyncState:
    """Return the state of a contact whose row is missing; Spotler holds what it held."""
    return replace(state, status=SyncStatus.FAILING, reason=Reason.NOT_IN_DYNAMICS, changed_at=now)
