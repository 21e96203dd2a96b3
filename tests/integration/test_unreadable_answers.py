"""An answer that cannot be read is none: our storage and Spotler's lists are away, and told so."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.table_gate import (
    TableGate,
    gate_before,
    refuse_nothing,
    refuse_table,
    say_nothing,
    say_of_table,
)
from tests.integration.test_claims import health, until_shown
from tests.integration.test_claims_of_parts import WENT_OVER_SECONDS, change_now, until_told
from tests.integration.test_claims_of_work import Json, create, until
from tests.integration.test_garbage import queue_counts

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F106"),
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PAGE = "<h1>Maintenance</h1>"
NO_ROW = '{"value": [{}]}'
UNWELL_LATEST = 40
POLL_SECONDS = 0.5
LIST = "/integrationservice/contact/list"


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack that tries again soon, and gives up soon where a test waits for that."""
    return StackOptions(
        settings={
            "RETRY_FIRST_SECONDS": "0.5",
            "RETRY_LONGEST_SECONDS": "1",
            "RETRY_ATTEMPTS": "60",
            "WEBHOOK_PATIENCE_SECONDS": "1",
        }
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


@pytest_asyncio.fixture(loop_scope="module")
async def gate(local: Local) -> AsyncIterator[TableGate]:
    async with gate_before(local) as gate:
        yield gate


async def dead(local: Local) -> int:
    return int((await queue_counts(local, "changes"))["dead_lettered"])


@pytest.mark.parametrize(
    ("table", "body"), [("records", PAGE), ("records", NO_ROW), ("parked", PAGE), ("parked", "{}")]
)
async def test_changes_outlast_nonsense(
    local: Local, admin: Administrator, gate: TableGate, table: str, body: str
) -> None:
    """
    While a table answers nonsense changes and deletions come back, and it is told as an outage.
    """
    person, gone = await create(local, "stays"), await create(local, "leaves")
    await local.spotler.until_all([person, gone])
    await local.spotler.permit(gone, 1)
    await until(admin, "changes", None)
    before = await dead(local)

    gate.say = say_of_table(table, body)
    await local.crm.update("contact", person, lastname="goes")
    await local.crm.delete("contact", gone)
    failed = await until_shown(admin, "changes", "storage_unreachable")
    state = await health(local)
    gate.say = say_nothing
    await local.spotler.until(person, lastName="goes")
    await local.stack.settle()
    mended = await until(admin, "changes", None)

    assert (failed["outcome"], state, mended["outcome"]) == ("failed", "degraded", "ok")
    assert not any((await local.spotler.contacts())[gone]["permissions"].values())
    assert await dead(local) == before


@pytest.mark.parametrize(("table", "body"), [("settings", PAGE), ("settings", NO_ROW)])
async def test_health_outlasts_nonsense(
    local: Local, admin: Administrator, gate: TableGate, table: str, body: str
) -> None:
    """
    While the table that the checks read answers nonsense they answer as while it is away.
    """
    await until(admin, "tables", None)

    gate.refuse = refuse_table(table)
    away = await until_unwell(local), await admin.call("GET", "/connection")
    gate.refuse = refuse_nothing
    await until(admin, "tables", None)
    gate.say = say_of_table(table, body)
    strange = await until_unwell(local), await admin.call("GET", "/connection")
    gate.say = say_nothing
    mended = await until(admin, "tables", None)

    assert away[0] == strange[0]
    assert codes(*away[1]) == codes(*strange[1])
    assert mended["outcome"] == "ok"


async def until_unwell(local: Local) -> tuple[int, str]:
    """Return the first answer of the health that is not well: each is one that can be read."""
    async with asyncio.timeout(UNWELL_LATEST):
        while True:
            async with local.stack.http.get(f"{local.stack.address}/api/health") as answer:
                status = str((await answer.json())["status"])
                if status != "ok":
                    return answer.status, status
            await asyncio.sleep(POLL_SECONDS)


def codes(status: int, answer: Json) -> tuple[int, object]:
    """Return what an answer says without its times."""
    if "checks" not in answer:
        return status, answer["code"]

    return status, {one["name"]: one["code"] for one in answer["checks"]}


@pytest.mark.parametrize("answer", ["[]", "{}", "null", '[{"externalId": null}]', ""])
async def test_lists_answered_by_nonsense_are_told(
    local: Local, admin: Administrator, answer: str
) -> None:
    """
    What says nothing of anybody neither proves that lists are taken, nor ends what is told of them.
    """
    person = await create(local, "listed")
    await local.spotler.until(person)
    await until(admin, "changes", None)
    nonsense: dict[str, object] = {"path": LIST, "status": 204}
    if answer:
        nonsense = {"path": LIST, "status": 200, "body": answer, "content_type": "application/json"}

    await local.faults("spotler", {"path": LIST, "status": 503})
    await local.crm.update("contact", person, lastname="waits")
    told = await until_told(admin, "spotler_unreachable")
    await local.faults("spotler", nonsense)
    other = await create(local, "other")
    await asyncio.sleep(WENT_OVER_SECONDS)
    still = await change_now(admin)
    state = await health(local)
    await local.faults("spotler")
    await local.spotler.until_all([person, other])

    assert told["detail"].endswith("(lists of people)")
    assert (still["since"], state) == (told["since"], "degraded")
    assert still["code"] == "spotler_unreachable"
    assert (await until_told(admin, None))["outcome"] == "ok"
