"""A canary person goes through everything, and is then looked for where nobody may be."""

import uuid

import pytest
from azure.data.tables.aio import TableServiceClient

from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.existing_people import CONTACTS, LEADS
from tests.integration.spotler_account import add_people, start

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

CANARY = {
    "firstname": "Kanarie",
    "middlename": "vander",
    "lastname": "Pietgeelveer",
    "emailaddress1": "kanarie.geelveer@example.nl",
    "mobilephone": "06-18596225",
    "telephone1": "079-3632921",
    "address1_line1": "Volieresteeg 77",
    "address1_city": "Vogelwaarde",
    "address1_postalcode": "4568 AB",
    "birthdate": "1961-03-27",
}
TRACES = (
    *("kanarie", "pietgeelveer", "geelveer@", "18596225", "3632921", "volieresteeg"),
    *("vogelwaarde", "4568 ab", "4568ab", "1961-03-27"),
)


async def test_canary_leaves_no_trace(local: Local) -> None:
    """
    Changed, refused, failed, at a renamed company, synced both ways, deleted: there are ids only.
    """
    person = await local.crm.create("contact", **CANARY)
    await local.spotler.until(person, lastName="Pietgeelveer")
    await _refuse(local, person, "PROPERTY_INVALID")
    await local.crm.update("contact", person, address1_city="Vogelwaarde-Zuid")
    await local.stack.settle()
    await _accept(local, person)
    await local.faults("spotler", {"path": "/integrationservice", "status": 500, "times": 3})
    await local.crm.update("contact", person, emailaddress1="kanarie.geelveer@")
    await _rename_company(local, person)
    lead = await local.crm.create("lead", **{k: v for k, v in CANARY.items() if k != "birthdate"})
    await local.crm.qualify(lead)
    admin = await Administrator.of(local.stack)
    for kind in (CONTACTS, LEADS):
        await admin.until(await admin.start(kind))
    await _come_from_spotler(local, admin)
    looked_at = await _look(admin, person)
    await local.crm.delete("contact", person)
    await local.stack.settle()

    everything = {
        "log": _log(local),
        "queues": await _queues(local),
        "tables": await _tables(local),
        "lists": looked_at,
    }

    assert person in everything["tables"]
    assert person in everything["queues"]
    found = [
        f"{trace} in the {place}"
        for place, text in everything.items()
        for trace in TRACES
        if trace in text.lower().replace(person, "").replace(lead, "")
    ]
    assert found == []


async def test_secrets_leave_no_trace(local: Local) -> None:
    """
    No secret of the connector stands in a log or a table, not even after it was refused.
    """
    secrets = [
        local.stack.connection_values()["secret"],
        *(local.stack.settings[name] for name in ("DATAVERSE_CLIENT_SECRET", "WEBHOOK_SECRET")),
    ]
    async with local.stack.http.post(
        local.stack.webhook_url,
        headers={"x-functions-key": "demo-function-key", "x-connector-secret": secrets[2] + "!"},
        data=str(uuid.uuid4()),
    ) as answer:
        assert answer.status == 401

    everywhere = _log(local) + await _tables(local) + await _queues(local)

    assert not [secret for secret in secrets if secret in everywhere]


async def _rename_company(local: Local, person: str) -> None:
    """Let the canary's company have another name, and Dataverse fail while that is followed."""
    company = await local.crm.create("account", name="Kanarie en Zonen")
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({company})"}
    await local.crm.update("contact", person, **bind)
    await local.stack.settle()
    await local.faults("dataverse", {"path": "/api/data/v9.2/contacts", "status": 503, "times": 1})
    await local.crm.update("account", company, name="Kanarie en Dochters")
    await local.stack.settle()


async def _come_from_spotler(local: Local, admin: Administrator) -> None:
    """Let the canary come from Spotler as two people: one whom the CRM refuses, one it takes."""
    said = {"firstName": CANARY["firstname"], "lastName": CANARY["lastname"]}
    addresses = ("geelveer@kanarie.example", "kanarie.geelveer@kanarie.example")
    await add_people(
        local,
        *({"externalId": f"shop-{n}", "email": one, **said} for n, one in enumerate(addresses)),
    )
    await local.faults(
        "dataverse",
        {"path": "/api/data/v9.2/contacts(", "method": "PATCH", "status": 400, "times": 1},
    )
    await admin.until(await start(local, admin, preview=True))
    job = await admin.until(await start(local, admin))
    assert job["failed"] == 1


async def _look(admin: Administrator, person: str) -> str:
    """Look the person up, which shows values to who asks; return what the lists show of them."""
    _, shown = await admin.call("GET", f"/records/contact/{person}")
    assert "Pietgeelveer" in str(shown)
    await admin.call("POST", "/records/send", {"records": [{"table": "contact", "id": person}]})
    parked = await admin.call("GET", "/parked")
    await admin.call("POST", "/parked/send", {"ids": [f"contact-{person}"]})
    lists = [
        await admin.call("GET", path) for path in ("/records", "/records/counts", "/dead-letters")
    ]

    return str([parked, lists])


def _log(local: Local) -> str:
    return "".join(host.log.read_text() for host in local.stack.hosts.values())


async def _queues(local: Local) -> str:
    view = local.stack.facts("servicebus")["view"]

    journals = [
        str(await local.stack.control("GET", f"{view}queues/{queue}/journal"))
        for queue in ("changes", "jobs")
    ]

    return "".join(journals)


async def _tables(local: Local) -> str:
    service = TableServiceClient.from_connection_string(local.stack.settings["TablesConnection"])
    async with service:
        rows = [
            str(row)
            async for table in service.list_tables()
            async for row in service.get_table_client(table.name).list_entities()
        ]

    return "\n".join(rows)


async def _refuse(local: Local, person: str, code: str) -> None:
    await local.stack.control("PUT", _refusal(local, person), {"code": code})


async def _accept(local: Local, person: str) -> None:
    await local.stack.control("DELETE", _refusal(local, person))


def _refusal(local: Local, person: str) -> str:
    return f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{person}"
