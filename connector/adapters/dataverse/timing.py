"""A bounded time for what takes many answers: each has its own, and together they take minutes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from connector.domain.errors import System, TransientError, named

MOST_SECONDS: Final = 60.0
"""A function has 270 seconds, and asks for several such things."""


class Deadline:
    """The moment after which nothing more is asked for of what began with it."""

    def __init__(self, part: System = System.DATAVERSE) -> None:
        """Begin now, for a part of Dataverse."""
        self._part = part
        self._until = _now() + MOST_SECONDS

    def check(self) -> None:
        """Refuse to ask for more when the time is over."""
        if _now() >= self._until:
            with named(self._part):
                raise _too_late()


@asynccontextmanager
async def in_time(part: System) -> AsyncIterator[None]:
    """Give exchanges with a part a time together, those under way included.

    It is for reads, or what is repeatable. Raises `TransientError` when it is over.
    """
    with named(part):
        try:
            async with asyncio.timeout(MOST_SECONDS):
                yield
        except TimeoutError as exc:
            raise _too_late() from exc


def _too_late() -> TransientError:
    return TransientError(f"the CRM must give all answers within {MOST_SECONDS:g} s")


def _now() -> float:
    return asyncio.get_running_loop().time()
