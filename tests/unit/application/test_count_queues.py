"""Counting the queues costs them nothing."""

import asyncio

from connector.application.count_queues import QueueCounter
from tests.checks import FakeQueueWatch, a_load


async def test_one_count_serves_all_for_a_while() -> None:
    """
    However many look, the queues are counted once in a while.
    """
    watch, seconds = FakeQueueWatch(), [0.0]
    counter = QueueCounter(watch, lambda: seconds[0])
    watch.loads = [a_load(waiting=3)]

    answers = await asyncio.gather(*(counter.get() for _ in range(4)))
    watch.loads = [a_load(waiting=4)]
    seconds[0] = 10.0
    later = await counter.get()

    assert answers == [[a_load(waiting=3)]] * 4
    assert later == [a_load(waiting=4)]
    assert watch.counted == 2
