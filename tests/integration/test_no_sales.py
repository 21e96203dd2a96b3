"""An organisation without Dynamics 365 Sales: there are no leads, and contacts are synced."""

import pytest

from devstack.stack import StackOptions
from tests.integration.conftest import Local

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack whose Dataverse knows no leads."""
    return StackOptions(dataverse=("--no-sales",), settings={"RETRY_FIRST_SECONDS": "0.1"})


@pytest.mark.feature("F66")
async def test_contacts_live_without_leads(local: Local) -> None:
    """
    Without Sales a contact is sent, changed, and withdrawn when it is deleted.
    """
    contact = await local.crm.create("contact", lastname="Los", emailaddress1="los@example.nl")
    await local.spotler.until(contact, lastName="Los")
    await local.spotler.permit(contact, 1)
    await local.crm.update("contact", contact, lastname="Losser")
    await local.spotler.until(contact, lastName="Losser")

    await local.crm.delete("contact", contact)
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert not any(people[contact]["permissions"].values())
