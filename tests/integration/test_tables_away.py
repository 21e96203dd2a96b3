"""Table Storage goes away while messages come in, and is empty when it comes back."""

import asyncio
import json
from collections import Counter
from collections.abc import Hashable

import pytest

from connector.adapters.messages import ATTEMPT
from devstack.stack import StackOptions
from tests.integration.conftest import Local
from tests.integration.test_garbage import parked_bodies, queue_counts, send_bodies

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F66"),
    pytest.mark.asyncio(loop_scope="module"),
]

GARBAGE = "no event of ours"
PEOPLE = 19
ROUNDS = 3


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Let what waits come back within a second, again and again."""
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.2", "RETRY_LONGEST_SECONDS": "1"})


async def test_garbage_repeats_no_neighbour(local: Local) -> None:
    """
    While the tables are away each message comes back once per attempt, and none dies.
    """
    await local.stack.kill_tables()
    for queue in ("jobs", "changes"):
        await send_bodies(local, queue, GARBAGE.encode())
    people = [
        await local.crm.create("contact", lastname=f"P{n}", emailaddress1=f"p{n}@example.nl")
        for n in range(PEOPLE)
    ]
    rounds = [_until_round(local, queue) for queue in ("changes", "jobs")]
    copies = Counter(message for queue in await asyncio.gather(*rounds) for message in queue)

    await local.stack.restart_tables()
    await local.spotler.until_all(people)
    await local.stack.settle()

    assert set(copies.values()) == {1}
    assert await parked_bodies(local) == [GARBAGE.encode()] * 2  # one of each queue
    for queue in ("changes", "jobs"):
        assert (await queue_counts(local, queue))["dead_lettered"] == 0


async def _until_round(local: Local, queue: str) -> list[Hashable]:
    """Return what ever lay on a queue: whose message it was, and which attempt."""
    seen: list[Hashable] = []
    async with asyncio.timeout(60):
        while (queue, GARBAGE, ROUNDS) not in seen:
            await asyncio.sleep(0.05)
            view = local.stack.facts("servicebus")["view"]
            journal = await local.stack.control("GET", f"{view}queues/{queue}/journal")
            seen = [(queue, *_whose(one)) for one in journal["messages"]]

    return seen


def _whose(message: dict[str, object]) -> tuple[Hashable, Hashable]:
    body, properties = str(message["body"]), message["application_properties"]
    if body == GARBAGE:
        assert isinstance(properties, dict)
        return body, properties.get(ATTEMPT, 0)

    event = json.loads(body)

    return event["id"], event["attempt"]
