"""Our side has another secret than the webhook in Dynamics: what is refused is told."""

import pytest

from devstack.stack import StackOptions
from devstack.stack.settings import FUNCTION_KEY
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.customiser import as_person
from tests.integration.test_claims import health, until_shown

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

SECRET = "another-secret-than-dynamics-has"


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack whose own secret was mistyped."""
    return StackOptions(settings={"WEBHOOK_SECRET": SECRET})


@pytest.mark.feature("F106")
async def test_refused_calls_are_told_until_mended(local: Local) -> None:
    """
    Whoever looks sees that changes are refused; with the first one that comes in all is well.
    """
    reader = await Administrator.of(local.stack, "reader")
    before = await until_shown(reader, "steps", None)

    lost = await local.crm.create("contact", lastname="Weg", emailaddress1="weg@example.nl")
    refused = await until_shown(reader, "steps", "calls_refused")
    state = await health(local)
    await give_secret(local, SECRET)
    person = await local.crm.create("contact", lastname="Weer", emailaddress1="weer@example.nl")
    await local.spotler.until(person)
    mended = await until_shown(reader, "steps", None)

    assert (before["outcome"], refused["outcome"], mended["outcome"]) == ("ok", "failed", "ok")
    assert "WEBHOOK_SECRET" in refused["detail"]
    assert state == "degraded"
    assert lost not in await local.spotler.contacts()


async def give_secret(local: Local, secret: str) -> None:
    """Let the webhook in Dynamics call with a secret."""
    [endpoint] = (await as_person(local, "GET", "serviceendpoints?$select=url"))["value"]
    pairs = {"x-functions-key": FUNCTION_KEY, "x-connector-secret": secret}
    written = "".join(f'<setting name="{n}" value="{v}" />' for n, v in pairs.items())
    path = f"serviceendpoints({endpoint['serviceendpointid']})"
    await as_person(local, "PATCH", path, {"authvalue": f"<settings>{written}</settings>"})
