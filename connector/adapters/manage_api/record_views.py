"""What is told of records that were synced, and of those that were not."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from connector.adapters.manage_api.shape import Shape
from connector.application.count_records import Counted
from connector.domain.contact import RecordKey, Table
from connector.domain.record_list import Counts, Standing, can_be_sent, explain
from connector.domain.sync_state import SyncState, SyncStatus


class NoteView(Shape):
    """Is a value that was left out: which, and the code of why."""

    property: str
    reason: str


class RecordView(Shape):
    """Is one record; `link` opens it in Dynamics, where the viewer's own rights apply.

    `code` and `property` are what Spotler said of a record that it refused; `can_be_sent` tells
    whether sending it again can help.
    """

    table: Table
    id: str
    external_id: str | None
    status: SyncStatus | None
    reason: str | None
    code: str | None
    property: str | None
    notes: list[NoteView]
    changed_at: datetime | None
    link: str
    can_be_sent: bool

    @classmethod
    def of(cls, state: SyncState, crm_url: str) -> Self:
        """Return how a record is shown."""
        said = explain(state.reason)

        return cls(
            table=state.key.table,
            id=state.key.id,
            external_id=state.external_id,
            status=state.status,
            reason=said.reason,
            code=said.code,
            property=said.property,
            notes=[_to_note(note) for note in state.notes],
            changed_at=state.changed_at,
            link=link_to(state.key, crm_url),
            can_be_sent=can_be_sent(state.status, state.reason),
        )


class RecordList(Shape):
    """Is a page of records; with the cursor the next one is asked for."""

    records: list[RecordView]
    cursor: str | None


class ReasonCount(Shape):
    """Is how many records there are of a status for one reason."""

    status: SyncStatus
    reason: str
    count: int
    can_be_sent: bool


class RecordCounts(Shape):
    """Is how many records there are, as counted at a time that may be a while ago.

    `with_notes` are those in sync of whom a value was left out. `not_looked_at` are rows of the CRM
    that no number tells of, by the CRM's own count, which may be a day old; null while it is away.
    There are at least so many: a row that went without a word still counts as looked at.
    """

    in_sync: int
    with_notes: int
    not_looked_at: int | None
    excluded: int
    failing: int
    counted_at: datetime
    reasons: list[ReasonCount]

    @classmethod
    def of(cls, counted: Counted) -> Self:
        """Return how a count is shown: the most frequent reason first."""
        counts = counted.counts

        def total(status: SyncStatus) -> int:
            return sum(count for one, count in counts.items() if one.status is status)

        return cls(
            with_notes=sum(count for one, count in counts.items() if _has_notes(one)),
            not_looked_at=counted.not_looked_at,
            in_sync=total(SyncStatus.IN_SYNC),
            excluded=total(SyncStatus.EXCLUDED),
            failing=total(SyncStatus.FAILING),
            counted_at=counted.at,
            reasons=_to_reasons(counts),
        )


def _has_notes(standing: Standing) -> bool:
    return standing.status is SyncStatus.IN_SYNC and standing.has_notes


def _to_reasons(counts: Counts) -> list[ReasonCount]:
    found = Counter[tuple[SyncStatus, str]]()
    for one, count in counts.items():
        if one.reason is not None:
            found[one.status, one.reason] += count

    return [
        ReasonCount(
            status=status, reason=reason, count=count, can_be_sent=can_be_sent(status, reason)
        )
        for (status, reason), count in sorted(found.items(), key=lambda one: (-one[1], one[0]))
    ]


def to_record_list(states: Iterable[SyncState], cursor: str | None, crm_url: str) -> RecordList:
    """Return how a page is shown."""
    return RecordList(records=[RecordView.of(state, crm_url) for state in states], cursor=cursor)


def link_to(key: RecordKey, crm_url: str) -> str:
    """Return the address of a record's form in Dynamics.

    https://learn.microsoft.com/power-apps/developer/model-driven-apps/open-forms-views-dialogs-reports-url
    """
    root = crm_url.rstrip("/")

    return f"{root}/main.aspx?etn={key.table}&id={key.id}&pagetype=entityrecord"


def _to_note(note: str) -> NoteView:
    name, _, reason = note.partition(":")

    return NoteView(property=name, reason=reason)
