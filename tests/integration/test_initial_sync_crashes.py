"""Hosts die and messages get lost in the middle of an initial sync: it ends complete.

Where a host dies between pages and calls is the point, and not how large they are: they are small.
"""

import asyncio
import random
from pathlib import Path

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from devstack.stack.stack import MASTER_KEY
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.existing_people import (
    CONTACTS,
    LIST,
    SPOTLER,
    check_complete,
    start_anew,
)

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PEOPLE = 260
"""A page, and some of another."""

CALLS = PEOPLE // 10
CALLS_PER_PAGE = 20
BRIEF = {"path": f"{SPOTLER}/contact/list", "kind": "latency", "seconds": 0.1}
SEEDS = range(10)


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack whose locks are short, so that what a dead host held comes back soon."""
    return StackOptions(
        app=Path(__file__).with_name("small_sizes"),
        front_door=True,
        lock_seconds=5,
        dataverse=("--limit-requests", "0"),
        settings={"RETRY_FIRST_SECONDS": "0.1"},
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


@pytest.mark.feature("F111", "F117")
@pytest.mark.parametrize("seed", SEEDS)
async def test_killed_job_ends_complete(local: Local, admin: Administrator, seed: int) -> None:
    """
    After a kill at a seeded point the job ends with the right counts, and repeats a page at most.
    """
    dice = random.Random(seed)
    point = dice.randrange(1, CALLS)
    await _begin(local)
    await local.spotler.forget_calls()
    await local.faults("spotler", BRIEF)
    job = await admin.start(CONTACTS)

    while await local.spotler.calls(LIST) < point:  # noqa: ASYNC110 - Spotler calls nobody back
        await asyncio.sleep(0.01)
    await asyncio.sleep(dice.random() / 5)
    await local.stack.kill_host()
    before = await local.spotler.calls(LIST)
    await local.stack.start_host()

    await check_complete(local, await admin.until(job), PEOPLE)
    of_the_page = before - CALLS_PER_PAGE if before > CALLS_PER_PAGE else before
    assert await local.spotler.calls(LIST) <= CALLS + of_the_page


@pytest.mark.feature("F111")
async def test_lost_step_is_sent_again(local: Local, admin: Administrator) -> None:
    """
    A job whose step is nowhere any more is found by the timer and goes on.
    """
    await _begin(local)
    job = await admin.start(CONTACTS)
    await admin.until(job, pages=1)
    await local.stack.kill_host()
    await local.stack.control("DELETE", f"{local.stack.facts('servicebus')['view']}messages")
    local.stack.settings["JOB_STANDSTILL_SECONDS"] = "0"
    await local.stack.start_host()

    before = await admin.show(job)
    await _wake(local)

    assert before["state"] == "running"
    await check_complete(local, await admin.until(job), PEOPLE)


async def _begin(local: Local) -> None:
    """Begin when nothing is under way: who raced before would count as deleted in an empty CRM."""
    await local.stack.settle()
    await start_anew(local, PEOPLE)


async def _wake(local: Local) -> None:
    host = local.stack.hosts[0].facts["url"]
    async with local.stack.http.post(
        f"{host}/admin/functions/wake_jobs",
        json={"input": ""},
        headers={"x-functions-key": MASTER_KEY},
        raise_for_status=True,
    ):
        pass
