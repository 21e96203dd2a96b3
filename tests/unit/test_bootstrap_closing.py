"""What is open is closed when the loop ends."""

import asyncio
import gc

import pytest

from connector.bootstrap import closing
from connector.bootstrap.closing import close_with_loop


def test_connections_close_with_the_loop() -> None:
    """
    When the event loop ends everything is closed once, while it can still work.
    """
    closed: list[str] = []

    async def close() -> None:
        await asyncio.sleep(0)
        closed.append("all")

    async def work() -> None:
        close_with_loop(close)
        gc.collect()
        await asyncio.sleep(0)
        closed.append("worked")

    asyncio.run(work())

    assert closed == ["worked", "all"]


def test_hanging_connection_lets_go(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """
    A connection that cannot be closed does not keep the process.
    """
    monkeypatch.setattr(closing, "LONGEST_SECONDS", 0.01)

    async def hang() -> None:
        await asyncio.Event().wait()

    async def work() -> None:
        close_with_loop(hang)

    asyncio.run(work())

    assert caplog.messages == ["connections were not closed within 0.01 s"]


def test_nothing_waits_without_a_loop() -> None:
    """
    Where no loop runs nothing waits for its end.
    """

    async def close() -> None:
        raise AssertionError

    close_with_loop(close)
    gc.collect()
