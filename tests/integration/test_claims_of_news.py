"""What came in, went over and stands still is told as it is, whatever we make ourselves."""

import asyncio
import datetime as dt
from typing import Any

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.test_claims import health
from tests.integration.test_claims_of_work import create, until
from tests.integration.test_timer_parts import wake

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F106"),
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

TOLD_LATEST = 40
POLL_SECONDS = 0.2

type Moments = dict[str, dt.datetime]


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack that tries again soon."""
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.5", "RETRY_LONGEST_SECONDS": "2"})


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def activity_after(admin: Administrator, name: str, moment: dt.datetime) -> Moments:
    """Return when what last happened, as soon as one of it did so after a moment."""
    async with asyncio.timeout(TOLD_LATEST):
        while True:
            _, view = await admin.call("GET", "/connection")
            told = {
                key: dt.datetime.fromisoformat(at) for key, at in view["activity"].items() if at
            }
            if name in told and told[name] > moment:
                return told
            await asyncio.sleep(POLL_SECONDS)


async def test_pointer_of_ours_is_no_news(local: Local, admin: Administrator) -> None:
    """
    Who shows a row with another name goes over long after Dynamics told of it: it came in then.
    """
    company = await local.crm.create("account", name="Tulp")
    lookup: dict[str, Any] = {"parentcustomerid_account@odata.bind": f"/accounts({company})"}
    person = await local.crm.create(
        "contact", lastname="Jansen", emailaddress1="jansen@example.nl", **lookup
    )
    await local.spotler.until(person, organisation="Tulp")
    away = {"path": "/api/data/v9.2/contacts", "method": "GET", "status": 503, "body": ""}
    await local.faults("dataverse", away)
    began = dt.datetime.now(dt.UTC)

    await local.crm.update("account", company, name="Roos")
    await until(admin, "changes", "dataverse_unreachable")
    mended = dt.datetime.now(dt.UTC)
    await local.faults("dataverse")
    await local.spotler.until(person, organisation="Roos")
    told = await activity_after(admin, "sent_at", mended)

    assert began < told["received_at"] < mended


@pytest.mark.parametrize(
    ("policy", "address"),
    [
        pytest.param("withdraw", None, id="never in spotler"),
        pytest.param("keep", "bewaard@example.nl", id="kept in spotler"),
    ],
)
async def test_deletion_that_tells_spotler_nothing_is_not_sent(
    local: Local, admin: Administrator, policy: str, address: str | None
) -> None:
    """
    A deletion that ends nobody in Spotler came in, and nothing went over.
    """
    await local.stack.stop_host()
    local.stack.settings["ON_DELETE"] = policy
    await local.stack.start_host()
    person = await local.crm.create("contact", lastname="Weg", emailaddress1=address)
    if address:
        await local.spotler.until(person)
    await local.stack.settle()
    began = dt.datetime.now(dt.UTC)

    await local.crm.delete("contact", person)
    told = await activity_after(admin, "received_at", began)

    assert "sent_at" not in told or told["sent_at"] < began


async def until_it_waits(admin: Administrator, job: Json) -> Json:
    """Return a job as soon as it waits: one that was just woken is about to send its step."""
    async with asyncio.timeout(30):
        while (seen := await admin.show(job))["cause"] is None:  # noqa: ASYNC110 - the job calls nobody back
            await asyncio.sleep(POLL_SECONDS)

    return seen


async def test_job_whose_queue_takes_nothing_is_told(local: Local, admin: Administrator) -> None:
    """
    Our identity may not send to the queue of jobs: the job and the check say so until it may.
    """
    faults = f"{local.stack.facts('servicebus')['view']}faults"
    condition = {"queue": "jobs", "condition": "amqp:unauthorized-access"}
    await local.stack.control("POST", faults, {"refuse_sends": condition})

    job = await admin.start("leads_to_spotler")
    refused = await until(admin, "queues", "steps_refused")
    state = await health(local)
    await wake(local)
    person = await create(local, "meanwhile")
    await local.spotler.until(person)
    still = await until_it_waits(admin, job)
    await local.stack.control("DELETE", faults)
    await wake(local)
    done = await admin.until(job)

    assert (job["state"], job["cause"], state) == ("running", "queue", "degraded")
    assert (still["state"], still["cause"], still["done"]) == ("running", "queue", 0)
    assert still["waits_until"] >= job["waits_until"]
    assert refused["outcome"] == "failed"
    assert "queue jobs" in refused["detail"]
    assert done["cause"] is None
    assert (await until(admin, "queues", None))["outcome"] == "ok"
    assert await health(local) == "ok"
