"""Initial syncs through the front door: everybody goes over, whatever is done meanwhile."""

import asyncio

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from devstack.stack.call_count import CallCount
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.equality import differences
from tests.integration.existing_people import (
    CONTACTS,
    LEADS,
    LIST,
    PEOPLE,
    SLOW,
    SPOTLER,
    check_complete,
    forget_records,
    reachable,
    start_anew,
)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

AT_MOST_PER_HUNDRED = 5
SENDS = 3
"""Is how many messages of its own a job of two pages sends."""

NOW_AND_THEN = ("settings", "Tables")
"""A table is made once, and when people last went over is noted once in five seconds."""

PROOF = 1
"""Whose environment it is, is asked as a job is started and once a minute, whoever goes over."""


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack that counts its calls, and where no limit is met and no timer calls."""
    return StackOptions(
        dataverse=("--limit-requests", "1000000", "--limit-seconds", "0"),
        table_access_log=True,
        settings={"RETRY_FIRST_SECONDS": "0.1", "AzureWebJobs.wake_jobs.Disabled": "true"},
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


@pytest.mark.feature("F38", "F39", "F40", "F41", "F107", "F109", "F117")
@pytest.mark.parametrize(("kind", "table"), [(CONTACTS, "contact"), (LEADS, "lead")])
async def test_everybody_goes_over(
    local: Local, admin: Administrator, kind: str, table: str
) -> None:
    """
    All people are in Spotler in the end, and the counts add up to what is there.
    """
    await start_anew(local, table=table)

    job = await admin.until(await admin.start(kind))

    people = await reachable(local, table)
    assert (job["done"], job["total"], job["failed"]) == (PEOPLE, PEOPLE, 0)
    assert job["in_sync"] + job["excluded"] == PEOPLE
    assert job["in_sync"] == people == len(await local.spotler.contacts())
    assert await differences(local) == []
    bookmark = await admin.bookmark(kind)
    assert (bookmark["PageNumber"], bookmark["IsProcessed"]) == (2, True)


@pytest.mark.feature("F39")
async def test_calls_are_few(local: Local, admin: Administrator) -> None:
    """
    A hundred contacts cost at most five calls to all systems together, and nothing the next time.
    """
    await start_anew(local)
    count = await CallCount.begun(local.stack, without=NOW_AND_THEN)

    await admin.start(CONTACTS)
    await local.stack.settle()

    calls = await count.read()
    assert calls.total - PROOF + SENDS <= AT_MOST_PER_HUNDRED * PEOPLE / 100, calls

    await local.spotler.forget_calls()
    again = await admin.until(await admin.start(CONTACTS))
    await check_complete(local, again)
    assert await local.spotler.calls(LIST) == 0


@pytest.mark.feature("F40", "F108")
async def test_anyone_sees_the_same(local: Local, admin: Administrator) -> None:
    """
    A reader sees who started what and how far it is, is told only what is new, and changes nothing.
    """
    await start_anew(local)
    reader = await Administrator.of(local.stack, "reader")

    job = await admin.until(await admin.start(CONTACTS))

    _, me = await admin.call("GET", "/me")
    assert await reader.show(job) == job
    assert job["started_by"] == me["object_id"]
    assert await reader.etag(job) == await admin.etag(job)
    status, _ = await reader.call(
        "GET", f"/jobs/{job['id']}", headers={"If-None-Match": await reader.etag(job)}
    )
    assert status == 304
    for path in ("/jobs", f"/jobs/{job['id']}/pause", f"/jobs/{job['id']}/cancel"):
        assert (await reader.call("POST", path, {"kind": CONTACTS}))[0] == 403


@pytest.mark.feature("F38", "F66")
async def test_forgotten_merge_is_carried_out(local: Local, admin: Administrator) -> None:
    """
    Where the table of records was lost, a row that was merged is found by the sync, and retired.
    """
    await start_anew(local, count=1)
    rows = [
        await local.crm.create("contact", lastname="Kwijt", emailaddress1=f"{who}@kwijt.nl")
        for who in ("blijft", "gaat")
    ]
    for row in rows:
        await local.spotler.until(row, lastName="Kwijt")
        await local.spotler.permit(row, 1)
    await local.spotler.permit(rows[0], 2)
    await local.stack.settle()
    dynamics = DynamicsAdmin(local)
    await dynamics.switch_steps(on=False)
    await dynamics.merge(*rows)
    await dynamics.switch_steps(on=True)
    await forget_records(local)

    await admin.until(await admin.start(CONTACTS))
    await local.stack.settle()

    people = await local.spotler.contacts()
    allowed = [[bit for bit, is_on in people[row]["permissions"].items() if is_on] for row in rows]
    assert allowed == [["1"], []]


@pytest.mark.feature("F39")
async def test_paused_and_resumed_twenty_times(local: Local, admin: Administrator) -> None:
    """
    However often a job is paused and resumed, it goes on, and ends with the right counts.
    """
    await start_anew(local)
    await local.faults("spotler", SLOW | {"seconds": 2})
    job = await admin.start(CONTACTS)

    for _ in range(20):
        assert (await admin.do("pause", job))["state"] == "paused"
        assert (await admin.do("resume", job))["state"] == "running"
    await local.faults("spotler")

    await check_complete(local, await admin.until(job))


@pytest.mark.feature("F111")
async def test_pause_finishes_the_page(local: Local, admin: Administrator) -> None:
    """
    A paused job counts the page under way, stands still as not processed, and goes on from there.
    """
    await start_anew(local)
    await local.faults("spotler", SLOW)
    job = await admin.start(CONTACTS)
    await admin.do("pause", job)

    await local.stack.settle()

    paused = await admin.show(job)
    assert (paused["state"], paused["done"]) in {("paused", 0), ("paused", 2000)}
    assert (await admin.bookmark(CONTACTS))["IsProcessed"] is False
    await local.faults("spotler")
    await admin.do("resume", job)
    await check_complete(local, await admin.until(job))


async def test_cancelled_job_ends(local: Local, admin: Administrator) -> None:
    """
    A cancelled job stops after its page and cannot go on; another one may begin.
    """
    await start_anew(local)
    await local.faults("spotler", SLOW)
    job = await admin.start(CONTACTS)
    second, refusal = await admin.call("POST", "/jobs", {"kind": CONTACTS})

    await admin.do("cancel", job)
    await local.stack.settle()

    cancelled = await admin.show(job)
    assert (second, refusal["code"]) == (409, "job_running")
    assert (cancelled["state"], cancelled["done"] < PEOPLE) == ("cancelled", True)
    assert (await admin.call("POST", f"/jobs/{job['id']}/resume"))[0] == 409
    await local.faults("spotler")
    await check_complete(local, await admin.until(await admin.start(CONTACTS)))


@pytest.mark.feature("F110", "F112")
async def test_refused_record_is_counted(local: Local, admin: Administrator) -> None:
    """
    Whom Spotler refuses is counted as failed and waits for a person; all others go over.
    """
    await start_anew(local, 250)
    rows = await local.crm.rows("contact", "emailaddress1")
    refused = next(one for one, row in rows.items() if row["emailaddress1"])
    control = f"{local.stack.facts('spotler')['url']}/_devstack"
    await local.stack.control("PUT", f"{control}/refusals/{refused}", {"code": "PROPERTY_INVALID"})

    job = await admin.until(await admin.start(CONTACTS))

    assert job["failed"] == 1
    assert job["in_sync"] == await reachable(local) - 1 == len(await local.spotler.contacts())
    assert job["done"] == 250
    assert (await admin.bookmark(CONTACTS))["IsProcessed"] is True


async def test_outage_is_waited_out(local: Local, admin: Administrator) -> None:
    """
    While Spotler is too busy the page comes back, and nothing of it is lost or counted twice.
    """
    await start_anew(local)
    await local.faults(
        "spotler",
        {"path": SPOTLER, "kind": "status", "status": 429, "retry_after": 0.5, "times": 6},
        {"path": SPOTLER, "kind": "reset_after", "rate": 0.1},
        {"path": SPOTLER, "kind": "status", "status": 500, "rate": 0.1},
    )

    job = await admin.until(await admin.start(CONTACTS))
    await local.faults("spotler")
    await local.stack.settle()

    assert job["done"] == PEOPLE
    assert await differences(local) == []


async def test_changes_pass_a_running_job(local: Local, admin: Administrator) -> None:
    """
    Who changes while a job runs is in Spotler before the job is done.
    """
    await start_anew(local)
    await local.faults("spotler", SLOW)
    job = await admin.start(CONTACTS)

    lead = await local.crm.create("lead", lastname="Snel", emailaddress1="snel@example.nl")
    await local.spotler.until(lead, lastName="Snel")

    assert (await admin.show(job))["state"] == "running"
    await local.faults("spotler")
    assert (await admin.until(job))["done"] == PEOPLE


async def test_both_jobs_side_by_side(local: Local, admin: Administrator) -> None:
    """
    Contacts and leads may be synced at the same time.
    """
    await start_anew(local, 1200, "lead")
    crm = f"{local.stack.facts('dataverse')['url']}/_devstack"
    await local.stack.control("POST", f"{crm}/seed", {"count": 1200, "seed": 2})

    jobs = [await admin.start(kind) for kind in (CONTACTS, LEADS)]
    done = await asyncio.gather(*(admin.until(job) for job in jobs))

    assert [job["done"] for job in done] == [1200, 1200]
    assert await differences(local) == []
