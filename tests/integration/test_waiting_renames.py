"""A renamed row that was parked for what an operator must put right goes on by itself."""

import asyncio
import json

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

MESSAGE = "Principal user is missing prvReadContact privilege"
REFUSED = {
    "path": "/api/data/v9.2/contacts",
    "status": 403,
    "body": json.dumps({"error": {"code": "0x80040220", "message": MESSAGE}}),
}


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack where an event is parked within a second."""
    return StackOptions(
        settings={
            "RETRY_FIRST_SECONDS": "0.1",
            "RETRY_LONGEST_SECONDS": "0.3",
            "RETRY_ATTEMPTS": "4",
        }
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def parked(admin: Administrator) -> list[Json]:
    _, answer = await admin.call("GET", "/parked")

    return list(answer["parked"])


async def until_parked(admin: Administrator) -> Json:
    for _ in range(300):
        if rows := await parked(admin):
            return rows[0]
        await asyncio.sleep(0.1)

    raise AssertionError("nothing was parked")


async def test_rename_goes_on_when_put_right(local: Local, admin: Administrator) -> None:
    """
    A rename that our role could not follow is parked as people are, and goes on as they do.
    """
    company = await local.crm.create("account", name="Oud B.V.")
    lookup = {"parentcustomerid_account@odata.bind": f"/accounts({company})"}
    person = await local.crm.create(
        "contact", lastname="Firma", emailaddress1="firma@voorbeeld.nl", **lookup
    )
    await local.spotler.until(person, organisation="Oud B.V.")
    await local.stack.settle()

    await local.faults("dataverse", REFUSED)
    await local.crm.update("account", company, name="Nieuw B.V.")
    row = await until_parked(admin)
    await local.faults("dataverse")
    await admin.call("POST", "/mappings/refresh")
    await local.spotler.until(person, organisation="Nieuw B.V.")
    await local.stack.settle()

    assert (row["kind"], row["record_id"]) == ("related_changed", company)
    assert (row["reason"], row["readable"]) == ("configuration", True)
    assert await parked(admin) == []
