"""What we know of a record's last sync: one row per CRM row, written with its ETag."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from connector.domain.contact import (
    OPTED_OUT,
    Account,
    ExternalId,
    Fingerprint,
    RecordId,
    RecordKey,
)


class SyncStatus(StrEnum):
    """Tells where a record stands."""

    IN_SYNC = "in_sync"
    EXCLUDED = "excluded"
    FAILING = "failing"


class Reason(StrEnum):
    """Tells why a record is not in sync; stable codes that the page puts into words."""

    NO_EMAIL = "no_email"
    INVALID_EMAIL = "invalid_email"
    UNREADABLE = "unreadable"
    HANDED_OVER = "handed_over"
    DELETED = "deleted"
    MERGED = "merged"
    NOT_IN_DYNAMICS = "not_in_dynamics"
    REJECTED = "rejected"
    RETRIED = "retried"
    GAVE_UP = "gave_up"


UNKNOWN_IN_SPOTLER: Final = "externalId:unknown_in_spotler"
"""The note of who was deleted, was unknown to us, and to Spotler by each id that may be theirs."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Is the version of a row at which Spotler had nothing to tell it, and a hash of what it said.

    It is about the columns that Spotler may write. Version 0 is one that never was: the two were
    compared and differ.
    """

    version: int
    said: Fingerprint | None = None


@dataclass(frozen=True, slots=True)
class SyncState:
    """Is the `records` row of one CRM row; `etag` is None as long as there is no row.

    `successor` is the contact that took over a qualified lead, or the row of the same table into
    which another was merged; `notes` are codes of values that
    could not be sent (`property:reason`), never the values. `agreement` is known of rows to which
    Spotler's people were brought. `filled` names what the last successful send gave a value
    (`property=column`), at `filled_at`: nothing else may ever be cleared. `account` is the Spotler
    account of which fingerprint, filled and agreement are true; `left_in` the one that had them
    before. `settled_in` are the accounts in which the master of a merged row has its permissions
    already, and the row itself was switched off by us.
    """

    key: RecordKey
    etag: str | None = None
    external_id: ExternalId | None = None
    fingerprint: Fingerprint | None = None
    version: int = 0
    status: SyncStatus | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()
    successor: RecordId | None = None
    changed_at: datetime | None = None
    agreement: Agreement | None = None
    filled: frozenset[str] = frozenset()
    filled_at: datetime | None = None
    account: Account | None = None
    left_in: Account | None = None
    settled_in: frozenset[Account] = frozenset()


def rejected(code: str | None, field: str | None = None) -> str:
    """Return the reason of what Spotler refused, with its own code and the name of the field."""
    return ":".join(filter(None, (Reason.REJECTED, code, field)))


def has_opted_out(state: SyncState) -> bool:
    """Tell whether Spotler refused a person last as one who left it."""
    return state.reason == rejected(OPTED_OUT)


def known_to(account: Account, state: SyncState) -> SyncState:
    """Return a state as it is true for an account: another one was never sent anything.

    Nor was anything retired or refused there. Who was deleted while they were left in this account
    still is in it. Another key may be one of the same account: who was sent may be there.
    """
    if state.account == account:
        return state

    new = forget_sent(replace(state, account=account))
    if state.reason == Reason.DELETED:
        is_left = state.left_in == account
        found = replace(new, status=SyncStatus.IN_SYNC, reason=None, left_in=None)

        return found if is_left else new

    moved = replace(new, left_in=state.account)
    if state.reason == Reason.MERGED:
        return replace(moved, status=None, reason=None)

    is_kept = state.account is None or (state.reason or "").startswith(Reason.HANDED_OVER)

    return moved if is_kept else replace(moved, reason=None)


def forget_sent(state: SyncState) -> SyncState:
    """Return a state that tells of nothing that was sent."""
    return replace(state, fingerprint=None, filled=frozenset(), filled_at=None, agreement=None)


def filled_as(state: SyncState, other: SyncState) -> SyncState:
    """Return a state that tells of what the last send of another one filled."""
    return replace(state, filled=other.filled, filled_at=other.filled_at)


def come_back(state: SyncState) -> SyncState:
    """Return the state of a record that is tried again by itself: until then it did not go over."""
    return replace(state, status=SyncStatus.FAILING, reason=Reason.RETRIED)


def counts_as_done(state: SyncState) -> bool:
    """Tell whether nothing says of a record that it waits: it is in sync, or nothing yet.

    Every other reason tells of something that must not be forgotten.
    """
    return state.status in {None, SyncStatus.IN_SYNC}


def go_without(state: SyncState) -> SyncState | None:
    """Return the state of a record that nothing has to be sent for any more, if it was tried again.

    Whom Spotler took before is as they were then; of anybody else nothing is known any more.
    """
    if state.reason != Reason.RETRIED:
        return None

    return replace(state, status=SyncStatus.IN_SYNC if state.fingerprint else None, reason=None)


def give_up(state: SyncState) -> SyncState:
    """Return the state of a record that was tried too often; what Spotler holds is unknown."""
    return replace(state, fingerprint=None, status=SyncStatus.FAILING, reason=Reason.GAVE_UP)
