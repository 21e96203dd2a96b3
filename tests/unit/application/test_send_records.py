import pytest

from connector.application.send_records import Requeued, send_records
from connector.domain.contact import RecordKey
from connector.domain.event import Change
from connector.domain.parking import park_event
from connector.domain.sync_state import SyncState, SyncStatus
from tests.builders import NOW, ORGANISATION, a_change, a_contact_key, a_lead_key
from tests.fakes import FakeParking, FakeQueue, FakeRecords
from tests.review import FakeParkedRows


class Office:
    """Is where records are sent again from."""

    def __init__(self) -> None:
        self.records = FakeRecords()
        self.parking = FakeParking()
        self.queue = FakeQueue()

    async def send(self, *keys: RecordKey, insists: bool = False) -> Requeued:
        return await send_records(
            keys,
            insists=insists,
            organisation=ORGANISATION,
            records=self.records,
            parked=FakeParkedRows(self.parking),
            queue=self.queue,
        )


async def test_records_go_as_new_forced_events() -> None:
    """
    What is sent again never skips by fingerprint, and no queue takes it for something it had.
    """
    office = Office()
    known, unknown = a_contact_key(), a_lead_key()
    office.records.write(SyncState(known, status=SyncStatus.IN_SYNC))

    assert await office.send(known, unknown, known) == Requeued([known, unknown])
    assert await office.send(known) == Requeued([known])

    events = office.queue.take()
    assert [(one.key, one.change) for one in events] == [
        (known, Change.UPDATED),
        (unknown, Change.UPDATED),
        (known, Change.UPDATED),
    ]
    assert all(one.forced and one.attempt == 0 for one in events)
    assert len({one.message_id for one in events}) == 3
    assert {one.organisation for one in events} == {ORGANISATION}


async def test_deleted_goes_as_deletion() -> None:
    """
    Who was deleted goes as a deletion, whether their state says so or only what is parked.
    """
    office = Office()
    deleted, given_up, changed = a_contact_key(), a_contact_key(), a_lead_key()
    office.records.write(SyncState(deleted, status=SyncStatus.EXCLUDED, reason="deleted"))
    for key, change in ((given_up, Change.DELETED), (changed, Change.UPDATED)):
        office.records.write(SyncState(key, status=SyncStatus.FAILING, reason="gave_up"))
        await office.parking.park(park_event(a_change(key, change), "gave_up", NOW))

    await office.send(deleted, given_up, changed, insists=True)

    assert [one.change for one in office.queue.events] == [
        Change.DELETED,
        Change.DELETED,
        Change.UPDATED,
    ]


@pytest.mark.parametrize(
    "reason", ["no_email", "invalid_email", "handed_over", "deleted", "merged"]
)
async def test_helpless_are_skipped(reason: str) -> None:
    """
    Whom it cannot help is not queued but counted by reason; all others go, who opted out too.
    """
    office = Office()
    helpless, refused = a_contact_key(), a_contact_key()
    office.records.write(SyncState(helpless, status=SyncStatus.EXCLUDED, reason=reason))
    opted_out = "rejected:CONTACT_OPTOUT"
    office.records.write(SyncState(refused, status=SyncStatus.EXCLUDED, reason=opted_out))

    done = await office.send(helpless, refused)

    assert done == Requeued([refused], {reason: 1})
    assert done.sent == 1
    assert [one.key for one in office.queue.take()] == [refused]
    assert await office.send(helpless, insists=True) == Requeued([helpless])
