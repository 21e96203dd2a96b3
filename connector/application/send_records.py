"""Send records again, as somebody asks who looks at what did not go through."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connector.application.ports import EventQueue, RecordStore
from connector.application.review_ports import ParkedRows
from connector.domain.contact import OrganisationId, RecordKey
from connector.domain.event import Change, RecordChanged
from connector.domain.record_list import can_be_sent, explain
from connector.domain.sync_state import Reason, SyncState, SyncStatus

STEP = "manage"
"""Stands in an event where one of Dataverse has the id of its step."""


@dataclass(frozen=True, slots=True)
class Requeued:
    """The records on their way again, and how many it cannot help, by their reason."""

    records: Sequence[RecordKey]
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        """Return how many are on their way."""
        return len(self.records)


async def send_records(
    keys: Iterable[RecordKey],
    *,
    organisation: OrganisationId,
    records: RecordStore,
    parked: ParkedRows,
    queue: EventQueue,
    insists: bool = False,
) -> Requeued:
    """Queue a forced event for each record, whether we know it or not.

    Whom it cannot help is skipped, unless the caller insists, who knows that the cause is gone.
    """
    wanted = list(dict.fromkeys(keys))
    states = await records.list_states(wanted)
    known = [states.get(key) or SyncState(key) for key in wanted]

    return await send_states(
        known, organisation=organisation, parked=parked, queue=queue, insists=insists
    )


async def send_states(
    states: Sequence[SyncState],
    *,
    organisation: OrganisationId,
    parked: ParkedRows,
    queue: EventQueue,
    insists: bool = False,
) -> Requeued:
    """Queue a forced event for each record as it was listed, but for those it cannot help.

    Who was deleted goes as a deletion, also when only the parked event tells of it: the row is
    gone, and a change of a row that cannot be seen would be passed over.
    """
    wanted = [one for one in states if insists or can_be_sent(one.status, one.reason)]
    failing = [state.key for state in wanted if state.status is SyncStatus.FAILING]
    deleted = await parked.list_deleted(failing) if failing else ()
    correlation = str(uuid.uuid4())
    await queue.send([_to_event(one, deleted, organisation, correlation) for one in wanted])

    helpless = (one for one in states if not insists and not can_be_sent(one.status, one.reason))

    return Requeued(
        [one.key for one in wanted],
        Counter(str(explain(one.reason).reason) for one in helpless),
    )


def _to_event(
    state: SyncState,
    deleted: Collection[RecordKey],
    organisation: OrganisationId,
    correlation: str,
) -> RecordChanged:
    is_deleted = state.reason == Reason.DELETED or state.key in deleted

    return RecordChanged(
        organisation=organisation,
        key=state.key,
        change=Change.DELETED if is_deleted else Change.UPDATED,
        operation=str(uuid.uuid4()),
        step=STEP,
        correlation=correlation,
        forced=True,
    )
