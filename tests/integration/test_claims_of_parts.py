"""What fails is told until just that works again: another part of a system proves nothing of it."""

import asyncio
import contextlib
import datetime as dt
import uuid
from typing import Any

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from devstack.stack.spotler_watch import NotThereError
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.existing_people import CONTACTS
from tests.integration.test_claims import health, until_shown
from tests.integration.test_claims_of_work import changes_after

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F106"),
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PRIVILEGE = '{"error": {"code": "0x80040220", "message": "Principal user is missing prvReadLead"}}'
HIDDEN_LEADS = {
    "path": "/api/data/v9.2/leads",
    "method": "GET",
    "status": 403,
    "body": PRIVILEGE,
    "content_type": "application/json",
}
CONTACT_ROWS = "/api/data/v9.2/contacts"
PROXY = {"status": 403, "body": "<h1>Method not allowed by policy</h1>"}
PARKED_LATEST = 60
POLL_SECONDS = 0.5
WENT_OVER_SECONDS = 3

type Json = dict[str, Any]


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack that tries again soon, and gives up soon."""
    return StackOptions(
        settings={
            "RETRY_FIRST_SECONDS": "0.5",
            "RETRY_LONGEST_SECONDS": "1",
            "RETRY_ATTEMPTS": "6",
        }
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def change_now(admin: Administrator) -> Json:
    """Return the check of the changes as a look of now finds it."""
    _, answer = await admin.call("POST", "/connection/test")
    [check] = [dict(one) for one in answer["checks"] if one["name"] == "changes"]

    return check


async def until_told(admin: Administrator, code: str | None) -> Json:
    async with asyncio.timeout(PARKED_LATEST):
        while True:
            check = await change_now(admin)
            if check["code"] == code:
                return check
            await asyncio.sleep(POLL_SECONDS)


async def create(local: Local, table: str, name: str) -> str:
    key = await local.crm.create(table, lastname=name, emailaddress1=f"{name}@example.nl")
    await local.spotler.until(key)

    return key


async def edit(local: Local, person: str, times: int = 1) -> None:
    """Edit somebody until so many edits went over; one may wait in the company of who fails."""
    gone_over = 0
    async with asyncio.timeout(PARKED_LATEST):
        while gone_over < times:
            name = f"n{uuid.uuid4().hex}"
            await local.crm.update("contact", person, lastname=name)
            with contextlib.suppress(NotThereError):
                await local.spotler.until(person, seconds=WENT_OVER_SECONDS, lastName=name)
                gone_over += 1


async def test_hidden_leads_are_told_beside_contacts(local: Local, admin: Administrator) -> None:
    """
    While leads cannot be read contacts go over and prove nothing of leads, until one is read.
    """
    contact = await create(local, "contact", "beside")
    lead = await create(local, "lead", "hidden")
    assert (await until_told(admin, None))["outcome"] == "ok"
    await local.faults("dataverse", HIDDEN_LEADS)

    await local.crm.update("lead", lead, lastname="seen")
    told = await until_told(admin, "dataverse_refused")
    await edit(local, contact, times=3)
    still, state = await change_now(admin), await health(local)
    await local.faults("dataverse")
    await local.spotler.until(lead, lastName="seen")

    assert told["detail"].endswith("(leads)")
    assert (still["code"], still["since"], state) == (told["code"], told["since"], "degraded")
    assert (await until_told(admin, None))["outcome"] == "ok"


async def test_garbage_for_contacts_is_told_beside_leads(
    local: Local, admin: Administrator
) -> None:
    """
    What stands in front of Dynamics answers for contacts with a page of its own, as if all is well.
    """
    contact = await create(local, "contact", "unread")
    lead = await create(local, "lead", "read")
    page = {**HIDDEN_LEADS, "path": CONTACT_ROWS, "status": 200, "body": "<h1>Maintenance</h1>"}
    await local.faults("dataverse", page)

    await local.crm.update("contact", contact, lastname="seen")
    told = await until_told(admin, "dataverse_unreachable")
    await local.crm.update("lead", lead, lastname="seen")
    await local.spotler.until(lead, lastName="seen")
    still = await change_now(admin)
    await local.faults("dataverse")
    await local.spotler.until(contact, lastName="seen")

    assert told["detail"].endswith("(contacts)")
    assert (still["code"], still["since"]) == (told["code"], told["since"])
    assert (await until_told(admin, None))["outcome"] == "ok"


@pytest.mark.parametrize(
    ("system", "fault", "code", "what"),
    [
        pytest.param(
            "dataverse",
            {"path": "/api/data/v9.2/EntityDefinitions", "status": 503},
            "dataverse_unreachable",
            "(what its columns are, and which may be read)",
            id="columns",
        ),
        pytest.param(
            "spotler",
            {"path": "/integrationservice/contact/{person}", "method": "GET", "body": "[]"}
            | {"status": 200, "content_type": "application/json"},
            "spotler_unreachable",
            "(questions for single people)",
            id="people",
        ),
    ],
)
async def test_value_that_cannot_be_emptied_is_told(
    local: Local, admin: Administrator, system: str, fault: dict[str, Any], code: str, what: str
) -> None:
    """
    What is asked before a value is emptied fails alone: told while all that is sent goes over.
    """
    person = await local.crm.create(
        "contact", lastname="leeg", emailaddress1=f"leeg-{system}@example.nl", address1_city="Ede"
    )
    await local.spotler.until(person, city="Ede")
    other = await create(local, "contact", f"vol-{system}")
    await until_shown(admin, "changes", None)
    await local.faults(system, {**fault, "path": fault["path"].format(person=person)})

    await local.crm.update("contact", person, address1_city=None)
    told = await until_shown(admin, "changes", code)
    began = dt.datetime.now(dt.UTC)
    await edit(local, other, times=2)
    still, state = await changes_after(admin, began), await health(local)
    await local.faults(system)
    # It may be parked by now: the next change takes all along.
    await local.crm.update("contact", person, lastname="leger")
    await until_emptied(local, person)

    assert told["detail"].endswith(what)
    assert (still["code"], still["since"], state) == (told["code"], told["since"], "degraded")
    assert (await until_told(admin, None))["outcome"] == "ok"


async def test_withdrawals_that_a_proxy_refuses_are_told(
    local: Local, admin: Administrator
) -> None:
    """
    Behind a proxy nobody is withdrawn: told while others go over, and also when it is given up.
    """
    contact = await create(local, "contact", "stays")
    gone = await create(local, "contact", "gone")
    await local.spotler.permit(gone, 1)
    await local.faults("spotler", {"path": "/integrationservice/contact", "method": "PUT", **PROXY})

    await local.crm.delete("contact", gone)
    told = await until_told(admin, "spotler_unreachable")
    await edit(local, contact, times=3)
    row = await until_parked(admin, gone)
    after, state = await change_now(admin), await health(local)
    _, failing = await admin.call("GET", "/records?status=failing")

    assert told["detail"].endswith("(withdrawals of single people)")
    assert (after["code"], state) == ("spotler_unreachable", "degraded")
    assert gone in str(failing["records"])
    assert any((await local.spotler.contacts())[gone]["permissions"].values())

    await local.faults("spotler")
    await edit(local, contact)
    assert (await change_now(admin))["code"] == "spotler_unreachable"
    assert (await admin.call("POST", "/parked/send", {"ids": [row["id"]]}))[0] == 202
    await local.stack.settle()

    assert not any((await local.spotler.contacts())[gone]["permissions"].values())
    assert (await until_told(admin, None))["outcome"] == "ok"
    assert await health(local) == "ok"


async def test_lists_that_are_refused_are_told_beside_withdrawals(
    local: Local, admin: Administrator
) -> None:
    """
    While no list is taken somebody is withdrawn, which proves nothing of the lists.
    """
    person = await create(local, "contact", "listed")
    gone = await create(local, "contact", "leaves")
    await local.spotler.permit(gone, 1)
    path = "/integrationservice/contact/list"
    await local.faults("spotler", {"path": path, "status": 403, "body": ""})

    await local.crm.update("contact", person, lastname="waits")
    told = await until_told(admin, "spotler_refused")
    await local.crm.delete("contact", gone)
    await until_withdrawn(local, gone)
    still = await change_now(admin)
    await local.faults("spotler")
    await local.crm.update("contact", person, lastname="goes")
    await local.spotler.until(person, lastName="goes")

    assert told["detail"].endswith("(lists of people)")
    assert (still["code"], still["since"]) == (told["code"], told["since"])
    assert (await until_told(admin, None))["outcome"] == "ok"


async def test_everybody_refused_is_told(local: Local, admin: Administrator) -> None:
    """
    When Spotler takes nobody of those who change it is told as its fault, until it takes somebody.

    That another one is refused by itself proves only that lists are answered.
    """
    *people, other = [await create(local, "contact", f"each{number}") for number in range(7)]
    refusals = f"{local.stack.facts('spotler')['url']}/_devstack/refusals"
    for one in people:
        await local.stack.control("PUT", f"{refusals}/{one}", {"code": "ERROR"})
    await local.stack.control("PUT", f"{refusals}/{other}", {"code": "PROPERTY_INVALID"})
    began = dt.datetime.now(dt.UTC)

    for one in people:
        await local.crm.update("contact", one, lastname="refused")
    told = await until_shown(admin, "changes", "spotler_refuses_all")
    await local.crm.update("contact", other, lastname="refused")
    await until_parked(admin, other)
    still, state = await change_now(admin), await health(local)
    for one in people:
        await local.stack.control("DELETE", f"{refusals}/{one}")
    await edit(local, people[0])

    assert dt.datetime.fromisoformat(told["since"]) > began
    assert (still["code"], still["since"], state) == (told["code"], told["since"], "degraded")
    assert (await until_told(admin, None))["outcome"] == "ok"


async def test_rename_that_cannot_be_followed_is_told(local: Local, admin: Administrator) -> None:
    """
    A company was renamed while its people cannot be read: nobody edits them, and it is told.
    """
    company = await local.crm.create("account", name="Bakkerij Oud")
    person = await create(local, "contact", "bakker")
    assert (await until_told(admin, None))["outcome"] == "ok"
    await local.faults("dataverse", {**HIDDEN_LEADS, "path": CONTACT_ROWS})

    await local.crm.update("account", company, name="Bakkerij Nieuw")
    told = await until_told(admin, "dataverse_refused")
    await local.faults("dataverse")
    await edit(local, person)

    assert told["detail"].endswith("(contacts)")
    assert (await until_told(admin, None))["outcome"] == "ok"


async def test_initial_sync_proves_that_lists_work(local: Local, admin: Administrator) -> None:
    """
    After an outage an initial sync that sends people shows that lists are taken again.
    """
    person = await create(local, "contact", "overal")
    await local.faults("spotler", {"path": "/integrationservice/contact/list", "status": 503})
    await local.crm.update("contact", person, lastname="later")
    await until_told(admin, "spotler_unreachable")
    row = await until_parked(admin, person)
    await local.faults("spotler")
    assert (await admin.call("POST", "/parked/discard", {"ids": [row["id"]]}))[0] == 200

    job = await admin.until(await admin.start(CONTACTS))

    assert job["state"] == "done"
    assert (await until_told(admin, None))["outcome"] == "ok"


async def until_parked(admin: Administrator, record: str) -> Json:
    async with asyncio.timeout(PARKED_LATEST):
        while True:
            _, answer = await admin.call("GET", "/parked")
            rows = [dict(one) for one in answer["parked"] if record in str(one)]
            if rows:
                return rows[0]
            await asyncio.sleep(POLL_SECONDS)


async def until_emptied(local: Local, person: str) -> None:
    async with asyncio.timeout(PARKED_LATEST):
        while True:
            if not (await local.spotler.contacts())[person]["properties"].get("city"):
                return
            await asyncio.sleep(POLL_SECONDS)


async def until_withdrawn(local: Local, person: str) -> None:
    async with asyncio.timeout(PARKED_LATEST):
        while True:
            if not any((await local.spotler.contacts())[person]["permissions"].values()):
                return
            await asyncio.sleep(POLL_SECONDS)
