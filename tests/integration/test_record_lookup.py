"""One record in both systems, through the front door."""

import uuid

import pytest
import pytest_asyncio

from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F103"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(loop_scope="module")
async def reader(local: Local) -> Administrator:
    return await Administrator.of(local.stack, "reader")


async def look_up(reader: Administrator, person: str, table: str = "contact") -> Json:
    status, found = await reader.call("GET", f"/records/{table}/{person}")
    assert status == 200, found

    return found


async def test_person_is_the_same_on_both_sides(local: Local, reader: Administrator) -> None:
    """
    Who is in sync shows the same values on both sides, with permissions by their labels.
    """
    person = await local.crm.create(
        "contact", lastname="Boer", emailaddress1="boer@example.nl", mobilephone="+32 470 12 34 56"
    )
    await local.spotler.until(person)
    await local.spotler.permit(person, 1)
    await local.stack.settle()

    found = await look_up(reader, person)

    assert (found["in_crm"], found["differs"], found["problems"]) == (True, False, [])
    assert found["record"]["status"] == "in_sync"
    sends = {one["property"]: one for one in found["would_send"]}
    holds = {one["property"]: one["value"] for one in found["spotler"]["properties"]}
    assert sends["lastName"]["value"] == holds["lastName"] == "Boer"
    assert (sends["mobilePhone"]["value"], sends["mobilePhone"]["note"]) == (None, "not_dutch")
    permissions = [
        one for one in found["spotler"]["properties"] if one["property"] == "permissions"
    ]
    assert "on" in {one["value"] for one in permissions}
    assert found["spotler"]["changed_at"]


async def test_change_on_the_way_differs(local: Local, reader: Administrator) -> None:
    """
    While Spotler refuses a change, what would be sent differs, and both values are shown.
    """
    person = await local.crm.create("contact", lastname="Oud", emailaddress1="oud@example.nl")
    await local.spotler.until(person)
    refusal = f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{person}"
    await local.stack.control("PUT", refusal, {"code": "PROPERTY_INVALID"})
    await local.crm.update("contact", person, lastname="Nieuw")
    await local.stack.settle()

    found = await look_up(reader, person)

    assert (found["differs"], found["record"]["reason"]) == (True, "rejected")
    assert "Nieuw" in {one["value"] for one in found["would_send"]}
    assert "Oud" in {one["value"] for one in found["spotler"]["properties"]}


async def test_never_seen_and_gone(local: Local, reader: Administrator) -> None:
    """
    Who was never synced has no record, and whose row is gone is not in the CRM.
    """
    unknown = await look_up(reader, str(uuid.uuid4()), "lead")
    person = await local.crm.create("contact", lastname="Weg", emailaddress1="weg2@example.nl")
    await local.spotler.until(person)
    await local.crm.delete("contact", person)
    await local.stack.settle()

    gone = await look_up(reader, person)

    assert (unknown["record"], unknown["in_crm"], unknown["spotler"]["found"]) == (
        None,
        False,
        False,
    )
    assert (gone["record"]["reason"], gone["in_crm"], gone["would_send"]) == ("deleted", False, [])
    assert gone["spotler"]["found"] is True


async def test_vendors_away_are_named(local: Local, reader: Administrator) -> None:
    """
    Whichever vendor is down is named, and what the other says is shown.
    """
    person = await local.crm.create("contact", lastname="Half", emailaddress1="half@example.nl")
    await local.spotler.until(person)
    await local.stack.settle()

    await local.faults("dataverse", {"path": "/api/data/v9.2/", "status": 503})
    without_crm = await look_up(reader, person)
    await local.faults("dataverse")
    await local.faults("spotler", {"path": "/integrationservice/contact/", "status": 500})
    without_spotler = await look_up(reader, person)

    assert [one["system"] for one in without_crm["problems"]] == ["dynamics"]
    assert (without_crm["in_crm"], without_crm["spotler"]["found"]) == (None, True)
    assert [one["system"] for one in without_spotler["problems"]] == ["spotler"]
    assert (without_spotler["in_crm"], without_spotler["spotler"]["found"]) == (True, None)


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("account/" + "0" * 8 + "-0000-0000-0000-" + "0" * 12, (404, "unknown_table")),
        ("contact/1'%20or%201%20eq%201", (400, "invalid_id")),
        ("contact/..%2F..%2Fsystemusers", (400, "invalid_id")),
        ("contact/%00", (400, "invalid_id")),
    ],
)
async def test_hostile_names_are_refused(
    reader: Administrator, path: str, refusal: tuple[int, str]
) -> None:
    """
    What names no record is refused as the caller's fault.
    """
    status, answer = await reader.call("GET", f"/records/{path}")

    assert (status, answer["code"]) == refusal
