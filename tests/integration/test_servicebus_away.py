"""Service Bus goes away while Dataverse sends its webhooks."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import pytest

from devstack.stack import StackOptions
from tests.integration.conftest import Local
from tests.integration.test_webhook_answers import KEYS, a_body, post, queue

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F66"),
    pytest.mark.asyncio(loop_scope="module"),
]

LOCK_SECONDS = 5
"""What was in hand when the connections broke comes back after the lock."""

AWAY_SECONDS = 12
DATAVERSE_WAITS_SECONDS = 60
CALLS = 150


MOST_HELD = 200
BEYOND = 100
SOON_SECONDS = 15
"""Is long before a send that hangs is given up."""


@contextmanager
def hanging(pid: int) -> Iterator[None]:
    """Let a process answer nothing, and go on in the end."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack whose messages come back soon."""
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.1"}, lock_seconds=LOCK_SECONDS)


@pytest.mark.parametrize("fault", ["refuse_connections", "refuse_sends"])
async def test_every_webhook_outlasts_outage(local: Local, fault: str) -> None:
    """
    Webhooks that come while Service Bus is away are held until it takes them; none is lost.
    """
    view = local.stack.facts("servicebus")["view"]
    assert await post(local, a_body(local)) == (202, None)
    before = (await queue(local))["incoming"]
    began = time.monotonic()
    await local.stack.control(
        "POST", f"{view}faults", {fault: {"seconds": AWAY_SECONDS}, "drop_connections": True}
    )

    answers = await asyncio.gather(*(post(local, a_body(local)) for _ in range(CALLS)))
    person = await local.crm.create("contact", lastname="Trouw", emailaddress1="trouw@example.nl")

    assert answers == [(202, None)] * CALLS
    assert AWAY_SECONDS < time.monotonic() - began < DATAVERSE_WAITS_SECONDS
    await local.stack.incoming(before + CALLS + 1)
    await local.spotler.until(person, lastName="Trouw")


async def test_hanging_service_bus_holds_few(local: Local) -> None:
    """
    While Service Bus answers nothing a bounded number of webhooks is held; the others are told.
    """
    assert await post(local, a_body(local)) == (202, None)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def call() -> int:
            body = a_body(local)
            async with http.post(local.stack.webhook_url, data=body, headers=KEYS) as answer:
                return answer.status

        with hanging(local.stack.parts["servicebus"].pid):
            calls = [asyncio.create_task(call()) for _ in range(MOST_HELD + BEYOND)]
            answers = asyncio.as_completed(calls, timeout=SOON_SECONDS)
            first = [await next(answers) for _ in range(BEYOND)]
        rest = [await answer for answer in answers]

    assert first == [503] * BEYOND
    assert rest == [202] * MOST_HELD
