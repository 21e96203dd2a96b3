"""Previews of the initial syncs to Spotler: the right counts, and nothing written anywhere."""

import re
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from connector.application.preview_page import MOST_COMPARED
from connector.application.receive_webhook import OUR_TAG
from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.existing_people import CONTACTS, LEADS, LIST, reachable, start_anew
from tests.integration.spotler_account import add_people

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

PEOPLE = 2100
LOOK_UP = "/integrationservice/contact/"
OWN = frozenset({"jobs", "bookmarks", "audit"})
READ_ONE = "GET /contact/{externalId}"
SETTINGS, ACTIVITY = "settings", "activity"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack where a reading person meets no limit."""
    return StackOptions(dataverse=("--limit-requests", "1000000", "--limit-seconds", "0"))


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


@pytest.mark.feature("F38", "F39", "F40", "F41", "F109")
@pytest.mark.parametrize(("kind", "table"), [(CONTACTS, "contact"), (LEADS, "lead")])
async def test_preview_is_what_the_sync_does(
    local: Local, admin: Administrator, kind: str, table: str
) -> None:
    """
    A preview counts in advance what the sync then counts, and has a bookmark and a row of its own.
    """
    await start_anew(local, PEOPLE, table)

    preview = await admin.until(await admin.preview(kind))
    sync = await admin.until(await admin.start(kind))

    assert preview["preview"] is True
    for count in ("done", "in_sync", "excluded", "failed", "total", "page"):
        assert preview[count] == sync[count], count
    details = preview["details"]
    assert details["created"] + details["not_looked_up"] == await reachable(local, table)
    assert details["created"] == details["compared"] == preview["fields"]["email"] > MOST_COMPARED
    assert preview["fields"]["freeField1"] == preview["fields"]["email"]
    assert sum(preview["reasons"].values()) == preview["excluded"]
    bookmark = await admin.bookmark(f"{kind}-preview")
    assert (bookmark["PageNumber"], bookmark["IsProcessed"]) == (2, True)


@pytest.mark.feature("F38", "F39")
async def test_preview_writes_nothing(local: Local, admin: Administrator) -> None:
    """
    Before and after a preview every table but its own and all of Spotler are the same to the ETag.

    What came before it may be noted while it runs: the note tells of nothing that happened since.
    """
    await start_anew(local, PEOPLE)
    await admin.until(await admin.start(CONTACTS))
    await _change_some(local)
    await local.spotler.forget_calls()
    before = await _tables(local), await local.spotler.contacts()
    began = datetime.now(UTC)

    preview = await admin.until(await admin.preview(CONTACTS))
    await local.stack.settle()

    assert (await _tables(local), await local.spotler.contacts()) == before
    assert before[0]["records"]
    assert await _newest_noted(local) < began
    assert preview["details"] == {
        "created": 0,
        "changed": 3,
        "unchanged": preview["in_sync"] - 3,
        "not_looked_up": 0,
        "compared": 3,
        "not_in_dynamics": 0,
    }
    assert preview["fields"] == {"firstName": 3, "city": 1}
    assert (await local.spotler.calls(LIST), await local.spotler.calls(READ_ONE)) == (0, 3)


@pytest.mark.feature("F38", "F41", "F109")
async def test_who_is_in_spotler_already_is_not_new(local: Local, admin: Administrator) -> None:
    """
    Spotler holds people under the ids of rows that we never sent: a preview tells how they differ.
    """
    await start_anew(local, 60)
    rows = await local.crm.rows("contact", "emailaddress1")
    known = {row: held["emailaddress1"] for row, held in rows.items() if held["emailaddress1"]}
    stale = [*known][:20]
    await add_people(
        local, *({"externalId": row, "email": known[row], "firstName": "?"} for row in stale)
    )

    preview = await admin.until(await admin.preview(CONTACTS))

    assert preview["details"] == {
        "created": len(known) - 20,
        "changed": 20,
        "unchanged": 0,
        "not_looked_up": 0,
        "compared": len(known),
        "not_in_dynamics": 0,
    }


@pytest.mark.feature("F38", "F39")
async def test_lookups_that_fail_are_left_out(local: Local, admin: Administrator) -> None:
    """
    Who could not be looked up is told as such, and holds up nobody else.
    """
    await start_anew(local, 60)
    await local.faults(
        "spotler",
        {"path": LOOK_UP, "method": "GET", "kind": "status", "status": 500, "times": 5},
    )

    preview = await admin.until(await admin.preview(CONTACTS))
    await local.faults("spotler")

    details = preview["details"]
    assert (preview["state"], preview["done"]) == ("done", 60)
    assert 0 < details["not_looked_up"] <= 5
    assert (
        details["created"] == details["compared"] == preview["in_sync"] - details["not_looked_up"]
    )


@pytest.mark.feature("F40", "F108")
async def test_preview_beside_its_sync(local: Local, admin: Administrator) -> None:
    """
    A preview and a sync of one kind may run side by side; a second preview may not.
    """
    await start_anew(local, PEOPLE)
    await local.faults("dataverse", {"path": "/api/data", "kind": "latency", "seconds": 0.3})
    preview = await admin.preview(CONTACTS)

    again, refusal = await admin.call("POST", "/jobs", {"kind": CONTACTS, "preview": True})
    sync = await admin.start(CONTACTS)
    await local.faults("dataverse")

    assert (again, refusal["code"]) == (409, "job_running")
    assert (await admin.until(preview))["done"] == PEOPLE
    assert (await admin.until(sync))["done"] == PEOPLE


async def _change_some(local: Local) -> None:
    """Change three people who are in Spotler, by writes whose events are taken for an echo."""
    rows = await local.crm.rows("contact", "emailaddress1")
    some = [key for key, row in rows.items() if row["emailaddress1"]][:3]
    for row in some:
        await local.crm.update("contact", row, tag=OUR_TAG, firstname="Voorbeeld")
    await local.crm.update("contact", some[0], tag=OUR_TAG, address1_city="Voorbeeldstad")
    await local.stack.settle()


async def _newest_noted(local: Local) -> datetime:
    """Return the latest moment in the note of when changes came and went."""
    setting = local.stack.settings["TablesConnection"]
    async with TableServiceClient.from_connection_string(setting) as service:
        rows = service.get_table_client(SETTINGS).query_entities(f"RowKey eq '{ACTIVITY}'")
        [row] = [dict(row) async for row in rows]

    return max(datetime.fromisoformat(one) for one in MOMENT.findall(str(row)))


async def _tables(local: Local) -> dict[str, dict[tuple[str, str], str | None]]:
    """Return the ETag of each row that neither jobs, the trail nor the note of changes own."""
    tables: dict[str, dict[tuple[str, str], str | None]] = {}
    setting = local.stack.settings["TablesConnection"]
    async with TableServiceClient.from_connection_string(setting) as service:
        names = [table.name async for table in service.list_tables()]
        for name in sorted({*names} - OWN):
            rows = service.get_table_client(name).list_entities()
            tables[name] = {
                (row["PartitionKey"], row["RowKey"]): row.metadata["etag"]
                async for row in rows
                if (name, row["RowKey"]) != (SETTINGS, ACTIVITY)
            }

    return tables
