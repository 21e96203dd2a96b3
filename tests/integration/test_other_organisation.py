"""The settings name another organisation than the environment has: nothing is connected."""

import pytest

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.test_webhook_answers import a_body, post

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

OTHER = "00000000-1111-2222-3333-444444444444"


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack whose settings are for another environment, such as one that was copied."""
    return StackOptions(activate=False, settings={"DATAVERSE_ORGANISATION_ID": OTHER})


async def test_other_organisation_is_told(local: Local) -> None:
    """
    An environment of another organisation is refused by name of the setting, for readers to see.
    """
    admin = await Administrator.of(local.stack)

    status, problem = await admin.call("PUT", "/connection", local.stack.connection_values())
    reader = await Administrator.of(local.stack, "reader")
    _, view = await reader.call("GET", "/connection")

    assert (status, problem["code"]) == (422, "checks_failed")
    for checks in (problem["checks"], view["checks"]):
        [check] = [one for one in checks if one["name"] == "dataverse"]
        assert check["code"] == "other_organisation"
        assert "DATAVERSE_ORGANISATION_ID" in check["detail"]
    assert view["status"] == "not_connected"


async def test_changes_are_asked_for_again(local: Local) -> None:
    """
    As long as the setting is wrong the webhook refuses no change of the environment for good.
    """
    assert await post(local, a_body(local)) == (503, "other_organisation")
    assert await post(local, a_body(local, OrganizationId=OTHER)) == (503, "other_organisation")


async def test_nothing_is_final_before_a_proof(local: Local) -> None:
    """
    While Dynamics cannot be asked whose environment it is no change is refused for good either.
    """
    await local.stack.stop_host()
    await local.faults("dataverse", {"path": "/api/data", "method": "GET", "status": 503})
    await local.stack.start_host()

    assert await post(local, a_body(local)) == (503, "unknown_organisation")
