"""Closes what is open when the event loop ends: the worker tells nobody that it stops."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 5.0
"""A system that is away must not keep a process that has to go."""


_waiting: set[AsyncGenerator[None]] = set()
"""Keeps who waits for the end: a loop holds on to none of them."""


def close_with_loop(close: Callable[[], Awaitable[None]]) -> None:
    """Close when the running loop ends; without one nothing waits.

    A loop ends every asynchronous generator that was begun in it, and waits for that.

    https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.shutdown_asyncgens
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return

    waiting = _close_in_the_end(close)
    _waiting.add(waiting)
    with suppress(StopIteration):
        waiting.__anext__().send(None)


async def _close_in_the_end(close: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await close()
        except TimeoutError:
            logger.warning("connections were not closed within %s s", LONGEST_SECONDS)
