"""Waiting for the account to become what somebody expects, without asking again and again."""

import asyncio
from collections.abc import Callable


class Changes:
    """Wakes who waits whenever something changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self._closed = False

    def notify(self) -> None:
        """Let everyone who waits look again."""
        for event in self._waiting:
            event.set()

    def open(self) -> None:
        """Let people wait."""
        self._closed = False

    def close(self) -> None:
        """Let everyone go, satisfied or not."""
        self._closed = True
        self.notify()

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition holds and say whether it does in the end."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                while not holds() and not self._closed:
                    event.clear()
                    await event.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(event)

        return holds()
