"""Spotler's key and secret change while several hosts are at work, and while one of them dies."""

import asyncio
import json
import random
from pathlib import Path

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableClient

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

KILLS = 3
SEED = 20


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return two hosts; what is told goes to the first."""
    return StackOptions(hosts=2, settings={"RETRY_FIRST_SECONDS": "0.1"})


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def change_in_spotler(local: Local, **values: str) -> None:
    url = f"{local.stack.facts('spotler')['url']}/_devstack/credentials"
    await local.stack.control("PUT", url, values)


@pytest.mark.feature("F28", "F32")
async def test_other_host_follows(local: Local, admin: Administrator) -> None:
    """
    A host that Spotler refuses takes the secret that was saved on another, within the same call.
    """
    before = await state_on(local, 1)
    await change_in_spotler(local, secret="anotherDemonstrationSecret")
    status, _ = await admin.call("PUT", "/connection", {"secret": "anotherDemonstrationSecret"})
    await local.spotler.forget_calls()

    after = await state_on(local, 1)

    assert (before, status, after) == ("ok", 200, "ok")
    assert await local.spotler.calls("GET /contact/properties/list") == 2


async def test_killed_between_the_writes(local: Local, admin: Administrator) -> None:
    """
    Whenever the host dies while a connection is saved, a key has the secret that belongs to it.
    """
    dice = random.Random(SEED)
    pairs = {await stored_pair(local)}
    for number in range(KILLS):
        pair = (f"demo-key-number-{number}", f"demoSecretNumber{number}")
        pairs.add(pair)
        await change_in_spotler(local, key=pair[0], secret=pair[1])
        saving = asyncio.ensure_future(
            admin.call("PUT", "/connection", {"key": pair[0], "secret": pair[1]})
        )
        await asyncio.sleep(dice.uniform(0.01, 0.2))
        await local.stack.kill_host()
        await asyncio.gather(saving, return_exceptions=True)
        await local.stack.start_host()

        assert await stored_pair(local) in pairs

    status, _ = await admin.call("PUT", "/connection", {"key": pair[0], "secret": pair[1]})
    assert status == 200
    assert await stored_pair(local) == pair


async def state_on(local: Local, host: int) -> str:
    """Return whether a host is well with Spotler: its workers' own client reads the fields."""
    url = f"{local.stack.hosts[host].facts['url']}/api/manage/mappings/refresh"
    headers = {
        "Authorization": f"Bearer {await local.stack.token('admin')}",
        "Sec-Fetch-Site": "same-origin",
    }
    async with local.stack.http.post(url, json={}, headers=headers) as answer:
        return "ok" if answer.ok else await answer.text()


async def stored_pair(local: Local) -> tuple[str, str]:
    """Return the key of the row, and the secret of the version that the row names."""
    tables, file = (local.stack.settings[one] for one in ("TablesConnection", "SECRETS_FILE"))
    async with TableClient.from_connection_string(tables, "settings") as table:
        row = await table.get_entity(local.stack.organisation, "connection")
    lines = (await asyncio.to_thread(Path(file).read_text)).split("\n")
    secrets = {one["version"]: one["secret"] for one in map(json.loads, filter(None, lines))}

    return row["key"], secrets[row["secret_version"]]
