"""What a lead said, and what it filled in Spotler, stays known when its contact is not sent."""

import uuid

import pytest

from devstack.stack import StackOptions
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.spotler_account import edit

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack in which a closed lead can be opened again."""
    return StackOptions(
        settings={"RETRY_FIRST_SECONDS": "0.1"}, dataverse=("--no-lock-closed-leads",)
    )


async def _permissions(local: Local, external_id: str) -> list[int]:
    contact = (await local.spotler.contacts())[external_id]

    return [int(bit) for bit, is_on in contact["permissions"].items() if is_on]


async def _refuse(local: Local, external_id: str) -> None:
    """Let Spotler refuse a person from now on as one who left it."""
    url = f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{external_id}"
    await local.stack.control("PUT", url, {"code": "CONTACT_OPTOUT"})


@pytest.mark.feature("F66", "F68")
@pytest.mark.parametrize(
    ("domain", "address"),
    [("geen.nl", None), ("kapot.nl", "kapot@")],
    ids=["no address", "broken address"],
)
async def test_no_of_a_lead_outlives_its_contact(
    local: Local, domain: str, address: str | None
) -> None:
    """
    What a lead refused is refused where its contact goes in a merge, though that was never sent.
    """
    master = await local.crm.create("contact", lastname="Blijft", emailaddress1=f"jo@{domain}")
    lead = await local.crm.create("lead", lastname="Kans", emailaddress1=f"lea@{domain}")
    for person in (master, lead):
        await local.spotler.until(person)
    for bit in (1, 2):
        await local.spotler.permit(master, bit)
    await local.spotler.permit(lead, 2)
    await local.crm.update("lead", lead, emailaddress1=address)
    await local.stack.settle()
    contact = await local.crm.qualify(lead)
    assert contact is not None
    await local.stack.settle()

    await DynamicsAdmin(local).merge(master, contact)
    await local.stack.settle()

    assert await _permissions(local, master) == [2]


@pytest.mark.feature("F66")
async def test_opt_out_outlives_a_merge(local: Local) -> None:
    """
    Whom Spotler never took, because they had left it, refuses everything where they are merged.
    """
    master = await local.crm.create("contact", lastname="Blijft", emailaddress1="jo@blijft.nl")
    await local.spotler.until(master)
    await local.spotler.permit(master, 1)
    left = str(uuid.uuid4())
    await _refuse(local, left)
    await local.crm.create("contact", contactid=left, lastname="Weg", emailaddress1="jo@weg.nl")
    await local.stack.settle()

    await DynamicsAdmin(local).merge(master, left)
    await local.stack.settle()

    assert await _permissions(local, master) == []


@pytest.mark.feature("F66", "F67")
async def test_lead_that_is_back_empties_nothing_of_theirs(local: Local) -> None:
    """
    What people filled in at Spotler after our contact emptied it stays when the lead is back.
    """
    lead = await local.crm.create(
        "lead", lastname="Kans", emailaddress1="terug@kans.nl", address1_city="Delft"
    )
    await local.spotler.until(lead, city="Delft")
    contact = await local.crm.qualify(lead)
    assert contact is not None
    await local.spotler.until(lead, freeField1="Contact")
    await local.crm.update("contact", contact, address1_city=None)
    await local.stack.settle()
    assert "city" not in (await local.spotler.contacts())[lead]["properties"]
    await edit(local, lead, row=contact, city="Gouda")

    await local.crm.delete("contact", contact)
    await local.stack.settle()
    await local.crm.update("lead", lead, address1_city=None)
    await local.crm.update("lead", lead, statecode=0, statuscode=1)
    await local.spotler.until(lead, freeField1="Lead")
    await local.stack.settle()

    await local.spotler.until(lead, city="Gouda")
