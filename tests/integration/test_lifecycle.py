"""Rows that come back, become one, or are gone without a word: each person follows."""

import pytest

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.existing_people import forget_records
from tests.integration.spotler_account import add_people, start

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

CLOSED = {"statecode": 1, "statuscode": 2}


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack in which a closed lead can be opened again."""
    return StackOptions(
        settings={"RETRY_FIRST_SECONDS": "0.1"}, dataverse=("--no-lock-closed-leads",)
    )


async def _permissions(local: Local, external_id: str) -> list[int]:
    contact = (await local.spotler.contacts())[external_id]

    return [int(bit) for bit, is_on in contact["permissions"].items() if is_on]


async def _record(local: Local, table: str, row: str) -> Json:
    admin = await Administrator.of(local.stack)
    _, answer = await admin.call("GET", f"/records/{table}/{row}")

    return dict(answer["record"])


@pytest.mark.feature("F66", "F67")
@pytest.mark.parametrize("first", ["contact deleted", "lead reopened"])
async def test_reopened_lead_is_a_lead_again(local: Local, first: str) -> None:
    """
    A lead that was qualified by mistake, and is open again without its contact, is a lead again.

    Nobody gives permissions back that ended with the contact.
    """
    address = f"lea.{first.partition(' ')[0]}@voorbeeld.nl"
    lead = await local.crm.create("lead", lastname="Kans", emailaddress1=address)
    await local.spotler.until(lead, freeField1="Lead")
    await local.spotler.permit(lead, 1)
    contact = await local.crm.qualify(lead)
    assert contact is not None
    await local.spotler.until(lead, freeField1="Contact")
    await local.stack.settle()

    if first == "contact deleted":
        await local.crm.delete("contact", contact)
        await local.stack.settle()
        await local.crm.update("lead", lead, statecode=0, statuscode=1)
    else:
        await local.crm.update("lead", lead, statecode=0, statuscode=1)
        await local.stack.settle()
        assert (await _record(local, "lead", lead))["reason"] == "handed_over"
        await local.crm.delete("contact", contact)
    await local.spotler.until(lead, freeField1="Lead")
    await local.crm.update("lead", lead, lastname="Opnieuw")
    await local.spotler.until(lead, lastName="Opnieuw")
    await local.stack.settle()

    assert (await _record(local, "lead", lead))["status"] == "in_sync"
    assert await _permissions(local, lead) == []


@pytest.mark.feature("F66", "F67")
async def test_deleted_lead_ends_after_its_contact(local: Local) -> None:
    """
    A lead that was open again without a word, and is deleted as its contact was, is mailed no more.
    """
    dynamics = DynamicsAdmin(local)
    lead = await local.crm.create("lead", lastname="Kans", emailaddress1="lia.kans@voorbeeld.nl")
    await local.spotler.until(lead, freeField1="Lead")
    contact = await local.crm.qualify(lead)
    assert contact is not None
    await local.spotler.until(lead, freeField1="Contact")
    await local.crm.delete("contact", contact)
    await local.stack.settle()
    await dynamics.switch_steps(on=False)
    await local.crm.update("lead", lead, statecode=0, statuscode=1)
    await dynamics.switch_steps(on=True)
    await local.spotler.permit(lead, 1)

    await local.crm.delete("lead", lead)
    await local.stack.settle()

    assert await _permissions(local, lead) == []
    assert (await _record(local, "lead", lead))["reason"] == "handed_over"


@pytest.mark.feature("F66")
@pytest.mark.parametrize("table", ["contact", "lead"])
async def test_restored_row_is_there_again(local: Local, table: str) -> None:
    """
    A row that is restored from the recycle bin is synced again, without its permissions.
    """
    person = await local.crm.create(
        table, firstname="Ria", lastname="Terug", emailaddress1=f"ria.{table}@voorbeeld.nl"
    )
    await local.spotler.until(person, lastName="Terug")
    await local.spotler.permit(person, 1)
    await local.crm.delete(table, person)
    await local.stack.settle()
    assert (await _record(local, table, person))["reason"] == "deleted"

    await DynamicsAdmin(local).restore(table, person)
    await local.stack.settle()

    assert (await _record(local, table, person))["status"] == "in_sync"
    assert await _permissions(local, person) == []


@pytest.mark.feature("F69")
async def test_deletion_after_our_memory_is_told(local: Local) -> None:
    """
    Where our memory was lost, who is deleted under a lead's id is told as unknown to Spotler.
    """
    lead = await local.crm.create("lead", lastname="Spoor", emailaddress1="spoor@voorbeeld.nl")
    await local.spotler.until(lead, freeField1="Lead")
    contact = await local.crm.qualify(lead)
    assert contact is not None
    await local.spotler.until(lead, freeField1="Contact")
    await local.spotler.permit(lead, 1)
    await DynamicsAdmin(local).delete_silently(lead, table="lead")
    await forget_records(local)

    await local.crm.delete("contact", contact)
    await local.stack.settle()

    record = await _record(local, "contact", contact)
    assert (record["status"], record["reason"]) == ("excluded", "deleted")
    assert [one["reason"] for one in record["notes"]] == ["unknown_in_spotler"]


@pytest.mark.feature("F66")
@pytest.mark.parametrize("table", ["contact", "lead"])
async def test_second_deletion_ends_again(local: Local, table: str) -> None:
    """
    A row that came back without a word, and is deleted again, is mailed no more.
    """
    dynamics = DynamicsAdmin(local)
    person = await local.crm.create(
        table, lastname="Tweemaal", emailaddress1=f"{table}.tweemaal@voorbeeld.nl"
    )
    await local.spotler.until(person, lastName="Tweemaal")
    await local.crm.delete(table, person)
    await local.stack.settle()
    await dynamics.switch_steps(on=False)
    await dynamics.restore(table, person)
    await dynamics.switch_steps(on=True)
    await local.spotler.permit(person, 1)

    await local.crm.delete(table, person)
    await local.stack.settle()

    assert await _permissions(local, person) == []
    assert (await _record(local, table, person))["reason"] == "deleted"


@pytest.mark.feature("F66")
@pytest.mark.parametrize("copies", [0, 1.0], ids=["once", "twice"])
async def test_merged_contact_is_retired(local: Local, copies: float) -> None:
    """
    Of two merged contacts the stricter permissions stay; the merged one is mailed no more.

    That holds however often the merge is told.
    """
    await local.events(duplicates=copies)
    winner, loser = [
        await local.crm.create("contact", lastname="Dubbel", emailaddress1=f"{n}{copies}@jo.nl")
        for n in ("new", "old")
    ]
    for contact in (winner, loser):
        await local.spotler.until(contact, lastName="Dubbel")
    for bit in (1, 2):
        await local.spotler.permit(winner, bit)
    await local.spotler.permit(loser, 1)
    await local.stack.settle()

    await DynamicsAdmin(local).merge(winner, loser)
    await local.stack.settle()

    assert await _permissions(local, winner) == [1]
    assert await _permissions(local, loser) == []
    merged = await _record(local, "contact", loser)
    assert (merged["reason"], merged["can_be_sent"]) == ("merged", False)
    assert (await _record(local, "contact", winner))["status"] == "in_sync"


@pytest.mark.feature("F66")
async def test_who_came_from_spotler_keeps_no(local: Local) -> None:
    """
    A contact that was brought from Spotler, where all is off, says No to what it is merged into.
    """
    winner = await local.crm.create("contact", lastname="Blijft", emailaddress1="blijft@winkel.nl")
    await local.spotler.until(winner, lastName="Blijft")
    for bit in (1, 2):
        await local.spotler.permit(winner, bit)
    await add_people(
        local, {"externalId": "winkel-1", "email": "komt@winkel.nl", "lastName": "Komt"}
    )
    admin = await Administrator.of(local.stack)
    await admin.until(await start(local, admin))
    rows = await local.crm.rows("contact", "lastname")
    [loser] = [row for row, columns in rows.items() if columns["lastname"] == "Komt"]

    await DynamicsAdmin(local).merge(winner, loser)
    await local.stack.settle()

    assert await _permissions(local, winner) == []
    assert (await _record(local, "contact", loser))["reason"] == "merged"


@pytest.mark.feature("F66")
async def test_chain_of_merges_ends_with_the_strictest(local: Local) -> None:
    """
    Who said No keeps it in the contact that is left, also when the later merge is seen first.
    """
    dynamics = DynamicsAdmin(local)
    strict, middle, last = [
        await local.crm.create("contact", lastname="Keten", emailaddress1=f"{n}@keten.nl")
        for n in ("een", "twee", "drie")
    ]
    for contact in (strict, middle, last):
        await local.spotler.until(contact, lastName="Keten")
        await local.spotler.permit(contact, 1)
    for contact in (middle, last):
        await local.spotler.permit(contact, 2)
    await local.stack.settle()

    await dynamics.switch_steps(on=False)
    await dynamics.merge(middle, strict)
    await dynamics.merge(last, middle)
    await dynamics.switch_steps(on=True)
    for contact in (middle, strict):
        await local.crm.update("contact", contact, address1_city="Delft")
        await local.stack.settle()

    assert await _permissions(local, last) == [1]
    assert await _permissions(local, strict) == []
    assert (await _record(local, "contact", strict))["reason"] == "merged"


@pytest.mark.feature("F67", "F68")
async def test_colleague_of_an_open_lead_is_somebody_else(local: Local) -> None:
    """
    A contact that only names a lead takes neither its place nor its permissions.
    """
    lead = await local.crm.create("lead", lastname="Jansen", emailaddress1="jansen@bedrijf.nl")
    await local.spotler.until(lead, lastName="Jansen")
    await local.spotler.permit(lead, 1)
    await local.stack.settle()

    origin = {"originatingleadid@odata.bind": f"/leads({lead})"}
    colleague = await local.crm.create(
        "contact", lastname="Collega", emailaddress1="collega@bedrijf.nl", **origin
    )
    await local.spotler.until(colleague, lastName="Collega")
    await local.stack.settle()

    assert await _permissions(local, colleague) == []
    assert await _permissions(local, lead) == [1]
    assert (await _record(local, "lead", lead))["status"] == "in_sync"


@pytest.mark.feature("F66", "F67")
async def test_restored_contact_leaves_its_lead_alone(local: Local) -> None:
    """
    A contact that is restored after its lead was opened again is somebody else than the lead.
    """
    lead = await local.crm.create("lead", lastname="Heen", emailaddress1="heen@voorbeeld.nl")
    await local.spotler.until(lead, freeField1="Lead")
    contact = await local.crm.qualify(lead)
    assert contact is not None
    await local.spotler.until(lead, freeField1="Contact")
    await local.stack.settle()
    await local.crm.delete("contact", contact)
    await local.stack.settle()
    await local.crm.update("lead", lead, statecode=0, statuscode=1)
    await local.spotler.until(lead, freeField1="Lead")
    await local.stack.settle()

    await DynamicsAdmin(local).restore("contact", contact)
    await local.spotler.until(contact, freeField1="Contact")
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert people[lead]["properties"]["freeField1"] == "Lead"
    for table, row in (("contact", contact), ("lead", lead)):
        assert (await _record(local, table, row))["status"] == "in_sync"


@pytest.mark.feature("F66", "F103")
async def test_lost_deletion_is_withdrawn_when_sent_again(local: Local) -> None:
    """
    A contact whose deletion nobody told of loses the permissions once it is sent again by hand.
    """
    dynamics, admin = DynamicsAdmin(local), await Administrator.of(local.stack)
    contact = await local.crm.create(
        "contact", lastname="Verloren", emailaddress1="weg@voorbeeld.nl"
    )
    await local.spotler.until(contact, lastName="Verloren")
    await local.spotler.permit(contact, 1)
    await local.stack.settle()
    await dynamics.switch_steps(on=False)
    await local.crm.delete("contact", contact)
    await dynamics.switch_steps(on=True)

    body = {"records": [{"table": "contact", "id": contact}]}
    status, _ = await admin.call("POST", "/records/send", body)
    await local.stack.settle()

    assert status == 202
    assert await _permissions(local, contact) == []
    assert (await _record(local, "contact", contact))["reason"] == "deleted"
