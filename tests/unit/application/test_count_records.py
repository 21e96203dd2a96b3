import asyncio
from datetime import timedelta

import pytest

from connector.application.count_records import RecordCounter
from connector.domain.errors import TransientError
from connector.domain.record_list import Counts
from connector.domain.sync_state import SyncStatus
from tests.builders import NOW
from tests.fakes import FakeRecords
from tests.review import FakeRecordLists


class SlowLists(FakeRecordLists):
    """Takes so many seconds of the test's clock to count."""

    def __init__(self, takes: float) -> None:
        super().__init__(FakeRecords())
        self.takes = takes
        self.seconds = 1000.0

    async def count(self) -> Counts:
        await super().count()
        await asyncio.sleep(0)
        self.seconds += self.takes

        return {(SyncStatus.FAILING, "gave_up"): self.counted}

    def counter(self) -> RecordCounter:
        def now() -> timedelta:
            return timedelta(seconds=self.seconds)

        return RecordCounter(self, now=lambda: NOW + now(), clock=lambda: self.seconds)


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

    assert (await counter.get()).counts == {(SyncStatus.FAILING, "gave_up"): 2}


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

    assert (await counter.get()).counts == {(SyncStatus.FAILING, "gave_up"): 1}
