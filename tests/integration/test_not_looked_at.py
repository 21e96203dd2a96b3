"""Rows that were never looked at: what is gone from Dynamics hides none of them."""

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.existing_people import CONTACTS

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack where a reading person meets no limit."""
    return StackOptions(
        dataverse=("--limit-requests", "0"), settings={"RETRY_FIRST_SECONDS": "0.1"}
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def counted(local: Local, admin: Administrator) -> int:
    """Return the count of a host that never asked Dynamics before."""
    await local.stack.kill_host()
    await local.stack.start_host()
    status, answer = await admin.call("GET", "/records/counts")
    assert status == 200, answer

    return int(answer["not_looked_at"])


async def record(admin: Administrator, table: str, row: str) -> Json:
    _, answer = await admin.call("GET", f"/records/{table}/{row}")

    return dict(answer["record"])


@pytest.mark.feature("F103")
async def test_deleted_lead_hides_nobody(local: Local, admin: Administrator) -> None:
    """
    A lead that was handed over and is deleted since is no row any more.
    """
    lead = await local.crm.create("lead", lastname="Over", emailaddress1="over@voorbeeld.nl")
    await local.spotler.until(lead)
    await local.crm.qualify(lead)
    await local.spotler.until(lead, freeField1="Contact")
    await local.stack.settle()
    await local.crm.delete("lead", lead)
    await local.stack.settle()
    dynamics = DynamicsAdmin(local)
    await dynamics.switch_steps(on=False)
    await local.crm.create("lead", lastname="Ongezien", emailaddress1="on@voorbeeld.nl")
    await dynamics.switch_steps(on=True)

    assert await counted(local, admin) == 1
    found = await record(admin, "lead", lead)
    assert (found["reason"], found["code"], found["can_be_sent"]) == (
        *("handed_over", "deleted"),
        False,
    )


@pytest.mark.feature("F103")
async def test_who_was_never_sent_hides_nobody(local: Local, admin: Administrator) -> None:
    """
    An initial sync finds who never was in Spotler and was deleted without a word; none is listed.
    """
    before = await counted(local, admin)
    empty = await local.crm.create("contact", lastname="Leeg")
    await local.stack.settle()
    dynamics = DynamicsAdmin(local)
    await dynamics.delete_silently(empty)

    job = await admin.until(await admin.start(CONTACTS))
    await dynamics.switch_steps(on=False)
    await local.crm.create("contact", lastname="Nieuw", emailaddress1="nieuw@voorbeeld.nl")
    await dynamics.switch_steps(on=True)

    found = await record(admin, "contact", empty)
    assert (found["status"], found["reason"]) == ("excluded", "deleted")
    assert job["details"]["not_in_dynamics"] == 0
    assert await counted(local, admin) == before + 1
