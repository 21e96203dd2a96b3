"""What did not go through, for tests: the ports in memory."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence

from connector.adapters.envelope import read_message
from connector.adapters.tables.keys import partition_key, row_key
from connector.application.count_queues import QueueCounter
from connector.application.count_records import RecordCounter, RowCounter
from connector.application.review_ports import HandOver
from connector.bootstrap.review import Review
from connector.domain.contact import RecordKey
from connector.domain.dead_letter import DeadLetter, DeadLetters
from connector.domain.errors import InvalidEventError
from connector.domain.event import (
    CHANGES,
    JOBS,
    Event,
    RecordChanged,
    RelatedChanged,
)
from connector.domain.missing import ROWLESS
from connector.domain.parking import LICENCE, ParkedEvent, parking_id
from connector.domain.record_list import Counts, RecordFilter, Standing, StatePage, explain
from connector.domain.sync_state import SyncState
from tests.builders import NOW, ORGANISATION
from tests.checks import FakeQueueWatch
from tests.fakes import Failing, FakeCrm, FakeMarketing, FakeParking, FakeRecords


class FakeRecordLists(Failing):
    """Is the `RecordLists` of a `FakeRecords`."""

    def __init__(self, records: FakeRecords) -> None:
        super().__init__()
        self._records = records
        self.counted = 0

    async def count(self) -> Counts:
        self.fail_if_told()
        self.counted += 1
        counts: Counter[Standing] = Counter()
        for state in self._records.rows.values():
            if state.status is not None:
                standing = Standing(
                    table=state.key.table,
                    status=state.status,
                    reason=explain(state.reason).reason,
                    has_notes=bool(state.notes),
                    account=state.account,
                    has_row=state.reason not in ROWLESS,
                )
                counts[standing] += 1

        return counts

    async def list_page(
        self, wanted: RecordFilter, *, size: int, after: RecordKey | None = None
    ) -> StatePage:
        self.fail_if_told()
        states = sorted(self._records.rows.values(), key=lambda one: _order(one.key))
        found = [
            state
            for state in states
            if _is_wanted(state, wanted) and (after is None or _order(state.key) > _order(after))
        ]
        last = found[size - 1].key if len(found) > size else None

        return StatePage(tuple(found[:size]), last)


def _order(key: RecordKey) -> tuple[str, str]:
    return partition_key(ORGANISATION, key), row_key(key.id)


def _is_wanted(state: SyncState, wanted: RecordFilter) -> bool:
    return (
        state.status is not None
        and wanted.status in {None, state.status}
        and wanted.reason in {None, explain(state.reason).reason}
        and wanted.table in {None, state.key.table}
        and (wanted.since is None or (state.changed_at or wanted.since) >= wanted.since)
        and (not wanted.with_notes or bool(state.notes))
    )


class FakeParkedRows(Failing):
    """Is the `ParkedRows` of a `FakeParking`."""

    def __init__(self, parking: FakeParking) -> None:
        super().__init__()
        self._parking = parking

    async def list_parked(self, most: int) -> Sequence[ParkedEvent]:
        self.fail_if_told()
        rows = [one for _, one in sorted(self._parking.parked.items())]

        return sorted(rows, key=lambda one: one.reason == LICENCE)[:most]

    async def find_parked(self, ids: Collection[str]) -> Sequence[ParkedEvent]:
        self.fail_if_told()
        return [self._parking.parked[one] for one in ids if one in self._parking.parked]

    async def remove(self, parked: ParkedEvent) -> bool:
        self.fail_if_told()
        known = self._parking.parked.get(parked.id)
        if known is not None and known.etag != parked.etag:
            return False

        self._parking.parked.pop(parked.id, None)

        return True

    async def list_deleted(self, keys: Collection[RecordKey]) -> Collection[RecordKey]:
        self.fail_if_told()
        parked = {key: self._parking.parked.get(parking_id(key)) for key in keys}

        return {key for key, one in parked.items() if one and one.is_deletion}


class FakeFreshQueue(Failing):
    """Is the `FreshQueue` on a list; what a test puts in `meanwhile` happens once it has taken."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.meanwhile: Callable[[], None] | None = None

    async def send_anew(self, events: Sequence[Event]) -> None:
        self.fail_if_told()
        self.events.extend(events)
        if self.meanwhile is not None:
            self.meanwhile()


class FakeDeadLetters(Failing):
    """Is the `DeadLetterBox` on a dictionary of bodies by queue and sequence number."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: dict[str, dict[int, bytes]] = {CHANGES: {}, JOBS: {}}

    async def list_dead(self, queue: str, most: int) -> DeadLetters:
        self.fail_if_told()
        letters = [self._letter(queue, number) for number in sorted(self.bodies[queue])]

        return DeadLetters(queue, tuple(letters[:most]), more=len(letters) > most)

    async def hand_over(
        self, queue: str, numbers: Collection[int], take: HandOver
    ) -> Sequence[bool]:
        self.fail_if_told()
        there = [number for number in numbers if number in self.bodies[queue]]
        taken = await take([self.bodies[queue][number] for number in there])
        for number, is_taken in zip(there, taken, strict=True):
            if is_taken:
                del self.bodies[queue][number]

        return taken

    def _letter(self, queue: str, number: int) -> DeadLetter:
        try:
            event = read_message(queue, self.bodies[queue][number])
        except InvalidEventError:
            return DeadLetter(number)

        if isinstance(event, RecordChanged):
            return DeadLetter(number, key=event.key)
        if isinstance(event, RelatedChanged):
            return DeadLetter(number, related=event.key)

        return DeadLetter(number, job=event.job)


class FakeReview:
    """Is a `Review` of fakes, and the clocks that a test sets."""

    def __init__(self, records: FakeRecords, parking: FakeParking, crm: FakeCrm) -> None:
        self.crm = crm
        self.lists = FakeRecordLists(records)
        self.parked = FakeParkedRows(parking)
        self.queues = {CHANGES: FakeFreshQueue(), JOBS: FakeFreshQueue()}
        self.dead = FakeDeadLetters()
        self.watch = FakeQueueWatch()
        self.now = NOW
        self.seconds = 0.0

    def review(self) -> Review:
        rows = RowCounter(self.crm, clock=lambda: self.seconds)
        counter = RecordCounter(
            self.lists,
            rows,
            account=FakeMarketing().account,
            now=lambda: self.now,
            clock=lambda: self.seconds,
        )

        return Review(
            lists=self.lists,
            counter=counter,
            parked=self.parked,
            queues=self.queues,
            read=read_message,
            dead=self.dead,
            loads=QueueCounter(self.watch, lambda: self.seconds),
        )
