import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.application.count_records import (
    ROWS_DOUBTED_SECONDS,
    ROWS_FRESH_SECONDS,
    RecordCounter,
    RowCounter,
)
from connector.domain.connection import NotConnectedError
from connector.domain.contact import Account, Table
from connector.domain.errors import TransientError
from connector.domain.record_list import Counts, Standing
from connector.domain.sync_state import SyncStatus
from tests.builders import NOW, a_person
from tests.fakes import FakeCrm, FakeRecords
from tests.review import FakeRecordLists

GAVE_UP = Standing(table=Table.CONTACT, status=SyncStatus.FAILING, reason="gave_up")


OURS, OTHER = Account("ours"), Account("other")


class SlowLists(FakeRecordLists):
    """Takes so many seconds of the test's clock to count."""

    def __init__(self, takes: float) -> None:
        super().__init__(FakeRecords())
        self.takes = takes
        self.seconds = 1000.0
        self.crm = FakeCrm()
        self.connected: Account | None = OURS
        self.said_by: Account | None = None

    async def count(self) -> Counts:
        await super().count()
        await asyncio.sleep(0)
        self.seconds += self.takes

        return {replace(GAVE_UP, account=self.said_by): self.counted}

    def counter(self) -> RecordCounter:
        def now() -> timedelta:
            return timedelta(seconds=self.seconds)

        rows = RowCounter(self.crm, clock=lambda: self.seconds, patience_seconds=10)

        return RecordCounter(
            self,
            rows,
            account=self.account,
            now=lambda: NOW + now(),
            clock=lambda: self.seconds,
        )

    async def account(self) -> Account:
        if self.connected is None:
            raise NotConnectedError

        return self.connected


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


async def test_other_account_was_never_looked_at() -> None:
    """
    What was sent to one account counts for that alone, and at once when another is connected.
    """
    lists = SlowLists(1)
    lists.said_by = OURS
    crm = lists.crm
    for _ in range(3):
        crm.put(a_person())
    counter = lists.counter()
    ours = await counter.get()

    lists.connected = OTHER
    other = await counter.get()
    assert await counter.get() is other
    lists.connected = OURS
    back = await counter.get()

    assert [one.counts for one in (ours, other, back)] == [{GAVE_UP: 1}, {}, {GAVE_UP: 3}]
    assert [one.not_looked_at for one in (ours, other, back)] == [2, 3, 0]


async def test_unknown_account_is_the_last_one() -> None:
    """
    While it is not known who is connected nothing is counted anew, and without any all counts.
    """
    lists = SlowLists(1)
    lists.said_by, lists.connected = OURS, None
    counter = lists.counter()
    assert (await counter.get()).counts == {GAVE_UP: 1}

    lists.connected = OTHER
    other = await counter.get()
    lists.connected = None

    assert await counter.get() is other
    assert other.counts == {}


async def test_account_that_nobody_tells_in_time_is_the_last_one() -> None:
    """
    Who looks at the counts waits a moment for which account is connected, and no longer.
    """
    lists = SlowLists(1)

    async def hang() -> Account:
        return await asyncio.Future()

    rows = RowCounter(lists.crm, clock=lambda: lists.seconds)
    counter = RecordCounter(
        *(lists, rows),
        account=hang,
        now=lambda: NOW,
        clock=lambda: lists.seconds,
        patience_seconds=0,
    )

    assert (await counter.get()).counts == {GAVE_UP: 1}


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
