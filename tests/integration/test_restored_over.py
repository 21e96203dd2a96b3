"""The environment becomes another organisation, as a copy or a restore over it does: all waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.existing_people import CONTACTS, SPOTLER, reachable, start_anew
from tests.integration.spotler_account import table

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

OTHER = "00000000-1111-2222-3333-444444444444"
PEOPLE = 2100
SETTING = "DATAVERSE_ORGANISATION_ID"
SLOW = {"path": f"{SPOTLER}/contact/list", "kind": "latency", "seconds": 0.5}
POLL_SECONDS = 0.05


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack that gives up after a few seconds."""
    return StackOptions(
        dataverse=("--limit-requests", "1000000", "--limit-seconds", "0"),
        settings={
            "RETRY_FIRST_SECONDS": "0.1",
            "RETRY_LONGEST_SECONDS": "1",
            "RETRY_ATTEMPTS": "8",
        },
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


@asynccontextmanager
async def restored_over(local: Local, admin: Administrator) -> AsyncIterator[Json]:
    """Let the environment be another organisation; yield what the check of it says.

    A look is a proof of its own, so that nobody waits until the last one is old.
    """
    facts = local.stack.facts("dataverse")
    url = f"{facts['url']}/_devstack/organisation"
    await local.stack.control("PUT", url, {"id": OTHER})
    _, found = await admin.call("POST", "/connection/test")
    try:
        yield next(one for one in found["checks"] if one["name"] == "dataverse")
    finally:
        await local.stack.control("PUT", url, {"id": facts["organisation_id"]})


async def _permitted(local: Local, name: str) -> str:
    """Return a contact that is in Spotler and may be mailed."""
    contact = await local.crm.create(
        "contact", lastname=name, emailaddress1=f"{name.lower()}@voorbeeld.nl"
    )
    await local.spotler.until(contact, lastName=name)
    await local.spotler.permit(contact, 1)
    await local.stack.settle()

    return contact


async def _until_parked(admin: Administrator, *records: str) -> dict[str, str]:
    """Return why these records are parked, as soon as all are."""
    async with asyncio.timeout(60):
        while True:
            _, answer = await admin.call("GET", "/parked")
            parked = {one["record_id"]: str(one["reason"]) for one in answer["parked"]}
            if parked.keys() >= {*records}:
                return parked
            await asyncio.sleep(POLL_SECONDS)


async def test_nobody_is_withdrawn_or_overwritten(local: Local, admin: Administrator) -> None:
    """
    Who is not in a copy is not withdrawn, and who differs there is not sent; later all goes on.
    """
    dynamics = DynamicsAdmin(local)
    lacking, differing = await _permitted(local, "Ontbreekt"), await _permitted(local, "Verschilt")
    await dynamics.switch_steps(on=False)
    await local.crm.delete("contact", lacking)
    await local.crm.update("contact", differing, lastname="Sandbox")

    async with restored_over(local, admin) as check:
        records = [{"table": "contact", "id": one} for one in (lacking, differing)]
        await admin.call("POST", "/records/send", {"records": records, "insists": True})
        reasons = await _until_parked(admin, lacking, differing)
        people = await local.spotler.contacts()
        _, shown = await admin.call("GET", f"/records/contact/{differing}")

    assert (check["code"], SETTING in check["detail"]) == ("other_organisation", True)
    assert reasons == {lacking: "configuration", differing: "configuration"}
    assert [people[one]["permissions"]["1"] for one in (lacking, differing)] == [True, True]
    assert people[differing]["properties"]["lastName"] == "Verschilt"
    assert {"system": "dynamics", "code": "configuration"} in shown["problems"]

    await dynamics.restore("contact", lacking)
    await local.crm.update("contact", differing, lastname="Terug")
    await dynamics.switch_steps(on=True)
    await admin.call("POST", "/mappings/refresh")
    await local.spotler.until(differing, lastName="Terug")
    await local.stack.settle()
    _, answer = await admin.call("GET", "/parked")
    assert answer["parked"] == []
    assert (await local.spotler.contacts())[lacking]["permissions"]["1"] is True


@pytest.mark.feature("F38")
async def test_job_waits_and_goes_on(local: Local, admin: Administrator) -> None:
    """
    An initial sync that runs meanwhile waits, says which setting is wrong, and goes on by itself.
    """
    await start_anew(local, PEOPLE)
    await local.faults("spotler", SLOW)
    job = await admin.start(CONTACTS)

    async with restored_over(local, admin), asyncio.timeout(60):
        while (shown := await admin.show(job))["cause"] is None:  # noqa: ASYNC110 - it calls nobody
            await asyncio.sleep(POLL_SECONDS)
    await local.faults("spotler")

    assert (shown["state"], shown["cause"]) == ("running", "configuration")
    assert SETTING in shown["cause_detail"]
    done = await admin.until(job)
    assert (done["done"], done["in_sync"]) == (PEOPLE, await reachable(local))
    assert done["details"]["not_in_dynamics"] == 0


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize(
    "kind",
    [CONTACTS, "leads_to_spotler", "contacts_to_dataverse", "mailings_to_dataverse"],
)
async def test_no_job_begins(
    local: Local, admin: Administrator, kind: str, *, preview: bool
) -> None:
    """
    Neither a job nor a preview begins in another organisation, and nothing is written there.
    """
    host = local.stack.facts("dataverse")["url"].partition("://")[2].partition(":")[0]
    before = await table(local, "contact")

    async with restored_over(local, admin):
        status, answer = await admin.call(
            "POST", "/jobs", {"kind": kind, "preview": preview, "confirmation": host}
        )

    assert (status, answer["code"]) == (409, "configuration")
    assert SETTING in answer["detail"]
    assert await table(local, "contact") == before


async def test_examples_are_not_shown(local: Local, admin: Administrator) -> None:
    """
    Nobody is shown the people of another organisation as examples of the mappings.
    """
    async with restored_over(local, admin):
        status, answer = await admin.call("GET", "/mappings/examples")

    assert (status, answer["code"]) == (409, "configuration")
