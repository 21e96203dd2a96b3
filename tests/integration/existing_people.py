"""People who were in the CRM before anybody connected it, and what an initial sync did for them."""

from azure.data.tables.aio import TableServiceClient

from connector.adapters.tables.records import TABLE as RECORDS
from tests.integration.administrator import Json
from tests.integration.conftest import Local

PEOPLE = 2100
"""More than a page, and not a round number of them."""

CONTACTS, LEADS = "contacts_to_spotler", "leads_to_spotler"
LIST = "POST /contact/list"
SPOTLER = "/integrationservice"
SLOW = {"path": SPOTLER, "kind": "latency", "seconds": 0.3}


async def start_anew(local: Local, count: int = PEOPLE, table: str = "contact") -> None:
    """Put people into an empty CRM of whom no webhook tells, before an empty Spotler."""
    crm = f"{local.stack.facts('dataverse')['url']}/_devstack"
    await local.stack.control("POST", f"{crm}/reset")
    await local.stack.control("POST", f"{crm}/seed", {"count": count, "seed": 1, "table": table})
    await local.stack.control("POST", f"{local.stack.facts('spotler')['url']}/_devstack/reset")
    await forget_records(local)


async def forget_records(local: Local) -> None:
    """Empty the connector's memory of people: Azurite walks through all of it at each query."""
    connection_string = local.stack.settings["TablesConnection"]
    async with TableServiceClient.from_connection_string(connection_string) as tables:
        await tables.delete_table(RECORDS)
        await tables.create_table(RECORDS)


async def reachable(local: Local, table: str = "contact") -> int:
    """Return how many people have an address, and so can be in Spotler."""
    rows = await local.crm.rows(table, "emailaddress1")

    return sum(bool(row["emailaddress1"]) for row in rows.values())


async def check_complete(local: Local, job: Json, people: int = PEOPLE) -> None:
    """Make sure that a job is done, that its counts add up, and that Spotler holds as many."""
    in_spotler = await reachable(local)

    assert job["state"] == "done"
    assert (job["done"], job["total"]) == (people, people)
    assert job["in_sync"] + job["excluded"] + job["failed"] == people
    assert (job["in_sync"], job["failed"]) == (in_spotler, 0)
    assert len(await local.spotler.contacts()) == in_spotler
