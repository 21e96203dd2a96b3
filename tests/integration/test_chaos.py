"""Kill it, deliver twice, deliver out of order, refuse, break: both sides end equal.

Every round prints its seed. Dataverse tells of a change once and retries once, so requests that
come while no host runs wait at the front door, as they do in Azure during a cold start.
"""

import asyncio
import random

import pytest

from devstack.stack import StackOptions
from tests.integration.conftest import Local
from tests.integration.equality import differences
from tests.integration.mixed_events import MixedEvents

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.feature("F66", "F68", "F112"),
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

EVENTS = 500
SEEDS = range(20)
SPOTLER = "/integrationservice"
WORST_FAULTS = (
    {"path": SPOTLER, "kind": "status", "status": 429, "retry_after": 1, "rate": 0.05},
    {"path": SPOTLER, "kind": "status", "status": 500, "rate": 0.06},
    {"path": SPOTLER, "kind": "reset", "rate": 0.05},
    {"path": SPOTLER, "kind": "reset_after", "rate": 0.06},
)
"""Together a fifth of Spotler's answers; some after the work was done."""

READING = {"path": "/api/data/v9.2/", "method": "GET"}
READING_FAULTS = (
    {**READING, "kind": "status", "status": 429, "retry_after": 0.5, "rate": 0.1},
    {**READING, "kind": "reset", "rate": 0.1},
)


@pytest.fixture(scope="module", params=[1, 2], ids=["one host", "two hosts"])
def stack_options(request: pytest.FixtureRequest) -> StackOptions:
    """Return a stack whose locks are short, so that what a dead host held comes back soon."""
    return StackOptions(
        hosts=request.param,
        front_door=True,
        lock_seconds=3,
        dataverse=("--limit-requests", "0"),
        settings={"RETRY_FIRST_SECONDS": "0.2", "RETRY_LONGEST_SECONDS": "2"},
    )


async def test_twice_and_shuffled(local: Local) -> None:
    """
    Every event delivered twice, in random order.
    """
    await local.events(duplicates=1, shuffle=0.5, seed=1)

    await MixedEvents(local.crm, 1001).make(EVENTS)
    await local.stack.settle(120)

    assert await differences(local) == []


@pytest.mark.parametrize("seed", range(3))
async def test_races_end_with_the_newest(local: Local, seed: int) -> None:
    """
    The same few people change to and fro while several workers are slow in sending them.
    """
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    await local.faults(
        "spotler", {"path": SPOTLER, "kind": "latency", "seconds": 0.15, "rate": 0.4}
    )

    await MixedEvents(local.crm, seed).toggle(people=4, count=40)
    await local.stack.settle(120)

    assert await differences(local) == []


async def test_every_fifth_answer_fails(local: Local) -> None:
    """
    A fifth of Spotler's answers is 429, 500 or a dropped connection.
    """
    await local.faults("spotler", *WORST_FAULTS)

    await MixedEvents(local.crm, 1002).make(EVENTS)
    await local.stack.settle(120)

    assert await differences(local) == []


async def test_reading_fails_as_well(local: Local) -> None:
    """
    Dataverse throttles and drops the reading worker, and Spotler answers nonsense.
    """
    await local.faults("spotler", {"path": SPOTLER, "kind": "garbage", "rate": 0.2})
    await MixedEvents(local.crm, 1003).make(EVENTS)
    await local.faults("dataverse", *READING_FAULTS)

    await local.stack.settle(120)
    await local.faults("dataverse")

    assert await differences(local) == []


@pytest.mark.parametrize("seed", SEEDS)
async def test_killed_host_loses_nothing(local: Local, seed: int) -> None:
    """
    A host is killed at a seeded point of a burst and started again.
    """
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    dice = random.Random(seed)
    victim = dice.randrange(len(local.stack.hosts))
    if seed % 2:
        await local.events(duplicates=0.5, shuffle=0.2, seed=seed)
        await local.faults("spotler", *WORST_FAULTS)

    before = await _incoming(local)
    burst = asyncio.create_task(MixedEvents(local.crm, seed).make(EVENTS))
    point = before + dice.randrange(1, EVENTS)
    while await _incoming(local) < point:
        continue
    await local.stack.kill_host(victim)
    await local.stack.start_host(victim)
    await burst
    await local.stack.settle(120)

    assert await differences(local) == []


async def _incoming(local: Local) -> int:
    """Return how many messages Service Bus has taken."""
    view = local.stack.facts("servicebus")["view"]

    return int((await local.stack.control("GET", f"{view}queues/changes"))["incoming"])
