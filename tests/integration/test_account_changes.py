"""Another Spotler account is connected while two hosts work: nothing goes to the wrong one."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.existing_people import CONTACTS, LIST, SPOTLER, reachable, start_anew

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PEOPLE = 210
"""A page, and some of another."""

FEW = 60
SHOW = "GET /contact/{externalId}"
SLOW = {"kind": "latency", "seconds": 0.7}
BRIEF = {"kind": "latency", "seconds": 0.5}
POLL_SECONDS = 0.05


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack of two hosts, each with its own knowledge of who is connected."""
    return StackOptions(
        app=Path(__file__).with_name("small_sizes"),
        hosts=2,
        dataverse=("--limit-requests", "1000000", "--limit-seconds", "0"),
        settings={"RETRY_FIRST_SECONDS": "0.1", "RETRY_LONGEST_SECONDS": "1"},
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def control(local: Local, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - whatever JSON the control answers
    """Call a control of the simulated Spotler."""
    url = f"{local.stack.facts('spotler')['url']}/_devstack/{path}"

    return await local.stack.control(method, url, body)


async def connect(local: Local, admin: Administrator, key: str) -> None:
    """Connect an account that is empty, as an administrator does on the page."""
    await control(local, "PUT", f"accounts/{key}", {"secret": "another-secret"})
    status, answer = await admin.call(
        "PUT", "/connection", {"key": key, "secret": "another-secret"}
    )
    assert status == 200, answer


async def connect_first(local: Local, admin: Administrator) -> None:
    """Connect the account that the stack began with, and let every host know."""
    spotler = local.stack.facts("spotler")
    values = {name: str(spotler[f"consumer_{name}"]) for name in ("key", "secret")}
    await admin.call("PUT", "/connection", values)
    await start_anew(local, FEW)
    await admin.until(await admin.start(CONTACTS))
    await edit_everybody(local, "Voornaam")
    await local.stack.settle()


async def people_of(local: Local, key: str) -> dict[str, Json]:
    """Return who is in an account."""
    url = f"{local.stack.facts('spotler')['url']}/_devstack/contacts"
    async with local.stack.http.get(url, params={"account": key}) as answer:
        return dict(await answer.json())


async def edit_everybody(local: Local, name: str) -> list[str]:
    """Give all who have an address another first name; return them."""
    rows = await local.crm.rows("contact", "emailaddress1")
    reached = [one for one, row in rows.items() if row["emailaddress1"]]
    await local.crm.update_all("contact", {one: {"firstname": name} for one in reached})

    return reached


async def until_over(admin: Administrator, job: Json) -> Json:
    """Return a job as soon as it does not run any more."""
    async with asyncio.timeout(60):
        while (shown := await admin.show(job))["state"] == "running":  # noqa: ASYNC110 - the job calls nobody back
            await asyncio.sleep(POLL_SECONDS)

    return shown


async def until_called(local: Local, call: str) -> None:
    """Wait until Spotler was called so."""
    async with asyncio.timeout(30):
        while not await local.spotler.calls(call):  # noqa: ASYNC110 - Spotler calls nobody back
            await asyncio.sleep(POLL_SECONDS)


@pytest.mark.feature("F38")
async def test_sync_ends_with_its_account(local: Local, admin: Administrator) -> None:
    """
    An initial sync is not divided over two accounts: it ends, says why, and is run anew.
    """
    await connect_first(local, admin)
    await start_anew(local, PEOPLE)
    everybody = await reachable(local)
    await local.spotler.forget_calls()
    await local.faults("spotler", {"path": f"{SPOTLER}/contact/list", **SLOW})
    job = await admin.start(CONTACTS)
    await until_called(local, LIST)

    await connect(local, admin, "second-account")
    over = await until_over(admin, job)
    await local.faults("spotler")

    assert (over["state"], over["reason"]) == ("cancelled", "account_changed")
    assert over["in_sync"] <= len(await local.spotler.contacts()) < everybody
    assert await people_of(local, "second-account") == {}
    again = await admin.until(await admin.start(CONTACTS))
    assert (again["state"], again["in_sync"], again["failed"]) == ("done", everybody, 0)
    assert len(await people_of(local, "second-account")) == everybody


async def test_preview_ends_with_its_account(local: Local, admin: Administrator) -> None:
    """
    A preview says what would become of people in one account: it ends when that is left.
    """
    await connect_first(local, admin)
    await start_anew(local, PEOPLE)
    await local.spotler.forget_calls()
    await local.faults("spotler", {"path": f"{SPOTLER}/contact/", **BRIEF})
    preview = await admin.preview(CONTACTS)
    await until_called(local, SHOW)

    await connect(local, admin, "third-account")
    over = await until_over(admin, preview)
    await local.faults("spotler")

    assert (over["state"], over["reason"]) == ("cancelled", "account_changed")
    assert over["page"] <= 1
    again = await admin.until(await admin.preview(CONTACTS))
    assert (again["state"], again["done"]) == ("done", PEOPLE)


@pytest.mark.feature("F38")
async def test_job_begins_in_the_new_account(local: Local, admin: Administrator) -> None:
    """
    An initial sync that is started right after saving is for the account that was saved.

    So are the edits after it, whichever host syncs them.
    """
    await connect_first(local, admin)
    everybody = await reachable(local)
    for number in range(4):
        key = f"new-account-{number}"
        await connect(local, admin, key)

        job = await admin.until(await admin.start(CONTACTS))
        there = await people_of(local, key)
        reached = await edit_everybody(local, f"Na{number}")
        await local.stack.settle()
        after = await people_of(local, key)

        assert (job["in_sync"], job["failed"], len(there)) == (everybody, 0, everybody)
        names = {after[one]["properties"]["firstName"] for one in reached}
        assert names == {f"Na{number}"}
