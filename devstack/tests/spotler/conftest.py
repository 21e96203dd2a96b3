"""A running simulator and a signing caller for every test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from devstack.spotler import SpotlerOptions, SpotlerSimulator
from devstack.spotler.dates import Clock, system_clock
from devstack.tests.spotler.client import Caller

type Start = Callable[..., Awaitable[Caller]]


@pytest.fixture
async def running() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def start(running: AsyncExitStack) -> Start:
    """Start simulators with switches of the test's choice."""

    async def begin(clock: Clock = system_clock, **switches: Any) -> Caller:  # noqa: ANN401  # of many types
        simulator = SpotlerSimulator(options=SpotlerOptions(**switches), clock=clock)
        facts = await simulator.start()
        running.push_async_callback(simulator.stop)
        session = await running.enter_async_context(aiohttp.ClientSession())

        return Caller(simulator, facts, session)

    return begin


@pytest.fixture
async def spotler(start: Start) -> Caller:
    """Return a caller of a simulator with the default switches."""
    return await start()
