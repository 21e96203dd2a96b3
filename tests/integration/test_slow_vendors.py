"""A vendor that is slow, or asks for days of patience, holds nothing up for longer than it must."""

import asyncio
import datetime as dt

import pytest

from devstack.stack import StackOptions
from tests.integration.administrator import POLL_SECONDS, Administrator, Json
from tests.integration.conftest import Local
from tests.integration.test_misconfigured import restart

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

PEOPLE = 24
SLOW = 28.0
"""Is how long a call takes that is still waited for: eight people at a time, twice in a minute."""


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.1"})


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_slow_spotler_holds_up_those_it_is_asked_for(local: Local) -> None:
    """
    Of many who are emptied some go over in a minute, none is lost to a time-out, and all go.
    """
    people = [
        await local.crm.create(
            "contact",
            lastname=f"Traag {number}",
            mobilephone="0612345678",
            emailaddress1=f"traag{number}@example.nl",
        )
        for number in range(PEOPLE)
    ]
    await local.stack.settle()
    await restart(local, **{"AzureWebJobs.sync_changes.Disabled": "true"})
    await local.crm.update_all("contact", {one: {"mobilephone": None} for one in people})
    told = f"{local.stack.facts('dataverse')['url']}/_devstack/events/idle"
    await local.stack.control("GET", told, params={"timeout": "60"})
    path = "/integrationservice/contact"
    slow = [
        {"path": f"{path}/{digit}", "method": "GET", "kind": "latency", "seconds": SLOW}
        for digit in "0123456789abcdef"
    ]
    await local.faults("spotler", *slow)

    await restart(local, **{"AzureWebJobs.sync_changes.Disabled": "false"})
    async with asyncio.timeout(90):
        some = await until_some_emptied(local, people)
    await local.faults("spotler")
    await local.stack.settle()

    assert 0 < len(some) < PEOPLE
    assert len(await emptied(local, people)) == PEOPLE


async def test_dataverse_is_left_alone_for_an_hour(shared: Local) -> None:
    """
    One answer that asks for eleven days puts a job off for an hour, and it can be cancelled.
    """
    admin = await Administrator.of(shared.stack)
    throttled = {"path": "/api/data/v9.2/leads", "status": 429, "retry_after": 999_999}
    await shared.faults("dataverse", throttled)

    job = await admin.start("leads_to_spotler")
    async with asyncio.timeout(30):
        until = await until_waiting(admin, job)
    wait = dt.datetime.fromisoformat(until) - dt.datetime.now(dt.UTC)
    await admin.do("cancel", job)
    # What is scheduled stays so for an hour, so that nothing of this module can come after it.
    await shared.faults("dataverse")

    assert dt.timedelta(minutes=50) < wait <= dt.timedelta(hours=1)


async def until_waiting(admin: Administrator, job: Json) -> str:
    """Return until when a job waits, as soon as it does."""
    while True:
        until = (await admin.show(job))["waits_until"]
        if until is not None:
            return str(until)
        await asyncio.sleep(POLL_SECONDS)


async def until_some_emptied(local: Local, people: list[str]) -> list[str]:
    """Return whose telephone is empty in Spotler, as soon as anybody's is."""
    while True:
        some = await emptied(local, people)
        if some:
            return some
        await asyncio.sleep(POLL_SECONDS)


async def emptied(local: Local, people: list[str]) -> list[str]:
    """Return whose telephone is empty in Spotler."""
    there = await local.spotler.contacts()

    return [one for one in people if not there[one]["properties"].get("mobilePhone")]
