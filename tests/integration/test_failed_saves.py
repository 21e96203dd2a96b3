"""A save that the tables refuse halfway, through the front door: nothing of it, or what is told."""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from devstack.stack import DemonstrationLicence
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.refusing_tables import RefusingTables, Write, refusing_tables

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

OTHER = {"key": "another-account-key", "secret": "anotherAccountSecret"}
MADE, REFUSED, LOST = Write
TRIES = 10
"""More often than the SDK tries."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def way(shared: Local) -> AsyncIterator[RefusingTables]:
    url = f"{shared.stack.facts('spotler')['url']}/_devstack/accounts/{OTHER['key']}"
    await shared.stack.control("PUT", url, {"secret": OTHER["secret"]})
    async with refusing_tables(shared) as tables:
        yield tables


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local, way: RefusingTables) -> Administrator:
    way.ahead = {}

    return await Administrator.of(local.stack)


async def shown(admin: Administrator) -> tuple[Json, str]:
    """Return what is shown of the key, and until when the licence is valid."""
    status, view = await admin.call("GET", "/connection")
    assert status == 200

    return view["spotler"], view["licence"]["valid_until"]


def another_licence(local: Local, days: float = 500) -> str:
    return DemonstrationLicence(days=days).code_for(local.stack.organisation)


@pytest.mark.feature("F28", "F32")
@pytest.mark.parametrize("table", ["licences", "settings"])
async def test_refused_write_saves_nothing(
    local: Local, admin: Administrator, way: RefusingTables, table: str
) -> None:
    """
    Whichever of the two rows cannot be written, the account and the licence are those of before.
    """
    before = await shown(admin)
    way.ahead = {table: [REFUSED] * TRIES}

    status, said = await admin.call(
        "PUT", "/connection", OTHER | {"licence": another_licence(local)}
    )

    assert (status, said["code"]) == (503, "try_again_later")
    assert len(way.ahead[table]) < TRIES
    way.ahead = {}
    assert await shown(admin) == before
    _, audit = await admin.call("GET", "/audit?action=connection.save")
    [newest, *_] = audit["entries"]
    assert (newest["status"], newest["before"]) == (503, newest["after"])


async def test_half_a_save_is_told(local: Local, admin: Administrator, way: RefusingTables) -> None:
    """
    Where the licence can neither be joined by the key nor taken back, the answer says so.
    """
    before, until = await shown(admin)
    way.ahead = {"licences": [MADE, *[REFUSED] * TRIES], "settings": [REFUSED] * TRIES}

    status, said = await admin.call(
        "PUT", "/connection", OTHER | {"licence": another_licence(local, 600)}
    )

    after, valid_until = await shown(admin)
    assert (status, said["code"]) == (503, "partly_saved")
    assert (said["saved"], said["unsure"], after) == (["licence"], [], before)
    assert valid_until > until


@pytest.mark.parametrize("table", ["licences", "settings"])
async def test_lost_answer_is_no_lost_save(
    local: Local, admin: Administrator, way: RefusingTables, table: str
) -> None:
    """
    A row that was written counts as saved, also when the table's answer says that it was not.
    """
    usual = local.stack.connection_values()
    way.ahead = {table: [LOST]}

    status, view = await admin.call(
        "PUT", "/connection", OTHER | {"licence": another_licence(local, 700)}
    )

    assert (status, view["spotler"]["key_ends"]) == (200, OTHER["key"][-4:])
    assert (await admin.call("PUT", "/connection", usual | {"replace_licence": True}))[0] == 200


@pytest.mark.feature("F35")
async def test_licence_alone_is_not_the_key(local: Local, admin: Administrator) -> None:
    """
    Who enters a licence does not become the one who saved the key, nor is it saved again.
    """
    before, _ = await shown(admin)
    token = await local.stack.token("admin", oid=str(uuid.uuid4()))

    status, view = await Administrator(local.stack, token).call(
        "PUT", "/connection", {"licence": another_licence(local, 800)}
    )

    assert (status, view["spotler"]) == (200, before)
