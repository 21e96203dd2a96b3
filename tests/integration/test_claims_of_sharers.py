"""Who shares a contact with somebody who is deleted is asked for; what is refused is told."""

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.test_claims import health
from tests.integration.test_claims_of_parts import HIDDEN_LEADS
from tests.integration.test_claims_of_work import until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F106"),
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

ADDRESS = "samen@example.nl"


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack whose account recognises people by their address."""
    return StackOptions(
        settings={"RETRY_FIRST_SECONDS": "0.5"}, spotler=("--dedupe", "email,externalId")
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def test_leads_that_may_not_be_asked_are_told(local: Local, admin: Administrator) -> None:
    """
    A contact is deleted while leads may not be read: it ends, and what nobody could see is told.
    """
    await local.crm.create("lead", lastname="Lead", emailaddress1=ADDRESS)
    await local.stack.settle()
    contact = await local.crm.create("contact", lastname="Samen", emailaddress1=ADDRESS)
    await local.spotler.until(contact)
    await local.stack.settle()
    await local.spotler.permit(contact, 1)
    await local.faults("dataverse", HIDDEN_LEADS)

    await local.crm.delete("contact", contact)
    refused = await until(admin, "changes", "dataverse_refused")
    state = await health(local)
    permissions = (await local.spotler.contacts())[contact]["permissions"]
    await local.faults("dataverse")
    await local.spotler.until(
        await local.crm.create("lead", lastname="Ander", emailaddress1="ander@example.nl")
    )
    mended = await until(admin, "changes", None)

    assert (refused["outcome"], state) == ("failed", "degraded")
    assert refused["detail"].endswith("(leads)")
    assert not any(permissions.values())
    assert mended["outcome"] == "ok"
