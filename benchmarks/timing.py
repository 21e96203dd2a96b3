"""Calls something again and again, and keeps how long each call took."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence


async def one_by_one[Item](
    items: Iterable[Item], call: Callable[[Item], Awaitable[object]]
) -> list[float]:
    """Return the seconds of each call; the next begins when the last has ended."""
    seconds = []
    for item in items:
        began = time.perf_counter()
        await call(item)
        seconds.append(time.perf_counter() - began)

    return seconds


async def at_rate[Item](
    items: Sequence[Item], per_second: float, call: Callable[[Item], Awaitable[object]]
) -> list[float]:
    """Return the seconds from the moment when each call was due until it was answered.

    Calls begin when they are due, whatever became of those before: who is slow is not spared.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def one(number: int, item: Item) -> float:
        due = began + number / per_second
        await asyncio.sleep(due - loop.time())
        await call(item)

        return loop.time() - due

    return await asyncio.gather(*(one(number, item) for number, item in enumerate(items)))


async def per_second[Item](
    items: Sequence[Item], call: Callable[[Item], Awaitable[object]], *, at_once: int = 1
) -> float:
    """Return how many calls end in a second, with so many under way at a time."""
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:
            await call(item)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))

    return len(items) / (time.perf_counter() - began)
