"""Which contacts have a state and no row in the CRM any more, and how that is noted."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from connector.domain.contact import RecordId, Table
from connector.domain.sync_state import Reason, SyncState, SyncStatus

ENDED: Final = frozenset({Reason.DELETED, Reason.MERGED, Reason.HANDED_OVER})
"""Reasons by which it is known that a row has no contact of its own in Spotler any more."""

DELETED_LEAD: Final = f"{Reason.HANDED_OVER}:{Reason.DELETED}"
"""The reason of a lead that was handed over and is deleted since: its contact stays as it is."""

ROWLESS: Final = frozenset({Reason.DELETED, Reason.NOT_IN_DYNAMICS, DELETED_LEAD})
"""Reasons that say that there is no row, or none that we may see."""


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
    """Tell whether a contact that Spotler was sent, or came from there, stands for its own row.

    A contact that was retired in another account has neither a status in this one nor an agreement.
    """
    is_unknown = state.status is None and state.agreement is None
    is_over = state.successor is not None or state.reason in ENDED or is_unknown

    return state.external_id is not None and not is_over


def is_taken_for_row(state: SyncState) -> bool:
    """Tell whether a state counts as a row, although Spotler has nothing of a row of its own."""
    return state.status is not None and state.reason not in ROWLESS and not must_have_row(state)


def deleted(state: SyncState, now: datetime) -> SyncState:
    """Return the state of a row of which the CRM says that it is deleted, and Spotler has nothing.

    Who took a lead over still has its id; who was never sent is in no other account either.
    """
    is_lead = state.reason == Reason.HANDED_OVER

    return replace(
        state,
        fingerprint=None,
        status=SyncStatus.EXCLUDED,
        reason=DELETED_LEAD if is_lead else Reason.DELETED,
        notes=(),
        changed_at=now,
        left_in=state.left_in if state.external_id else None,
    )


def without_row(state: SyncState, now: datetime) -> SyncState:
    """Return the state of a contact whose row is missing; Spotler holds what it held."""
    return replace(state, status=SyncStatus.FAILING, reason=Reason.NOT_IN_DYNAMICS, changed_at=now)
