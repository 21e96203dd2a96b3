"""Through the front door: a row that people show by name gets another one in Dynamics."""

import asyncio
import json
import uuid

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from connector.application.follow_renames import PEOPLE_PER_PAGE
from connector.application.receive_webhook import OUR_TAG
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.existing_people import CONTACTS
from tests.integration.test_mappings import ASKED

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

SELLER = "d1d64f10-5a0b-ef11-9f89-6045bd9a1c22"
SALES_TEAM = "e4d64f10-5a0b-ef11-9f89-6045bd9a1c22"
MADE_UP = 3_600
"""A third of them is the seller's."""


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def employ(local: Local, company: str, *names: str, table: str = "contact") -> list[str]:
    """Create people of a company, and return them when they are in Spotler."""
    lookup = "parentcustomerid_account" if table == "contact" else "parentaccountid"
    people = [
        await local.crm.create(
            table,
            lastname=name,
            emailaddress1=f"{name.lower()}@example.nl",
            **{f"{lookup}@odata.bind": f"/accounts({company})"},
        )
        for name in names
    ]
    await local.spotler.until_all(people)

    return people


async def put(local: Local, body: dict[str, object]) -> None:
    connection = local.stack.settings["ServiceBusConnection"]
    async with (
        ServiceBusClient.from_connection_string(connection) as client,
        client.get_queue_sender("changes") as sender,
    ):
        message = ServiceBusMessage(json.dumps(body), message_id=str(uuid.uuid4()))
        await sender.send_messages(message)
    await local.stack.settle()


def a_message(local: Local, company: str, **members: object) -> dict[str, object]:
    said = {"operation": str(uuid.uuid4()), "step": "step-1", "correlation": "correlation-1"}
    usual = {"v": 1, "kind": "related_changed", "organisation": local.stack.organisation}

    return {**usual, "table": "account", "id": company, **said, **members}


async def parked(admin: Administrator) -> list[Json]:
    status, answer = await admin.call("GET", "/parked")
    assert status == 200, answer

    return [one for one in answer["parked"] if one["kind"] != "record_changed"]


async def test_renamed_company_reaches_its_people(local: Local, admin: Administrator) -> None:
    """
    Everybody of a company has its new name in Spotler, untouched contacts and leads; others not.
    """
    view, headers = await admin.get("/mappings")
    wanted = [{name: one[name] for name in ASKED} for one in view["mappings"]]
    for one in wanted:
        if one["target"] == "name:organisation":
            one |= {"lead_column": "parentaccountid", "lead_converter": None}
    saved = await admin.call(
        "PUT", "/mappings", {"mappings": wanted}, {"If-Match": headers["ETag"]}
    )
    assert saved[0] == 200, saved
    company = await local.crm.create("account", name="Bakkerij Oud")
    other = await local.crm.create("account", name="Slagerij")
    people = await employ(local, company, "Aalders", "Boers", "Claassen")
    [lead] = await employ(local, company, "Donkers", table="lead")
    [stranger] = await employ(local, other, "Evers")
    await local.spotler.until_all([*people, lead], organisation="Bakkerij Oud")
    await local.stack.settle()
    await local.spotler.forget_calls()

    await local.crm.update("account", company, name="Bakkerij Nieuw")

    await local.spotler.until_all([*people, lead], organisation="Bakkerij Nieuw")
    await local.stack.settle()
    assert (await local.spotler.until(stranger))["properties"]["organisation"] == "Slagerij"


async def test_company_as_it_was_named_is_quiet(local: Local) -> None:
    """
    A company that changes in another way, or is saved under the same name, writes nobody.
    """
    company = await local.crm.create("account", name="Molen")
    await employ(local, company, "Faber")
    await local.stack.settle()
    changed = await local.spotler.contacts()

    await local.crm.update("account", company, telephone1="079-3632921")
    await local.crm.update("account", company, name="Molen")
    await local.stack.settle()

    assert await local.spotler.contacts() == changed


async def test_renamed_team_reaches_its_people(local: Local) -> None:
    """
    Who is owned by a team has the team's new name as owner.
    """
    person = await local.crm.create(
        "contact",
        lastname="Graaf",
        emailaddress1="graaf@example.nl",
        **{"ownerid@odata.bind": f"/teams({SALES_TEAM})"},
    )
    await local.spotler.until(person, profileField1="Verkoop")

    await local.crm.update("team", SALES_TEAM, name="Verkoop Binnendienst")

    await local.spotler.until(person, profileField1="Verkoop Binnendienst")


async def test_renamed_contact_is_a_company_too(local: Local) -> None:
    """
    Where the company of somebody is a contact, that contact's new name arrives.
    """
    company = await local.crm.create("contact", lastname="Haan", emailaddress1="haan@example.nl")
    person = await local.crm.create(
        "contact",
        lastname="Idsinga",
        emailaddress1="idsinga@example.nl",
        **{"parentcustomerid_contact@odata.bind": f"/contacts({company})"},
    )
    await local.spotler.until(person, organisation="Haan")

    await local.crm.update("contact", company, firstname="Piet", lastname="de Haan")

    await local.spotler.until(person, organisation="Piet de Haan")


async def test_renamed_owner_reaches_many(local: Local, admin: Administrator) -> None:
    """
    An owner of more people than a page holds reaches all of them.
    """
    url = f"{local.stack.facts('dataverse')['url']}/_devstack/seed"
    await local.stack.control("POST", url, {"count": MADE_UP, "seed": 7})
    await admin.until(await admin.start(CONTACTS))
    rows = await local.crm.rows("contact", "_ownerid_value")
    known = await local.spotler.contacts()
    owned = [row for row, one in rows.items() if one["_ownerid_value"] == SELLER and row in known]
    assert len(owned) > PEOPLE_PER_PAGE

    await local.crm.update("systemuser", SELLER, firstname="Fatima", lastname="Jansen")

    await local.spotler.until(owned[-1], profileField1="Fatima Jansen")
    await local.stack.settle(120)
    people = await local.spotler.contacts()
    assert {people[one]["properties"]["profileField1"] for one in owned} == {"Fatima Jansen"}


async def test_outages_lose_nobody(local: Local) -> None:
    """
    Dataverse fails while the people are looked for, then Spotler: all have the name in the end.
    """
    company = await local.crm.create("account", name="Kaas Oud")
    people = await employ(local, company, "Jager", "Kuiper", "Linden")
    await local.stack.settle()
    await local.faults("dataverse", {"path": "/api/data/v9.2/contacts", "status": 503, "times": 3})
    await local.faults("spotler", {"path": "/integrationservice", "status": 500, "times": 3})

    await local.crm.update("account", company, name="Kaas Nieuw")

    await local.spotler.until_all(people, organisation="Kaas Nieuw")


async def test_several_renames_end_with_the_last(local: Local) -> None:
    """
    A company that is renamed several times at once ends under its last name.
    """
    company = await local.crm.create("account", name="Naam 0")
    people = await employ(local, company, "Mulder", "Noord")

    for number in range(1, 9):
        await local.crm.update("account", company, name=f"Naam {number}")

    await local.spotler.until_all(people, organisation="Naam 8")
    await local.stack.settle()
    found = await local.spotler.contacts()
    assert {found[one]["properties"]["organisation"] for one in people} == {"Naam 8"}


async def test_stranger_does_not_come_along(local: Local) -> None:
    """
    Who never went to Spotler does not go because a company has another name.
    """
    company = await local.crm.create("account", name="Onbekend")
    url = f"{local.stack.facts('dataverse')['url']}/_devstack/seed"
    await local.stack.control("POST", url, {"count": 30, "seed": 8})
    rows = await local.crm.rows("contact", "_parentcustomerid_value")
    known = await local.spotler.contacts()
    bound = {row: one["_parentcustomerid_value"] for row, one in rows.items() if row not in known}
    companies = {company, *filter(None, bound.values())}
    assert len(companies) > 1

    await asyncio.gather(
        *(local.crm.update("account", one, name=f"Anders {one}") for one in companies)
    )
    await local.stack.settle()

    assert not bound.keys() & (await local.spotler.contacts()).keys()


async def test_echo_is_left_and_parked_goes_on(local: Local, admin: Administrator) -> None:
    """
    Our own rename is no news. What can never succeed is parked, says so, and goes on when sent.
    """
    company = await local.crm.create("account", name="Echo Oud")
    [person] = await employ(local, company, "Otter")
    await local.stack.settle()
    await local.crm.update("account", company, tag=OUR_TAG, name="Echo Nieuw")
    await local.stack.settle()
    assert (await local.spotler.until(person))["properties"]["organisation"] == "Echo Oud"

    elsewhere = {"among": "contact", "cursor": "https://example.com/contacts?x", "page": 3}
    await put(local, a_message(local, company, **elsewhere))

    [row] = await parked(admin)
    assert (row["kind"], row["table"], row["record_id"]) == ("related_changed", "account", company)
    assert (row["reason"], row["readable"]) == ("InvalidEventError", True)
    sent = await admin.call("POST", "/parked/send", {"ids": [row["id"]]})
    assert sent == (202, {"sent": 1, "kept": 0})
    await local.spotler.until(person, organisation="Echo Nieuw")
    await local.stack.settle()
    assert await parked(admin) == []


@pytest.mark.parametrize(
    "members",
    [{"v": 2}, {"table": "task"}, {"cursor": 7}, {"name": "Geheim BV"}],
    ids=["version", "table", "cursor", "value"],
)
async def test_strange_rename_is_parked(
    local: Local, admin: Administrator, members: dict[str, object]
) -> None:
    """
    A message of the new kind that nobody understands is parked, and can be discarded.
    """
    await put(local, a_message(local, SALES_TEAM, **members))

    [row] = await parked(admin)
    assert (row["kind"], row["record_id"], row["readable"]) == (None, None, False)
    assert "Geheim" not in str(row)
    discarded = await admin.call("POST", "/parked/discard", {"ids": [row["id"]]})
    assert discarded == (200, {"discarded": 1})
