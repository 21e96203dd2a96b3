"""Hosts die in the middle of a sync to Dynamics: it ends complete, and nobody is there twice.

Where a host dies between pages and slices is the point, and not how large they are: they are small.
"""

import asyncio
import random
from pathlib import Path

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.spotler_account import a_crowd, add_people, start, start_empty, table

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

COUNT = 160
"""A page, and some of another."""

SEEDS = range(5)


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack whose locks are short, so that what a dead host held comes back soon."""
    return StackOptions(
        app=Path(__file__).with_name("small_sizes"),
        front_door=True,
        lock_seconds=2,
        dataverse=("--limit-requests", "0"),
        settings={"RETRY_FIRST_SECONDS": "0.1"},
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


@pytest.mark.feature("F39", "F110", "F111", "F117")
@pytest.mark.parametrize("seed", SEEDS)
async def test_killed_job_ends_complete(local: Local, admin: Administrator, seed: int) -> None:
    """
    After a kill at a seeded point every person is there once, and counted once, as created.
    """
    dice = random.Random(seed)
    point = dice.randrange(1, COUNT)
    await start_empty(local)
    await add_people(local, *a_crowd(COUNT))
    job = await start(local, admin)

    while await local.crm.count("contact") < point:  # noqa: ASYNC110 - it calls nobody back
        await asyncio.sleep(0.01)
    await local.stack.kill_host()
    await local.stack.start_host()

    done = await admin.until(job, seconds=120)
    addresses = [row["emailaddress1"] for row in await table(local, "contact", "emailaddress1")]
    assert (done["state"], done["done"], done["in_sync"]) == ("done", COUNT, COUNT)
    assert done["details"]["created"] == COUNT
    assert sorted(addresses) == sorted(str(one["email"]) for one in a_crowd(COUNT))
