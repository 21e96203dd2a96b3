"""The brake counts exactly, and only what an action would end."""

import time
from dataclasses import dataclass, field

import pytest

from connector.application import check_brake as module
from connector.application.check_brake import check_brake
from connector.application.count_records import RecordCounter, RowCounter
from connector.domain.brake import BrakeError
from connector.domain.contact import Table
from connector.domain.record_list import RecordFilter
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from tests.builders import NOW, a_contact_key
from tests.fakes import FakeCrm, FakeMarketing, FakeRecords
from tests.review import FakeRecordLists

FAILING = SyncStatus.FAILING
ALL_FAILING = RecordFilter(FAILING)


@dataclass(slots=True)
class Shelf:
    """The states of some people, and what looks at them."""

    records: FakeRecords = field(default_factory=FakeRecords)

    def put(self, count: int, reason: str | None, status: SyncStatus = FAILING) -> None:
        for _ in range(count):
            self.records.write(SyncState(a_contact_key(), status=status, reason=reason))

    async def check(self, wanted: RecordFilter) -> None:
        lists = FakeRecordLists(self.records)
        rows = RowCounter(FakeCrm(), clock=time.monotonic)
        counter = RecordCounter(
            lists,
            rows,
            account=FakeMarketing().account,
            now=lambda: NOW,
            clock=time.monotonic,
        )
        await check_brake(wanted, lists=lists, counter=counter)


async def test_few_pass() -> None:
    """
    As many as the limit pass, whoever else is failing.
    """
    shelf = Shelf()
    shelf.put(50, Reason.NOT_IN_DYNAMICS)
    shelf.put(200, Reason.GAVE_UP)

    await shelf.check(ALL_FAILING)


async def test_limit_is_of_who_is_known() -> None:
    """
    One in a hundred of the known people passes, and one more does not.
    """
    shelf = Shelf()
    shelf.put(6000, None, SyncStatus.IN_SYNC)
    shelf.put(60, Reason.NOT_IN_DYNAMICS)
    await shelf.check(ALL_FAILING)

    shelf.put(1, Reason.NOT_IN_DYNAMICS)
    with pytest.raises(BrakeError) as stopped:
        await shelf.check(ALL_FAILING)

    assert (stopped.value.count, stopped.value.limit) == (61, 60)


async def test_all_pages_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The count is of all pages of the list.
    """
    monkeypatch.setattr(module, "STATES_PER_READ", 7)
    shelf = Shelf()
    shelf.put(130, Reason.NOT_IN_DYNAMICS)

    with pytest.raises(BrakeError) as stopped:
        await shelf.check(RecordFilter(FAILING, Reason.NOT_IN_DYNAMICS))

    assert stopped.value.count == 130


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(RecordFilter(SyncStatus.EXCLUDED), id="another status"),
        pytest.param(RecordFilter(FAILING, Reason.GAVE_UP), id="another reason"),
        pytest.param(RecordFilter(FAILING, table=Table.LEAD), id="another table"),
    ],
)
async def test_others_pass(wanted: RecordFilter) -> None:
    """
    An action that ends nobody of the missing needs no question.
    """
    shelf = Shelf()
    shelf.put(60, Reason.NOT_IN_DYNAMICS)

    await shelf.check(wanted)
