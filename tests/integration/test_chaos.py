"""Kill it, deliver twice, deliver out of order, refuse, break: both sides end equal.

Every round prints its seed. Dataverse tells of a change once and retries once, so requests that
come while no host runs wait at the front door, as they do in Azure during a cold start.
"""

import asyncio
import random
from collections.abc import Mapping
from typing import cast

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
SEEDS = [0, 1, pytest.param(2, marks=pytest.mark.soak)]
PERMITTED = 20
KILLS = 7
"""In each burst: fourteen in all, with one host and again with two; `make soak` has one more."""

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
    {**READING, "kind": "status", "status": 429, "retry_after": 0.5, "rate": 0.05},
    {**READING, "kind": "reset", "rate": 0.05},
)
"""Seldom enough for each attempt to have a fair chance: it takes several calls of both sides."""


@pytest.fixture(scope="module", params=[1, 2], ids=["one host", "two hosts"])
def stack_options(request: pytest.FixtureRequest) -> StackOptions:
    """Return a stack whose locks are short, so that what a dead host held comes back soon."""
    return StackOptions(
        hosts=request.param,
        front_door=True,
        lock_seconds=3,
        dataverse=("--limit-requests", "0"),
        # So fast the usual attempts are spent in a minute, where they last for hours.
        settings={
            "RETRY_FIRST_SECONDS": "0.2",
            "RETRY_LONGEST_SECONDS": "2",
            "RETRY_ATTEMPTS": "80",
        },
    )


async def test_twice_and_shuffled(local: Local) -> None:
    """
    Every event delivered twice, in random order.
    """
    await local.events(duplicates=1, shuffle=0.5, seed=1)

    events = MixedEvents(local.crm, 1001)
    permitted = await _permitted(local, events)
    await events.make(EVENTS)
    await local.stack.settle(120)

    assert await differences(local, permitted) == []


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
    await local.faults("spotler", {"path": SPOTLER, "kind": "garbage", "rate": 0.1})
    await MixedEvents(local.crm, 1003).make(EVENTS)
    await local.faults("dataverse", *READING_FAULTS)

    await local.stack.settle(120)
    await local.faults("dataverse")

    assert await differences(local) == []


@pytest.mark.parametrize("seed", SEEDS)
async def test_killed_hosts_lose_nothing(local: Local, seed: int) -> None:
    """
    Hosts are killed at seeded points of a burst, and started again each time.
    """
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    events = MixedEvents(local.crm, seed)
    permitted = await _permitted(local, events)
    if seed % 2:
        await local.events(duplicates=0.5, shuffle=0.2, seed=seed)
        await local.faults("spotler", *WORST_FAULTS)

    before = await local.stack.incoming()
    points = [before + point for point in random.Random(seed).sample(range(1, EVENTS), KILLS)]
    hosts = local.stack.options.hosts
    async with asyncio.TaskGroup() as group:
        group.create_task(events.make(EVENTS))
        for host in range(hosts):
            group.create_task(_kill_again_and_again(local, host, sorted(points[host::hosts])))
    await local.stack.settle(120)

    assert (await _told(local))["failed"] == 0
    assert await differences(local, permitted) == []


async def _permitted(local: Local, events: MixedEvents) -> list[str]:
    """Return people who are in Spotler and may be mailed; the burst is going to delete some."""
    people = await events.begin(PERMITTED)
    await local.stack.settle(120)
    for person in people:
        await local.spotler.permit(person, 1)

    return people


async def _kill_again_and_again(local: Local, host: int, points: list[int]) -> None:
    """Kill a host each time that so many messages have come, and start it again."""
    for point in points:
        await local.stack.incoming(point)
        await _until_nothing_is_retried(local)
        await local.stack.kill_host(host)
        await local.stack.start_host(host)


async def _until_nothing_is_retried(local: Local) -> None:
    """Wait for what Dataverse would not send a third time: it would be lost before it came."""
    while (await _told(local))["retrying"]:  # noqa: ASYNC110 - Dataverse calls nobody back
        await asyncio.sleep(0.02)


async def _told(local: Local) -> Mapping[str, int]:
    """Return how many changes Dataverse has told of, and of how many in vain."""
    url = f"{local.stack.facts('dataverse')['url']}/_devstack/events"

    return cast("Mapping[str, int]", await local.stack.control("GET", url))
