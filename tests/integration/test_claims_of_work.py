"""That a system can be read is not that changes go through: what workers meet is told, too."""

import asyncio
import datetime as dt
from typing import Any

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.table_gate import (
    Refuse,
    gate_before,
    refuse_nothing,
    refuse_table,
    refuse_writes,
)
from tests.integration.test_claims import health, until_shown

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F106"),
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

TOLD_LATEST = 40
POLL_SECONDS = 0.5
TABLES_TOLD_LATEST = 16
COUNT_IS_GOOD_SECONDS = 6
STANDSTILL_SECONDS = 5
LIST = "/integrationservice/contact/list"
PRIVILEGE = (
    '{"error": {"code": "0x80040220", "message": "Principal user is missing prvReadContact"}}'
)

type Json = dict[str, Any]


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack that tries again soon, and tells soon that nobody works."""
    return StackOptions(
        settings={
            "RETRY_FIRST_SECONDS": "0.5",
            "RETRY_LONGEST_SECONDS": "2",
            "WEBHOOK_PATIENCE_SECONDS": "1",
            "JOB_STANDSTILL_SECONDS": str(STANDSTILL_SECONDS),
        }
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def until(admin: Administrator, name: str, code: str | None) -> Json:
    """Return a check as soon as it has a code and is no longer skipped."""
    async with asyncio.timeout(TOLD_LATEST):
        while True:
            status, answer = await admin.call("POST", "/connection/test")
            assert status == 200, answer
            [check] = [dict(one) for one in answer["checks"] if one["name"] == name]
            if check["code"] == code and check["outcome"] != "skipped":
                return check
            await asyncio.sleep(POLL_SECONDS)


async def create(local: Local, name: str) -> str:
    return await local.crm.create("contact", lastname=name, emailaddress1=f"{name}@example.nl")


@pytest.mark.parametrize(
    ("part", "fault", "code"),
    [
        pytest.param("spotler", {"path": LIST, "status": 503}, "spotler_unreachable", id="down"),
        pytest.param(
            "spotler", {"path": LIST, "status": 403, "body": ""}, "spotler_refused", id="reads only"
        ),
        pytest.param(
            "dataverse",
            {
                "path": "/api/data/v9.2/contacts",
                "method": "GET",
                "status": 403,
                "body": PRIVILEGE,
                "content_type": "application/json",
            },
            "dataverse_refused",
            id="no privilege",
        ),
    ],
)
async def test_what_a_worker_meets_is_told(
    local: Local, admin: Administrator, part: str, fault: dict[str, object], code: str
) -> None:
    """
    A system that can be read fails for people alone: since when and why is told until one goes.
    """
    before = await until(admin, "changes", None)
    began = dt.datetime.now(dt.UTC)
    await local.faults(part, fault)

    person = await create(local, f"p{code}")
    failed = await until(admin, "changes", code)
    state = await health(local)
    others = [check for check in await checks_of(admin) if check["outcome"] != "ok"]
    await local.faults(part)
    await local.spotler.until(person)
    mended = await until(admin, "changes", None)

    assert before["outcome"] == mended["outcome"] == "ok"
    assert failed["outcome"] == "failed"
    assert began < dt.datetime.fromisoformat(failed["since"]) < dt.datetime.now(dt.UTC)
    assert [check["name"] for check in others] == ["changes"]
    assert state == "degraded"
    assert await health(local) == "ok"


async def test_queue_that_takes_nothing_is_told(local: Local, admin: Administrator) -> None:
    """
    Our identity may look into the queue and not send: it is told, and so are lost changes later.
    """
    faults = f"{local.stack.facts('servicebus')['view']}faults"
    condition = {"queue": "changes", "condition": "amqp:unauthorized-access"}
    await local.stack.control("POST", faults, {"refuse_sends": condition})
    await local.events(retry_delay=0.1)

    lost = await create(local, "lost")
    refused = await until(admin, "queues", "sends_refused")
    state = await health(local)
    await local.stack.control("DELETE", faults)
    person = await create(local, "taken")
    await local.spotler.until(person)
    afterwards = await until(admin, "queues", "changes_lost")

    assert (refused["outcome"], state) == ("failed", "degraded")
    assert refused["since"] < afterwards["since"]
    assert afterwards["outcome"] == "warning"
    assert await health(local) == "ok"
    assert lost not in await local.spotler.contacts()


async def test_nobody_works_is_told(local: Local, admin: Administrator) -> None:
    """
    The function of the queue is switched off: what waits there is told as waiting in vain.
    """
    await local.stack.stop_host()
    local.stack.settings["AzureWebJobs.sync_changes.Disabled"] = "true"
    await local.stack.start_host()

    person = await create(local, "waits")
    waits = await until(admin, "changes", "not_taken")
    state = await health(local)
    await local.stack.stop_host()
    del local.stack.settings["AzureWebJobs.sync_changes.Disabled"]
    await local.stack.start_host()
    await local.spotler.until(person)

    assert (waits["outcome"], state) == ("failed", "degraded")
    assert (await until(admin, "changes", None))["outcome"] == "ok"


@pytest.mark.parametrize(
    ("refuse", "code"),
    [
        pytest.param(refuse_writes, "storage_refused", id="reads only"),
        pytest.param(refuse_table("records"), "storage_unreachable", id="one table away"),
    ],
)
async def test_storage_that_fails_in_part_is_told(
    local: Local, admin: Administrator, refuse: Refuse, code: str
) -> None:
    """
    What cannot be written down is known to the host that met it, which tells it.
    """
    async with gate_before(local) as gate:
        await until(admin, "changes", None)
        gate.refuse = refuse

        person = await create(local, f"t{code}")
        failed = await until_shown(admin, "changes", code)
        state = await health(local)
        gate.refuse = refuse_nothing
        await local.spotler.until(person)
        mended = await until(admin, "changes", None)

    assert (failed["outcome"], state, mended["outcome"]) == ("failed", "degraded", "ok")
    assert failed["since"] is not None


async def test_change_that_writes_nothing_proves_no_writes(
    local: Local, admin: Administrator
) -> None:
    """
    While our identity only reads, an edit that changes nothing does not end what is told of it.
    """
    async with gate_before(local) as gate:
        known = await create(local, "known")
        await local.spotler.until(known)
        await until(admin, "changes", None)
        gate.refuse = refuse_writes
        await create(local, "unwritten")
        failed = await until_shown(admin, "changes", "storage_refused")

        began = dt.datetime.now(dt.UTC)
        await local.crm.update("contact", known, lastname="known")
        still = await changes_after(admin, began)

    assert (still["code"], still["since"]) == (failed["code"], failed["since"])
    assert still["detail"].endswith("(writes to the table records)")


@pytest.mark.parametrize("path", ["/jobs", "/records/counts", "/records"])
async def test_tables_that_hang_are_told_soon(
    local: Local, admin: Administrator, path: str
) -> None:
    """
    Who looks at the page while the tables hang is told that they do not answer, within seconds.
    """
    async with gate_before(local) as gate:
        before, _ = await admin.call("GET", path)
        await asyncio.sleep(COUNT_IS_GOOD_SECONDS)
        gate.open.clear()
        async with asyncio.timeout(TABLES_TOLD_LATEST):
            status, said = await admin.call("GET", path)
        gate.open.set()

    assert before == 200
    assert (status, said["code"]) == (503, "try_again_later")


async def changes_after(admin: Administrator, moment: dt.datetime) -> Json:
    """Return the check of the changes of a look that knows of one that came in since then."""
    async with asyncio.timeout(TOLD_LATEST):
        while True:
            _, view = await admin.call("GET", "/connection")
            received = view["activity"]["received_at"]
            if received and dt.datetime.fromisoformat(received) > moment:
                return next(dict(one) for one in view["checks"] if one["name"] == "changes")
            await asyncio.sleep(POLL_SECONDS)


async def checks_of(admin: Administrator) -> list[Json]:
    _, answer = await admin.call("POST", "/connection/test")

    return [dict(one) for one in answer["checks"]]


async def test_our_tables_are_not_dynamics(local: Local, admin: Administrator) -> None:
    """
    When the table of the mappings alone is away our storage is told, and no word of Dynamics.
    """
    async with gate_before(local) as gate:
        gate.refuse = refuse_table("mappings")
        checks = {check["name"]: check for check in await checks_of(admin)}

    assert checks["tables"]["code"] == "unreachable"
    assert checks["dataverse"]["outcome"] == checks["steps"]["outcome"] == "skipped"
