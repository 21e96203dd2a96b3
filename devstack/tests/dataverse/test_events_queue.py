"""Work runs side by side up to a limit, and nothing of it gets lost."""

import asyncio
import random
from typing import Any

from devstack.dataverse.events.queue import WorkQueue


async def test_broken_work_is_reported() -> None:
    """
    Work that raises is told to the loop, and the rest goes on.
    """
    done: list[int] = []
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, report: reported.append(report))

    async def invert(number: int) -> None:
        done.append(1 // number)

    queue = WorkQueue(invert, parallel=1)

    for number in (1, 0, -1):
        queue.add(number)

    assert await queue.wait_idle(5)
    assert done == [1, -1]
    assert [type(one["exception"]) for one in reported] == [ZeroDivisionError]


async def test_work_may_add_work() -> None:
    """
    A queue is idle only when what its work added is done too.
    """
    done: list[int] = []

    async def count_down(number: int) -> None:
        done.append(number)
        if number > 0:
            queue.add(number - 1, delay=0.001)

    queue = WorkQueue(count_down, parallel=2)
    queue.add(3)

    assert await queue.wait_idle(5)
    assert done == [3, 2, 1, 0]
    assert queue.pending == 0


async def test_windows_follow_each_other() -> None:
    """
    What comes after a window was released waits for the next one.
    """
    done: list[int] = []

    async def note(number: int) -> None:
        done.append(number)

    queue = WorkQueue(note, parallel=4)
    dice = random.Random(1)
    for number in range(5):
        queue.hold(number, window=0.01, dice=dice)
    assert await queue.wait_idle(5)
    queue.hold(9, window=0.01, dice=dice)

    assert await queue.wait_idle(5)
    assert sorted(done[:5]) == [0, 1, 2, 3, 4]
    assert done[5:] == [9]


async def test_closed_queue_starts_nothing() -> None:
    """
    A queue that is closed runs neither what waits nor what comes.
    """
    done: list[int] = []

    async def note(number: int) -> None:
        done.append(number)

    queue = WorkQueue(note, parallel=1)
    queue.add(1, delay=0.001)

    await queue.close()
    queue.add(2)

    assert not await queue.wait_idle(0.02)
    assert done == []
