"""Service Bus goes away while Dataverse sends its webhooks."""

import asyncio
import time

import pytest

from devstack.stack import StackOptions
from tests.integration.conftest import Local
from tests.integration.test_webhook_answers import a_body, post, queue

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
