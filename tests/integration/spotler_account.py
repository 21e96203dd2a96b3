"""People and mailings who were in Spotler before anybody connected it, and what the CRM shows."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.existing_people import forget_records

PEOPLE, MAILINGS = "contacts_to_dataverse", "mailings_to_dataverse"
SIGNS = ("o'neil", "jan+news", "el#se", "kees", "els", "piet")

type Person = dict[str, Any]


async def start_empty(local: Local) -> None:
    """Empty the CRM and Spotler, and what is known of both: nobody was deleted."""
    for part in ("dataverse", "spotler"):
        await local.stack.control("POST", f"{local.stack.facts(part)['url']}/_devstack/reset")
    await forget_records(local)


async def add_people(local: Local, *people: Person) -> None:
    """Let people be in Spotler; each has an `externalId` or not, and its properties."""
    url = f"{local.stack.facts('spotler')['url']}/_devstack/contacts"
    await local.stack.control(
        "POST",
        url,
        [
            {
                "externalId": one.get("externalId"),
                "properties": {k: v for k, v in one.items() if k != "externalId"},
            }
            for one in people
        ],
    )


def a_crowd(count: int) -> list[Person]:
    """Return made-up people; many an address has a sign that must be escaped."""
    return [
        {
            "externalId": f"shop-{number}",
            "email": f"{SIGNS[number % len(SIGNS)]}.{number}@example.nl",
            "firstName": f"Voornaam{number}",
            "lastName": f"Achternaam{number}",
            "postalCode": "2719 EK",
        }
        for number in range(count)
    ]


async def edit(
    local: Local, external_id: str, *, row: str | None = None, **properties: str
) -> None:
    """Let somebody change a person in Spotler, in a later second than their row in the CRM.

    The row is that of the external id, unless it is another one.
    """
    url = f"{local.stack.facts('spotler')['url']}/_devstack/contacts/{external_id}"
    held = (await local.crm.rows("contact", "modifiedon"))[row or external_id]
    later = datetime.fromisoformat(held["modifiedon"]) + timedelta(seconds=1)
    while datetime.now(UTC) < later:  # noqa: ASYNC110 - the clock calls nobody back
        await asyncio.sleep(0.05)

    await local.stack.control("PATCH", url, {"properties": properties})


async def table(local: Local, name: str, *columns: str) -> list[dict[str, Any]]:
    """Return all rows of a table of the CRM, as the database has them."""
    url = f"{local.stack.facts('dataverse')['url']}/_devstack/tables/{name}"
    query = {"columns": ",".join(columns)} if columns else {}
    async with local.stack.http.get(url, params=query) as answer:
        return list((await answer.json())["rows"])


async def start(
    local: Local, admin: Administrator, kind: str = PEOPLE, *, preview: bool = False
) -> Json:
    """Start a sync to the CRM, or its preview, as an administrator does who read the warning."""
    host = local.stack.facts("dataverse")["url"].partition("://")[2].partition(":")[0]
    body = {"kind": kind, "preview": preview, "confirmation": None if preview else host}
    status, job = await admin.call("POST", "/jobs", body)
    assert status == 202, job

    return job
