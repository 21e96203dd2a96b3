"""Runs work side by side up to a limit; can hold it back and let it go in random order."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable


class WorkQueue[Work]:
    """Run each piece of work as a task; the loop's exception handler hears of what breaks."""

    def __init__(self, run: Callable[[Work], Awaitable[None]], parallel: int) -> None:
        """Take what to do with the work; `parallel` may change at any time."""
        self.parallel = parallel
        self.pending = 0
        self._run = run
        self._ready: deque[Work] = deque()
        self._held: list[Work] = []
        self._running: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    def add(self, work: Work, *, delay: float = 0.0) -> None:
        """Run the work as soon as there is room, or that many seconds later."""
        self._count()
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self._release, [work])
        else:
            self._release([work])

    def hold(self, work: Work, *, window: float, dice: random.Random) -> None:
        """Keep the work with all that comes in the window, then let it go in random order."""
        self._count()
        if not self._held:
            asyncio.get_running_loop().call_later(window, self._release_shuffled, dice)

        self._held.append(work)

    async def wait_idle(self, timeout: float) -> bool:  # noqa: ASYNC109 -- it is the answer
        """Wait until nothing is pending, and tell whether that came in time."""
        try:
            async with asyncio.timeout(timeout):
                await self._idle.wait()
        except TimeoutError:
            return False

        return True

    async def close(self) -> None:
        """Forget what waits and break off what runs."""
        self._closed = True
        for task in self._running:
            task.cancel()

        await asyncio.gather(*self._running, return_exceptions=True)

    def _count(self) -> None:
        self.pending += 1
        self._idle.clear()

    def _release_shuffled(self, dice: random.Random) -> None:
        held, self._held = self._held, []
        dice.shuffle(held)
        self._release(held)

    def _release(self, works: list[Work]) -> None:
        self._ready.extend(works)
        self._fill()

    def _fill(self) -> None:
        while self._ready and len(self._running) < self.parallel and not self._closed:
            task = asyncio.create_task(self._finish(self._ready.popleft()))
            self._running.add(task)
            task.add_done_callback(self._ended)

    async def _finish(self, work: Work) -> None:
        await self._run(work)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            report = {"message": "work broke off", "exception": error, "task": task}
            task.get_loop().call_exception_handler(report)

        self.pending -= 1
        if self.pending == 0:
            self._idle.set()

        self._fill()
