"""A host that ends while Service Bus takes nothing takes changes with it: that is told, too."""

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.test_claims import health
from tests.integration.test_claims_of_work import create, until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F106"),
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack whose webhooks are held for longer than it takes to tell why."""
    return StackOptions(settings={"WEBHOOK_PATIENCE_SECONDS": "40"})


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "stopped"])
async def test_changes_of_a_host_that_ends_are_told_as_lost(
    local: Local, admin: Administrator, *, is_killed: bool
) -> None:
    """
    Webhooks that are held when the host ends give up nothing by themselves: they are lost with it.
    """
    faults = f"{local.stack.facts('servicebus')['view']}faults"
    condition = {"queue": "changes", "condition": "amqp:unauthorized-access"}
    await local.stack.control("POST", faults, {"refuse_sends": condition})
    await local.events(retry_delay=0.1)

    lost = await create(local, f"lost{is_killed}")
    refused = await until(admin, "queues", "sends_refused")
    await (local.stack.kill_host() if is_killed else local.stack.stop_host())
    await local.stack.control("DELETE", faults)
    await local.stack.start_host()
    person = await create(local, f"taken{is_killed}")
    await local.spotler.until(person)
    afterwards = await until(admin, "queues", "changes_lost")

    assert refused["since"] < afterwards["since"]
    assert afterwards["outcome"] == "warning"
    assert await health(local) == "ok"
    assert lost not in await local.spotler.contacts()
