"""Read what we keep ourselves, and blame no other system for what goes wrong with it."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from connector.domain.errors import System, TransientError, named

STORAGE_SECONDS: Final = 2.0
"""Less than the patience of a check, so that a slow table is not taken for a slow vendor."""


async def read_storage[T](read: Awaitable[T], seconds: float = STORAGE_SECONDS) -> T:
    """Return what is read in time; every failure names the tables, unless it names the vault."""
    with named(System.TABLES):
        try:
            async with asyncio.timeout(seconds):
                return await read
        except TimeoutError as exc:
            raise TransientError("table storage must answer in time") from exc
