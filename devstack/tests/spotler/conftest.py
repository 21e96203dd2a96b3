"""A running simulator and a signing caller for every test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from devstack.spotler import SpotlerOptions, SpotlerSimulator
from devstack.tests.spotler.client import Caller

type Start = Callable[..., Awaitable[Caller]]

START = 1_735_689_600_000


class SettableClock:
    """Time that goes on by a second for each look, or stands where a test puts it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        self.now += 1000
        return self.now


@pytest.fixture
async def running() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def start(running: AsyncExitStack) -> Start:
    """Start simulators with switches of the test's choice."""

    async def begin(clock: Callable[[], int] | None = None, **switches: Any) -> Caller:
        more = {} if clock is None else {"clock": clock}
        simulator = SpotlerSimulator(options=SpotlerOptions(**switches), **more)
        facts = await simulator.start()
        running.push_async_callback(simulator.stop)
        session = await running.enter_async_context(aiohttp.ClientSession())

        return Caller(simulator, facts, session)

    return begin


@pytest.fixture
async def spotler(start: Start) -> Caller:
    """Return a caller of a simulator with the default switches."""
    return await start()
