"""Bounds calls of the Service Bus SDK, which may hang, or give up its own task."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

from connector.domain.errors import ConnectorError, TransientError


async def bounded[T](work: Awaitable[T], seconds: float, *, must: str) -> T:
    """Return what work gives in time; the SDK giving up its own task is a failure like any.

    `must` says what must be true where it is not.
    """

    async def run() -> T:
        return await work

    task = asyncio.create_task(run())
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()

    if not task.done() or task.cancelled():
        raise TransientError("service bus must answer in time")

    failure = task.exception()
    if failure is None or isinstance(failure, ConnectorError):
        return task.result()

    raise TransientError(must) from failure


async def attempt(work: Coroutine[Any, Any, None], seconds: float) -> BaseException | None:
    """Return what went wrong; the SDK giving up its own task or hanging is wrong like any error."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()

    if not task.done():
        return TimeoutError()

    return asyncio.CancelledError() if task.cancelled() else task.exception()
