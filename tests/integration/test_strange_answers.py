"""Spotler answers in ways that nobody documented, or somebody on the way answers for it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.integration.administrator import Administrator
from tests.integration.conftest import Local

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def spotler(local: Local) -> AsyncIterator[str]:
    """Return where the simulator is steered, and leave its switches as they were."""
    url = f"{local.stack.facts('spotler')['url']}/_devstack"
    before = await local.stack.control("GET", f"{url}/options")
    yield url

    await local.stack.control("PATCH", f"{url}/options", before)


@pytest.mark.parametrize(
    "switches",
    [
        pytest.param({"empty_lists": "null"}, id="null-for-lists"),
        pytest.param({"last_page": "after-only"}, id="page-without-next"),
        pytest.param({"permission_reads": "set-only"}, id="sets-left-out"),
    ],
)
async def test_strange_answer_is_understood(
    local: Local, spotler: str, switches: dict[str, object]
) -> None:
    """
    A contact reaches Spotler, and is looked up there, however its answers are shaped.
    """
    admin = await Administrator.of(local.stack)
    await local.stack.control("PATCH", f"{spotler}/options", switches)

    person = await local.crm.create("contact", lastname="Vreemd", emailaddress1="v@example.nl")
    await local.spotler.until(person, lastName="Vreemd")
    await local.stack.settle()
    _, found = await admin.call("GET", f"/records/contact/{person}")

    assert (found["record"]["status"], found["differs"], found["problems"]) == (
        *("in_sync", False),
        [],
    )


@pytest.mark.parametrize("status", [403, 404, 502])
async def test_page_of_a_proxy_is_waited_out(local: Local, spotler: str, status: int) -> None:
    """
    A page that somebody on the way answers with is no verdict on a contact: it comes back later.
    """
    path = "/integrationservice/contact/list"
    fault = {"path": path, "status": status, "body": "<h1>Blocked</h1>", "times": 2}
    await local.faults("spotler", fault)

    person = await local.crm.create("contact", lastname="Later", emailaddress1="l@example.nl")

    assert await local.spotler.until(person, lastName="Later")


async def test_another_account_gets_the_next_change(local: Local, spotler: str) -> None:
    """
    A connector that is connected to another account sends what changes from then on to that one.
    """
    admin = await Administrator.of(local.stack)
    await local.stack.control("PUT", f"{spotler}/accounts/second", {"secret": "s-2"})

    status, _ = await admin.call("PUT", "/connection", {"key": "second", "secret": "s-2"})
    person = await local.crm.create("contact", lastname="Nieuw", emailaddress1="n@example.nl")
    patience = {"account": "second", "property": "lastName", "equals": "Nieuw", "timeout": "30"}
    there = await local.stack.control("GET", f"{spotler}/contacts/{person}", params=patience)

    assert status == 200
    assert there["externalId"] == person
    assert person not in await local.spotler.contacts()
    # The other tests of the module look at the first account.
    again, _ = await admin.call("PUT", "/connection", local.stack.connection_values())
    assert again == 200
