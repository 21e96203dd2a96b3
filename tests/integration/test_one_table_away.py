"""One of the two tables may not be read: the people of the other one go on, and all end equal."""

import asyncio
import json

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import POLL_SECONDS, Administrator, Json
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.equality import differences

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

NEIGHBOURS = 30
LATEST_SECONDS = 20
NAMES = {"leads": "prvReadLead", "contacts": "prvReadContact"}


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack that tries again soon, but not at once."""
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.5", "RETRY_LONGEST_SECONDS": "2"})


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def refuse(local: Local, rows: str) -> None:
    """Take the privilege on a table from our application user."""
    message = f"Principal user is missing {NAMES[rows]} privilege"
    await local.faults(
        "dataverse",
        {
            "path": f"/api/data/v9.2/{rows}",
            "method": "GET",
            "status": 403,
            "body": json.dumps({"error": {"code": "0x80040220", "message": message}}),
            "content_type": "application/json",
        },
    )


async def people(local: Local, table: str, name: str, count: int) -> list[str]:
    """Create people who are in Spotler, and get a permission there."""
    created = [
        await local.crm.create(
            table, firstname="Jan", lastname=name, emailaddress1=f"{table}.{name}.{k}@example.nl"
        )
        for k in range(count)
    ]
    await local.spotler.until_all(created, lastName=name)
    await local.stack.settle()
    for one in created:
        await local.spotler.permit(one, 1)

    return created


async def until_withdrawn(local: Local, *gone: str) -> None:
    async with asyncio.timeout(LATEST_SECONDS):
        while True:
            held = await local.spotler.contacts()
            if not any(any(held[one]["permissions"].values()) for one in gone):
                return
            await asyncio.sleep(POLL_SECONDS)


async def standing(admin: Administrator, table: str, row: str) -> Json:
    _, answer = await admin.call("GET", f"/records/{table}/{row}")

    return dict(answer["record"])


async def until_failing(admin: Administrator, table: str, row: str) -> Json:
    """Return a record of the list of those that are tried again, as soon as it is there."""
    async with asyncio.timeout(LATEST_SECONDS):
        while True:
            query = f"/records?status=failing&reason=retried&table={table}"
            _, answer = await admin.call("GET", query)
            found = [one for one in answer["records"] if one["id"] == row]
            if found:
                return dict(found[0])
            await asyncio.sleep(POLL_SECONDS)


@pytest.mark.parametrize(("away", "there"), [("lead", "contact"), ("contact", "lead")])
async def test_other_table_goes_on(
    local: Local, admin: Administrator, away: str, there: str
) -> None:
    """
    One edit that cannot be read holds up neither edits nor deletions of the other table beside it.

    It is told as tried again for as long as that lasts, and goes over once it is put right.
    """
    waits, *others = await people(local, away, f"away{away}", 2)
    gone, *edited = await people(local, there, f"there{there}", NEIGHBOURS)
    await refuse(local, f"{away}s")

    await asyncio.gather(
        local.crm.update(away, waits, lastname="Nieuw"),
        local.crm.update_all(there, {one: {"lastname": "Nieuw"} for one in edited}),
        local.crm.delete(there, gone),
    )
    await local.spotler.until_all(edited, seconds=LATEST_SECONDS, lastName="Nieuw")
    await until_withdrawn(local, gone)
    told = await until_failing(admin, away, waits)
    held = (await local.spotler.contacts())[waits]["properties"]["lastName"]
    await local.faults("dataverse")
    await local.spotler.until(waits, lastName="Nieuw")
    await local.stack.settle()

    assert (told["status"], held) == ("failing", f"away{away}")
    assert (await standing(admin, away, waits))["status"] == "in_sync"
    assert (await standing(admin, there, gone))["reason"] == "deleted"
    assert await differences(local, [waits, *others, *edited]) == []


async def test_new_contact_waits_for_its_lead(local: Local) -> None:
    """
    Who a new contact was is asked of the leads: it waits for them alone, and is nobody else then.
    """
    [lead] = await people(local, "lead", "kans", 1)
    [known] = await people(local, "contact", "bekend", 1)
    dynamics = DynamicsAdmin(local)
    await dynamics.switch_steps(on=False)
    contact = await local.crm.qualify(lead)
    assert contact is not None
    await dynamics.switch_steps(on=True)
    await refuse(local, "leads")

    await local.crm.update("contact", contact, firstname="Piet")
    new = await local.crm.create("contact", lastname="Vers", emailaddress1="vers@example.nl")
    await local.crm.update("contact", known, lastname="Nieuw")
    await local.spotler.until(known, seconds=LATEST_SECONDS, lastName="Nieuw")
    before = await local.spotler.contacts()
    await local.faults("dataverse")
    await local.spotler.until(new, lastName="Vers")
    await local.spotler.until(lead, freeField1="Contact")
    await local.stack.settle()

    assert not {new, contact} & before.keys()
    assert contact not in await local.spotler.contacts()
    assert await differences(local, [lead, known]) == []


@pytest.mark.feature("F66")
@pytest.mark.parametrize(("away", "there"), [("lead", "contact"), ("contact", "lead")])
async def test_merged_row_waits_for_no_refused_table(
    local: Local, admin: Administrator, away: str, there: str
) -> None:
    """
    Who is merged is mailed no more, and told as merged, while the other table is refused.
    """
    master, merged = await people(local, there, f"dubbel{there}", 2)
    await refuse(local, f"{away}s")

    await DynamicsAdmin(local).merge(master, merged, there)
    await until_withdrawn(local, merged)
    await local.stack.settle()

    held = await local.spotler.contacts()
    record = await standing(admin, there, merged)
    await local.faults("dataverse")
    assert any(held[master]["permissions"].values())
    assert (record["status"], record["reason"]) == ("excluded", "merged")


@pytest.mark.parametrize("change", ["edited", "deleted"])
async def test_whom_spotler_keeps_waiting_is_told(
    local: Local, admin: Administrator, change: str
) -> None:
    """
    While Spotler takes nothing, whoever waits is not shown among those who are in sync.
    """
    several = await people(local, "contact", f"wacht{change}", 3)
    waits = several[0]
    await local.faults("spotler", {"path": "/integrationservice/contact", "status": 503})

    if change == "deleted":
        await local.crm.delete("contact", waits)
    else:
        await local.crm.update_all("contact", {one: {"lastname": "Nieuw"} for one in several})
    told = await until_failing(admin, "contact", waits)
    counts, _ = await admin.get("/records/counts")
    await local.faults("spotler")
    await local.stack.settle()

    assert (told["status"], told["reason"]) == ("failing", "retried")
    assert counts["failing"] >= 1
    expected = ("excluded", "deleted") if change == "deleted" else ("in_sync", None)
    record = await standing(admin, "contact", waits)
    assert (record["status"], record["reason"]) == expected
    assert await differences(local) == []
