"""What goes by the clock needs several queues and tables: one that is away stops no other part."""

import pytest

from devstack.stack import FULL, StackOptions
from devstack.stack.stack import MASTER_KEY
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.test_licence import end_licence, parked

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack in which a job that waits stands still at once."""
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.1", "JOB_STANDSTILL_SECONDS": "0"})


async def test_job_that_cannot_be_woken_holds_nobody(local: Local) -> None:
    """
    While the queue of jobs takes nothing, who was held for a licence goes on; then the job does.
    """
    admin = await Administrator.of(local.stack)
    faults = f"{local.stack.facts('servicebus')['view']}faults"
    await local.stack.control("POST", faults, {"refuse_sends": {"queue": "jobs"}})
    job = await admin.start("leads_to_spotler")
    await end_licence(local)
    person = await local.crm.create("contact", lastname="Held", emailaddress1="held@example.nl")
    await local.stack.settle()
    held = await parked(admin)
    await local.stack.write_licence(FULL)

    await wake(local)
    await local.spotler.until(person)
    waiting = await admin.show(job)
    await local.stack.control("DELETE", faults)
    await wake(local)

    assert held == [(person, "licence")]
    assert waiting["done"] == 0
    assert (await admin.until(job))["state"] == "done"


async def wake(local: Local) -> None:
    """Run the timer now."""
    host = local.stack.hosts[0].facts["url"]
    async with local.stack.http.post(
        f"{host}/admin/functions/wake_jobs",
        json={"input": ""},
        headers={"x-functions-key": MASTER_KEY},
        raise_for_status=True,
    ):
        pass
