"""A running simulator and a signing caller for every test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from devstack.spotler import SpotlerOptions, SpotlerSimulator
from devstack.spotler.dates import Clock, system_clock
from devstack.tests.spotler.client import Caller
from devstack.tests.spotler.mail_stage import happens

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


@pytest.fixture
async def mailed(spotler: Caller) -> Caller:
    """Return a Spotler with a mailing that two people got and one reacted to."""
    await spotler.control(
        "PUT",
        "/mailings/m-1",
        {
            "name": "Januari",
            "subject": "Een goed jaar",
            "scheduledStartDate": "2001-01-10T10:00:00Z",
            "links": [
                {"id": 7, "name": "Winkel", "url": "https://example.nl/", "type": "webshop"},
                {"id": 8, "name": "Blog", "url": "https://example.nl/blog"},
            ],
        },
    )
    for contact in ("c-1", "c-2"):
        await spotler.has(contact, email=f"{contact}@example.nl")
        await happens(spotler, "sent", "m-1", contact)
    await happens(spotler, "opened", "m-1", "c-1")
    await happens(spotler, "clicked", "m-1", "c-1", linkId=7)
    await happens(spotler, "bounced", "m-1", "c-2", bounceType="SOFT")

    return spotler
