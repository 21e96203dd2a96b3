"""Other accounts, lost contacts and hidden fields in Spotler, and a contact that it cannot handle.

Each is met through the front door: nobody loses anything, and what waits goes on by itself.
"""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from connector.adapters.tables.parked import TABLE as PARKED
from connector.application.receive_webhook import OUR_TAG
from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.existing_people import CONTACTS, LIST, SLOW, reachable, start_anew
from tests.integration.test_timer_parts import wake

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PEOPLE = 300
NEW_KEY = {"key": "new-key-of-it", "secret": "newSecretOfIt"}
SECOND = {"key": "second-account-key", "secret": "secondAccountSecret"}
FIELDS = "GET /contact/properties/list"
POLL_SECONDS = 0.05
EARLIER = timedelta(minutes=10)


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack that gives up after a few seconds, and where a reading person has no limit."""
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


async def control(
    local: Local, method: str, path: str, body: object = None, *, account: str | None = None
) -> Any:  # noqa: ANN401 - whatever JSON the control answers
    """Call a control of the simulated Spotler, for one of its accounts."""
    url = f"{local.stack.facts('spotler')['url']}/_devstack/{path}"

    return await local.stack.control(
        method, url, body, params={"account": account} if account else None
    )


async def connect(admin: Administrator, key: str, secret: str) -> None:
    """Save the key of an account, as its administrator does on the page."""
    status, answer = await admin.call("PUT", "/connection", {"key": key, "secret": secret})
    assert status == 200, answer


def first_account(local: Local) -> dict[str, str]:
    """Return the key and the secret of the account that the stack began with."""
    spotler = local.stack.facts("spotler")

    return {name: str(spotler[f"consumer_{name}"]) for name in ("key", "secret")}


async def parked_reason(admin: Administrator, record: str) -> str:
    """Return why a record is parked, as soon as it is."""
    async with asyncio.timeout(60):
        while True:
            _, answer = await admin.call("GET", "/parked")
            for one in answer["parked"]:
                if one["record_id"] == record:
                    return str(one["reason"])
            await asyncio.sleep(POLL_SECONDS)


async def until_counted(admin: Administrator, in_sync: int) -> None:
    """Wait until so many are counted as in sync: a count is good for a while."""
    async with asyncio.timeout(60):
        while True:
            _, counts = await admin.call("GET", "/records/counts")
            if counts["in_sync"] == in_sync:
                return
            await asyncio.sleep(POLL_SECONDS)


async def run(admin: Administrator, **asked: object) -> Json:
    """Do an initial sync of contacts to its end."""
    status, job = await admin.call("POST", "/jobs", {"kind": CONTACTS, **asked})
    assert status == 202, job

    return await admin.until(job)


@pytest.mark.feature("F38", "F28")
async def test_another_account_is_another_generation(local: Local, admin: Administrator) -> None:
    """
    Another account is sent everybody and emptied of nothing; back in the first, only changes are.
    """
    await start_anew(local, PEOPLE)
    first = first_account(local)
    await run(admin)
    everybody = await reachable(local)
    rows = await local.crm.rows("contact", "emailaddress1", "address1_city", "middlename")
    reached = [one for one, row in rows.items() if row["emailaddress1"]]
    known = next(one for one in reached if not rows[one].get("middlename"))
    await control(local, "PUT", f"accounts/{SECOND['key']}", {"secret": SECOND["secret"]})
    form = {"email": rows[known]["emailaddress1"], "infix": "van", "street": "Dorpsstraat 1"}
    held = {"externalId": known, "properties": form}
    await control(local, "POST", "contacts", held, account=SECOND["key"])

    # Changed while the other account is connected: only that one is told.
    await connect(admin, **SECOND)
    changed = next(one for one in reached if one != known)
    await local.crm.update("contact", changed, lastname="Elders")
    query = {"account": SECOND["key"], "property": "lastName", "equals": "Elders", "timeout": "30"}
    url = f"{local.stack.facts('spotler')['url']}/_devstack/contacts/{changed}"
    await local.stack.control("GET", url, params=query)
    await local.stack.settle()
    assert (await local.spotler.contacts())[changed]["properties"]["lastName"] != "Elders"

    await connect(admin, **first)
    await local.spotler.forget_calls()
    back = await run(admin)
    assert (back["in_sync"], await local.spotler.calls(LIST)) == (everybody, 1)
    assert (await local.spotler.contacts())[changed]["properties"]["lastName"] == "Elders"

    await connect(admin, **SECOND)
    _, before = await admin.call("GET", "/records/counts")
    assert before["in_sync"] == 0
    assert before["not_looked_at"] >= everybody
    other = await run(admin)
    people = await control(local, "GET", "contacts", account=SECOND["key"])
    assert (other["in_sync"], other["failed"], len(people)) == (everybody, 0, everybody)
    said = people[known]["properties"]
    assert said["infix"] == "van"
    assert said["lastName"]
    assert await local.spotler.calls(LIST) == 1 + PEOPLE // 100
    await until_counted(admin, everybody)

    await connect(admin, **first)


@pytest.mark.feature("F38")
async def test_lost_contacts_are_sent_anew(local: Local, admin: Administrator) -> None:
    """
    Whom Spotler lost nobody is told of; work that is done anew sends everybody again.
    """
    await start_anew(local, PEOPLE)
    await run(admin)
    everybody = await reachable(local)
    await control(local, "POST", "forget", {})

    again = await run(admin)
    before = len(await local.spotler.contacts())
    anew = await run(admin, anew=True)

    assert (again["in_sync"], before) == (everybody, 0)
    assert (anew["in_sync"], anew["failed"]) == (everybody, 0)
    assert len(await local.spotler.contacts()) == everybody


async def _permitted(local: Local, name: str) -> str:
    """Return a contact that is in Spotler and may be mailed."""
    contact = await local.crm.create(
        "contact", lastname=name, emailaddress1=f"{name.lower()}@voorbeeld.nl"
    )
    await local.spotler.until(contact, lastName=name)
    await local.spotler.permit(contact, 1)
    await local.stack.settle()

    return contact


async def _until_withdrawn(local: Local, contact: str) -> None:
    url = f"{local.stack.facts('spotler')['url']}/_devstack/contacts/{contact}"
    query = {"permission": "1", "equals": "false", "timeout": "60"}
    await local.stack.control("GET", url, params=query)


@pytest.mark.feature("F69", "F104")
async def test_deleted_while_elsewhere_is_found_at_home(local: Local, admin: Administrator) -> None:
    """
    Who was deleted while another account was connected is found, and withdrawn, in the first one.
    """
    contact = await _permitted(local, "Verhuisd")
    await control(local, "PUT", f"accounts/{SECOND['key']}", {"secret": SECOND["secret"]})
    await connect(admin, **SECOND)
    await local.crm.delete("contact", contact)
    await local.stack.settle()

    await connect(admin, **first_account(local))
    job = await run(admin)
    before = (await local.spotler.contacts())[contact]["permissions"]
    _, listed = await admin.call("GET", "/records?status=failing&reason=not_in_dynamics")
    await admin.call("POST", "/records/send", {"records": [{"table": "contact", "id": contact}]})

    await _until_withdrawn(local, contact)
    assert (job["details"]["not_in_dynamics"], before["1"]) == (1, True)
    assert [one["id"] for one in listed["records"]] == [contact]


@pytest.mark.feature("F66", "F104")
async def test_new_key_of_the_same_account(local: Local, admin: Administrator) -> None:
    """
    Under a new key the account is the same: no merge is settled anew, and no lost deletion hidden.
    """
    dynamics = DynamicsAdmin(local)
    master, merged, gone = [await _permitted(local, name) for name in ("Blijft", "Gaat", "Weg")]
    await dynamics.merge(master, merged)
    await local.stack.settle()
    assert (await local.spotler.contacts())[master]["permissions"]["1"] is True
    await dynamics.delete_silently(gone)
    first = first_account(local)
    await control(local, "PUT", "credentials", NEW_KEY)

    await connect(admin, **NEW_KEY)
    job = await run(admin)
    people = await local.spotler.contacts()
    await control(local, "PUT", "credentials", first)
    await connect(admin, **first)

    assert people[master]["permissions"]["1"] is True
    assert not any(people[merged]["permissions"].values())
    assert job["details"]["not_in_dynamics"] >= 1


@pytest.mark.feature("F69")
async def test_hidden_permissions_are_withdrawn_once_shown(local: Local) -> None:
    """
    A withdrawal that is due while Spotler hides the permissions is made when they are shown.
    """
    contact = await _permitted(local, "Wacht")
    await control(local, "PUT", "properties/permissions", {"visible": False})
    await local.spotler.forget_calls()

    await local.crm.delete("contact", contact)
    async with asyncio.timeout(30):
        while await local.spotler.calls(FIELDS) < 2:  # noqa: ASYNC110 - Spotler calls nobody back
            await asyncio.sleep(POLL_SECONDS)
    before = (await local.spotler.contacts())[contact]["permissions"]
    await control(local, "PUT", "properties/permissions", {"visible": True})

    await _until_withdrawn(local, contact)
    assert before["1"] is True


@pytest.mark.feature("F69", "F104")
async def test_given_up_withdrawal_is_released(local: Local, admin: Administrator) -> None:
    """
    A withdrawal that was tried in vain is parked, and goes on when the fields are read anew.
    """
    contact = await _permitted(local, "Geparkeerd")
    await control(local, "PUT", "properties/permissions", {"visible": False})
    await local.crm.delete("contact", contact)
    reason = await parked_reason(admin, contact)
    before = (await local.spotler.contacts())[contact]["permissions"]
    await control(local, "PUT", "properties/permissions", {"visible": True})

    status, _ = await admin.call("POST", "/mappings/refresh")

    await _until_withdrawn(local, contact)
    await local.stack.settle()
    _, answer = await admin.call("GET", "/parked")
    assert (reason, before["1"], status) == ("configuration", True, 200)
    assert contact not in {one["record_id"] for one in answer["parked"]}


@pytest.mark.feature("F69", "F104")
async def test_given_up_withdrawal_goes_on_by_itself(local: Local, admin: Administrator) -> None:
    """
    A withdrawal that was parked for want of the permissions is made a while after they are shown.
    """
    contact = await _permitted(local, "Vanzelf")
    await control(local, "PUT", "properties/permissions", {"visible": False})
    await local.crm.delete("contact", contact)
    reason = await parked_reason(admin, contact)
    await control(local, "PUT", "properties/permissions", {"visible": True})
    await _park_earlier(local, contact)

    await wake(local)

    await _until_withdrawn(local, contact)
    assert reason == "configuration"


async def _park_earlier(local: Local, contact: str) -> None:
    """Let what is parked of a contact have been so for longer."""
    connection_string = local.stack.settings["TablesConnection"]
    async with TableServiceClient.from_connection_string(connection_string) as tables:
        table = tables.get_table_client(PARKED)
        async for row in table.list_entities():
            if contact in row["RowKey"]:
                for name in ("parked_at", "first_parked_at"):
                    row[name] -= EARLIER
                await table.update_entity(row)


@pytest.mark.feature("F69")
async def test_deletion_waits_for_no_missing_field(local: Local, admin: Administrator) -> None:
    """
    While Spotler hides Type a namesake can go nowhere, and who is deleted is switched off.
    """
    contact = await _permitted(local, "Eerder")
    address = (await local.crm.rows("contact", "emailaddress1"))[contact]["emailaddress1"]
    await control(local, "PUT", "properties/freeField1", {"visible": False})
    await admin.call("POST", "/mappings/refresh")
    namesake = await local.crm.create("contact", lastname="Later", emailaddress1=address)
    reason = await parked_reason(admin, namesake)

    await local.crm.delete("contact", contact)
    await _until_withdrawn(local, contact)
    await control(local, "PUT", "properties/freeField1", {"visible": True})
    await admin.call("POST", "/mappings/refresh")

    await local.spotler.until(namesake, freeField1="Contact")
    await local.stack.settle()
    assert reason == "configuration"


@pytest.mark.feature("F69")
async def test_deletion_of_who_is_not_shown_keeps_the_code(
    local: Local, admin: Administrator
) -> None:
    """
    Who is deleted, and is not shown by Spotler, is parked with its code, and ends when sent again.
    """
    contact = await _permitted(local, "Ongezien")
    refused = {"status": 400, "body": json.dumps({"errorType": "INVALID_STATE"})}
    path = f"/integrationservice/contact/{contact}"
    await local.faults("spotler", {"path": path, "method": "GET", **refused})

    await local.crm.delete("contact", contact)
    reason = await parked_reason(admin, contact)
    await local.faults("spotler")
    _, answer = await admin.call("GET", "/parked")
    ids = [one["id"] for one in answer["parked"] if one["record_id"] == contact]
    await admin.call("POST", "/parked/send", {"ids": ids})

    await _until_withdrawn(local, contact)
    await local.stack.settle()
    assert reason == "rejected:INVALID_STATE"


@pytest.mark.feature("F66", "F68")
async def test_emptied_while_hidden_is_emptied_once_shown(
    local: Local, admin: Administrator
) -> None:
    """
    What is emptied in Dynamics while Spotler hides its field is emptied there when it is shown.
    """
    contact = await local.crm.create(
        "contact", lastname="Verborgen", emailaddress1="hid@voorbeeld.nl", address1_city="Ede"
    )
    await local.spotler.until(contact, city="Ede")
    await local.stack.settle()

    await control(local, "PUT", "properties/city", {"visible": False})
    await admin.call("POST", "/mappings/refresh")
    for changes in ({"firstname": "Een"}, {"firstname": "Twee", "address1_city": None}):
        await local.crm.update("contact", contact, **changes)
        await local.spotler.until(contact, firstName=changes["firstname"])
        await local.stack.settle()
    before = (await local.spotler.contacts())[contact]["properties"]
    await control(local, "PUT", "properties/city", {"visible": True})
    await admin.call("POST", "/mappings/refresh")
    await local.crm.update("contact", contact, firstname="Drie")
    await local.spotler.until(contact, firstName="Drie")
    await local.stack.settle()

    assert before["city"] == "Ede"
    assert "city" not in (await local.spotler.contacts())[contact]["properties"]


@pytest.mark.feature("F68", "F110", "F112")
async def test_one_that_spotler_does_not_show(local: Local, admin: Administrator) -> None:
    """
    Whom Spotler refuses to show, while something of theirs is emptied, holds up nobody else.
    """
    await start_anew(local, PEOPLE)
    await run(admin)
    rows = await local.crm.rows("contact", "emailaddress1", "address1_city")
    reached = [one for one, row in rows.items() if row["emailaddress1"] and row["address1_city"]]
    refused, emptied, *others = reached[:20]
    for one in (refused, emptied):
        await local.crm.update("contact", one, tag=OUR_TAG, address1_city=None)
    for one in others:
        await local.crm.update("contact", one, tag=OUR_TAG, firstname="Ander")
    body = json.dumps({"errorType": "INVALID_STATE", "message": "no"})
    path = f"/integrationservice/contact/{refused}"
    await local.faults("spotler", {"path": path, "method": "GET", "status": 400, "body": body})

    job = await admin.until(await admin.start(CONTACTS), seconds=30)

    people = await local.spotler.contacts()
    assert (job["done"], job["failed"]) == (PEOPLE, 1)
    assert {people[one]["properties"]["firstName"] for one in others} == {"Ander"}
    assert "city" not in people[emptied]["properties"]
    assert people[refused]["properties"]["city"]
    assert await parked_reason(admin, refused) == "rejected:INVALID_STATE"


@pytest.mark.feature("F110", "F112")
async def test_one_that_spotler_cannot_handle(local: Local, admin: Administrator) -> None:
    """
    Whom Spotler cannot handle now is counted as failed at once, and arrives when it can.
    """
    await start_anew(local, PEOPLE)
    rows = await local.crm.rows("contact", "emailaddress1")
    broken = next(one for one, row in rows.items() if row["emailaddress1"])
    await control(local, "PUT", f"refusals/{broken}", {"code": "ERROR"})
    await local.faults("spotler", SLOW)

    job = await admin.until(await admin.start(CONTACTS), seconds=30)
    missing = broken not in await local.spotler.contacts()
    await control(local, "DELETE", f"refusals/{broken}")
    await local.faults("spotler")

    assert (job["done"], job["failed"], missing) == (PEOPLE, 1, True)
    assert job["in_sync"] == await reachable(local) - 1
    await local.spotler.until(broken)
    await local.stack.settle()
    _, answer = await admin.call("GET", f"/records/contact/{broken}")
    assert answer["record"]["status"] == "in_sync"
