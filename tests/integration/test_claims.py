"""What the connector says of itself is so: looked at now, for readers too, and told by its name."""

import asyncio
import datetime as dt
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.customiser import as_person, step_of
from tests.integration.test_connect import field_of, put_field

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

LOOKED_AT_LATEST = 40
POLL_SECONDS = 0.2

type Json = dict[str, Any]


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


@pytest_asyncio.fixture(loop_scope="module")
async def reader(local: Local) -> Administrator:
    return await Administrator.of(local.stack, "reader")


async def check_now(admin: Administrator, name: str) -> Json:
    """Return a check as a look of now finds it."""
    status, answer = await admin.call("POST", "/connection/test")
    assert status == 200, answer

    return next(dict(one) for one in answer["checks"] if one["name"] == name)


async def until_shown(who: Administrator, name: str, code: str | None) -> Json:
    """Return a check that is shown, as soon as it has a code: nobody asked for a new look."""
    async with asyncio.timeout(LOOKED_AT_LATEST):
        while True:
            _, view = await who.call("GET", "/connection")
            check = next(dict(one) for one in view["checks"] if one["name"] == name)
            if check["code"] == code:
                return check
            await asyncio.sleep(POLL_SECONDS)


async def health(local: Local) -> str:
    async with local.stack.http.get(f"{local.stack.address}/api/health") as answer:
        return str((await answer.json())["status"])


@pytest.mark.feature("F106")
async def test_step_that_is_off_is_named(
    local: Local, admin: Administrator, reader: Administrator
) -> None:
    """
    Somebody switches a step off in Dynamics: readers see which, since when, by itself; then not.
    """
    before = await until_shown(reader, "steps", None)
    step = await step_of(local, "Update", "contact")
    began = dt.datetime.now(dt.UTC)

    await as_person(local, "PATCH", step, {"statecode": 1, "statuscode": 2})
    off = await until_shown(reader, "steps", "step_disabled")
    state = await health(local)
    await as_person(local, "PATCH", step, {"statecode": 0, "statuscode": 1})
    on = await check_now(admin, "steps")

    assert "contact Update" in off["detail"]
    assert before["outcome"] == "ok"
    assert dt.datetime.fromisoformat(before["since"]) < began
    assert dt.datetime.fromisoformat(off["since"]) > began
    assert state == "degraded"
    assert (on["outcome"], on["code"]) == ("ok", None)
    assert on["since"] > off["since"]
    assert await health(local) == "ok"


@pytest.mark.feature("F106")
@pytest.mark.parametrize(
    ("message", "table", "columns", "code"),
    [
        ("Update", "lead", {"filteringattributes": "statecode"}, "step_filtered"),
        ("Create", "lead", {"mode": 0}, "step_missing"),
        ("Delete", "contact", {"supporteddeployment": 1}, "step_missing"),
        ("Merge", "contact", {"statecode": 1, "statuscode": 2}, "step_recommended"),
    ],
    ids=["filtered", "synchronous", "offline", "recommended"],
)
async def test_what_is_wrong_with_a_step_is_told(
    local: Local,
    admin: Administrator,
    message: str,
    table: str,
    columns: dict[str, object],
    code: str,
) -> None:
    """
    Whatever somebody changes about a step is told with its name.
    """
    step = await step_of(local, message, table)
    was = await as_person(local, "GET", f"{step}?$select={','.join(columns)}")
    await as_person(local, "PATCH", step, columns)

    check = await check_now(admin, "steps")

    await as_person(local, "PATCH", step, {name: was[name] for name in columns})
    assert check["code"] == code
    assert f"{table} {message}" in check["detail"]
    assert check["outcome"] == ("warning" if code == "step_recommended" else "failed")


async def test_webhook_that_leads_elsewhere(local: Local, admin: Administrator) -> None:
    """
    A webhook that somebody pointed at another app is told, and so is one that is gone.
    """
    [endpoint] = (await as_person(local, "GET", "serviceendpoints?$select=url"))["value"]
    path = f"serviceendpoints({endpoint['serviceendpointid']})"

    await as_person(local, "PATCH", path, {"url": "https://x.example/api/webhooks/dataverse"})
    elsewhere = await check_now(admin, "steps")
    await as_person(local, "PATCH", path, {"url": "https://x.example/api/other"})
    nowhere = await check_now(admin, "steps")
    await as_person(local, "PATCH", path, {"url": endpoint["url"]})

    assert (elsewhere["code"], nowhere["code"]) == ("points_elsewhere", "not_registered")
    assert (await check_now(admin, "steps"))["outcome"] == "ok"


async def test_hidden_permissions_are_told(local: Local, admin: Administrator) -> None:
    """
    Permissions that Spotler hides fail a check of their own, and do not stand in a save's way.
    """
    await put_field(local, "permissions", visible=False)

    status, view = await admin.call("PUT", "/connection", {})
    hidden = next(one for one in view["checks"] if one["name"] == "permissions")
    state = await health(local)
    await put_field(local, "permissions", visible=True)

    assert (status, hidden["code"], state) == (200, "permissions_hidden", "degraded")
    assert (await check_now(admin, "permissions"))["outcome"] == "ok"


async def test_checks_go_stale_neither_way(local: Local, reader: Administrator) -> None:
    """
    What stops working is shown by itself, and so is what works again; nobody has to press a button.
    """
    codes = {"spotler": "unreachable", "dataverse": "unreachable", "steps": "unknown"}
    for name in codes:
        await until_shown(reader, name, None)

    await local.faults("spotler", {"path": "/integrationservice", "status": 503})
    await local.faults("dataverse", {"path": "/api/data/", "status": 503})
    for name, code in codes.items():
        await until_shown(reader, name, code)
    for part in ("spotler", "dataverse"):
        await local.faults(part)

    for name in codes:
        assert (await until_shown(reader, name, None))["outcome"] == "ok"


async def test_service_bus_is_looked_at(local: Local, admin: Administrator) -> None:
    """
    Queues that cannot be reached fail their check, and their numbers are refused.
    """
    faults = f"{local.stack.facts('servicebus')['view']}faults"
    await local.stack.control("POST", faults, {"refuse_connections": {}, "drop_connections": True})

    away = await check_now(admin, "queues")
    await local.stack.control("DELETE", faults)

    assert away["code"] == "queue_unavailable"
    assert (await check_now(admin, "queues"))["outcome"] == "ok"


async def test_activity_is_told(local: Local, reader: Administrator) -> None:
    """
    When a change last came in and when one last went to Spotler is told within seconds.
    """
    began = dt.datetime.now(dt.UTC)
    person = await local.crm.create("contact", lastname="Actief", emailaddress1="a@example.nl")
    await local.spotler.until(person)

    async with asyncio.timeout(LOOKED_AT_LATEST):
        while True:
            _, view = await reader.call("GET", "/connection")
            told = [view["activity"]["received_at"], view["activity"]["sent_at"]]
            if all(one and dt.datetime.fromisoformat(one) > began for one in told):
                break
            await asyncio.sleep(POLL_SECONDS)

    assert told[0] <= told[1]


async def test_queues_are_counted(local: Local, reader: Administrator) -> None:
    """
    What waits, scheduled copies too, is a number; who may read may see it.
    """
    busy = {"path": "/integrationservice", "status": 503, "retry_after": 2}
    await local.faults("spotler", busy)
    people = [
        await local.crm.create("contact", lastname=f"W{n}", emailaddress1=f"w{n}@example.nl")
        for n in range(3)
    ]
    async with asyncio.timeout(LOOKED_AT_LATEST):
        while True:
            content, headers = await reader.get("/queues")
            changes = next(one for one in content["queues"] if one["queue"] == "changes")
            if changes["scheduled"]["count"] == len(people):
                break
            await asyncio.sleep(POLL_SECONDS)
    await local.faults("spotler")

    assert headers["ETag"]
    assert changes["scheduled"] == {"count": len(people), "at_least": False}
    assert changes["dead"] == {"count": 0, "at_least": False}
    await local.spotler.until_all(people)


async def test_other_fields_stay_hidden(local: Local, admin: Administrator) -> None:
    """
    A required field that is hidden fails its own check, and no other.
    """
    owner = await field_of(local, "Owner")
    await put_field(local, owner, visible=False)

    _, answer = await admin.call("POST", "/connection/test")

    await put_field(local, owner, visible=True)
    assert [one["name"] for one in answer["checks"] if one["code"]] == ["fields"]


@pytest.mark.parametrize("behind", [" ", "\u00a0"], ids=["space", "no-break space"])
async def test_label_with_a_space_behind_it(
    local: Local, admin: Administrator, behind: str
) -> None:
    """
    A field whose label ends in a space that nobody sees is found and filled all the same.
    """
    type_ = await field_of(local, "Type")
    await put_field(local, type_, description=f"Type{behind}")

    check = await check_now(admin, "fields")
    address = f"l{ord(behind)}@example.nl"
    person = await local.crm.create("contact", lastname="Label", emailaddress1=address)
    await local.spotler.until(person, freeField1="Contact")

    await put_field(local, type_, description="Type")
    assert check["outcome"] == "ok"


async def test_hiccup_begins_nothing(local: Local, admin: Administrator) -> None:
    """
    A step that is off is off since it was switched off, though Dynamics did not tell for a while.
    """
    step = await step_of(local, "Update", "lead")
    await as_person(local, "PATCH", step, {"statecode": 1, "statuscode": 2})

    off = await check_now(admin, "steps")
    path = "/api/data/v9.2/sdkmessageprocessingsteps"
    await local.faults("dataverse", {"path": path, "method": "GET", "status": 503})
    unseen = await check_now(admin, "steps")
    await local.faults("dataverse")
    again = await check_now(admin, "steps")
    await as_person(local, "PATCH", step, {"statecode": 0, "statuscode": 1})

    assert [one["code"] for one in (off, unseen, again)] == [
        *("step_disabled", "unknown", "step_disabled"),
    ]
    assert off["since"] == again["since"] < unseen["since"]
