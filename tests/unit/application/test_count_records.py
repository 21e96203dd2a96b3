import asyncio
from datetime import timedelta

import pytest

from connector.application.count_records import (
    ROWS_DOUBTED_SECONDS,
    ROWS_FRESH_SECONDS,
    RecordCounter,
    RowCounter,
)
from connector.domain.contact import Table
from connector.domain.errors import TransientError
from connector.domain.record_list import Counts, Standing
from connector.domain.sync_state import SyncStatus
from tests.builders import NOW
from tests.fakes import FakeCrm, FakeRecords
from tests.review import FakeRecordLists

GAVE_UP = Standing(table=Table.CONTACT, status=SyncStatus.FAILING, reason="gave_up")


class SlowLists(FakeRecordLists):
    """Takes so many seconds of the test's clock to count."""

    def __init__(self, takes: float) -> None:
        super().__init__(FakeRecords())
        self.takes = takes
        self.seconds = 1000.0
        self.crm = FakeCrm()

    async def count(self) -> Counts:
        await super().count()
        await asyncio.sleep(0)
        self.seconds += self.takes

        return {GAVE_UP: self.counted}

    def counter(self) -> RecordCounter:
        def now() -> timedelta:
            return timedelta(seconds=self.seconds)

        rows = RowCounter(self.crm, clock=lambda: self.seconds, patience_seconds=0.05)

        return RecordCounter(self, rows, now=lambda: NOW + now(), clock=lambda: self.seconds)


@pytest.mark.parametrize(
    ("takes", "good_for"),
    [pytest.param(0.1, 5, id="five seconds"), pytest.param(10, 200, id="twenty times as long")],
)
async def test_count_stays_good(takes: float, good_for: float) -> None:
    """
    A count is repeated after five seconds, or after twenty times what it took.
    """
    lists = SlowLists(takes)
    counter = lists.counter()
    first = await counter.get()
    assert first.at == NOW + timedelta(seconds=1000)

    lists.seconds += good_for - 0.1
    assert await counter.get() is first
    lists.seconds += 0.2

    assert (await counter.get()).counts == {GAVE_UP: 2}


async def test_many_ask_once() -> None:
    """
    Whoever asks while somebody counts is told what that one counted.
    """
    lists = SlowLists(1)
    counter = lists.counter()

    told = await asyncio.gather(*(counter.get() for _ in range(20)))

    assert lists.counted == 1
    assert len({one.at for one in told}) == 1


async def test_failed_count_is_repeated() -> None:
    """
    A count that failed is told, and the next who asks counts.
    """
    lists = SlowLists(1)
    counter = lists.counter()
    lists.errors = [TransientError("table storage must be reachable")]

    with pytest.raises(TransientError):
        await counter.get()

    assert (await counter.get()).counts == {GAVE_UP: 1}


class Totals:
    """Is a CRM that says how many rows it has, is away, or is slow."""

    def __init__(self) -> None:
        self.rows = {Table.CONTACT: 10, Table.LEAD: 4}
        self.asked = 0
        self.is_away = self.is_slow = False

    async def count(self, table: Table) -> int:
        self.asked += 1
        if self.is_away:
            raise TransientError("dataverse must answer")
        if self.is_slow:
            await asyncio.Event().wait()

        return self.rows[table]


async def test_rows_are_asked_for_seldom() -> None:
    """
    The CRM is asked once in ten minutes how many rows it has, and never in between.
    """
    crm, seconds = Totals(), [0.0]
    rows = RowCounter(crm, clock=lambda: seconds[0])

    assert await rows.get() == await rows.get() == {Table.CONTACT: 10, Table.LEAD: 4}
    seconds[0] = ROWS_FRESH_SECONDS
    await rows.get()

    assert crm.asked == 2 * len(Table)


@pytest.mark.parametrize("failure", ["is_away", "is_slow"])
async def test_silent_crm_is_unknown(failure: str) -> None:
    """
    While the CRM does not answer its rows are unknown, and it is asked again half a minute later.
    """
    crm, seconds = Totals(), [0.0]
    setattr(crm, failure, True)
    rows = RowCounter(crm, clock=lambda: seconds[0], patience_seconds=0.01)

    assert await rows.get() is None
    assert await rows.get() is None
    assert crm.asked == 1
    setattr(crm, failure, False)
    seconds[0] = ROWS_DOUBTED_SECONDS

    assert await rows.get() == {Table.CONTACT: 10, Table.LEAD: 4}


async def test_silent_crm_hides_no_count() -> None:
    """
    What the table holds is counted whether the CRM answers or not.
    """
    lists = SlowLists(1)
    lists.crm.errors = [TransientError("dataverse must answer")]

    counted = await lists.counter().get()

    assert (counted.counts, counted.not_looked_at) == ({GAVE_UP: 1}, None)
