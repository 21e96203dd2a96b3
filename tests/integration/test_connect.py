"""The first day of an administrator, and the days on which something changes."""

import asyncio
from http import HTTPStatus
from typing import Any

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from devstack.stack import StackOptions
from devstack.stack.demonstration_licence import demonstration_licence
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

CANARY = "canarySecretOfSomebody"
OTHER = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack on its first day, whose people wait for nothing long."""
    return StackOptions(activate=False, settings={"RETRY_FIRST_SECONDS": "0.1"})


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


@pytest_asyncio.fixture(loop_scope="module")
async def connected(local: Local, admin: Administrator) -> Administrator:
    """Return an administrator who has connected."""
    status, _ = await admin.call("PUT", "/connection", local.stack.connection_values())
    assert status == HTTPStatus.OK

    return admin


def failed(answer: Json) -> list[tuple[str, str | None, str]]:
    return [
        (one["name"], one["field"], one["code"])
        for one in answer["checks"]
        if one["outcome"] == "failed"
    ]


async def refused(admin: Administrator, **values: str | None) -> list[tuple[str, str | None, str]]:
    """Save what must not be saved; return what failed."""
    status, answer = await admin.call("PUT", "/connection", values)
    assert (status, answer["code"]) == (HTTPStatus.UNPROCESSABLE_ENTITY, "checks_failed"), answer

    return failed(answer)


async def shown(admin: Administrator) -> Json:
    status, answer = await admin.call("GET", "/connection")
    assert status == HTTPStatus.OK

    return answer


@pytest.mark.feature("F32", "F36")
async def test_first_day(local: Local, admin: Administrator) -> None:
    """
    Nothing is connected, nothing may be started, and a change waits without being lost.
    """
    view = await shown(admin)
    assert (view["status"], view["licence"]["state"]) == ("not_connected", "none")
    assert view["spotler"] == {
        "key_ends": None,
        "secret_saved": False,
        "saved_at": None,
        "saved_by": None,
    }

    person = await local.crm.create("contact", lastname="Eerst", emailaddress1="eerst@example.nl")
    await local.stack.settle()
    assert await local.spotler.contacts() == {}
    status, problem = await admin.call("POST", "/jobs", {"kind": "contacts_to_spotler"})
    assert (status, problem["code"]) == (HTTPStatus.FORBIDDEN, "licence_forbids")

    assert await refused(admin) == [
        ("spotler", "key", "key_missing"),
        ("spotler", "secret", "secret_missing"),
        ("licence", "licence", "licence_missing"),
    ]
    assert await parked(local) == [f"contact-{person}"]


@pytest.mark.feature("F27", "F28", "F32", "F34", "F35")
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"secret": CANARY}, ("spotler", "secret", "credentials_refused")),
        ({"key": CANARY}, ("spotler", "key", "credentials_refused")),
        ({"licence": "forged"}, ("licence", "licence", "forged")),
        ({"licence": "other"}, ("licence", "licence", "wrong_organisation")),
        ({"licence": "ended"}, ("licence", "licence", "expired")),
        ({"licence": CANARY}, ("licence", "licence", "malformed")),
    ],
    ids=["secret", "key", "forged", "other organisation", "ended", "garbage"],
)
async def test_mistake_is_shown_at_its_field(
    local: Local, admin: Administrator, change: dict[str, str], found: tuple[str, str, str]
) -> None:
    """
    What is wrong is told next to its field, and nothing is saved.
    """
    values = local.stack.connection_values()
    codes = {
        "forged": values["licence"][:-8] + "AAAAAAAA",
        "other": demonstration_licence(OTHER),
        "ended": demonstration_licence(local.stack.organisation, days=-30),
    }
    wrong = {name: codes.get(value, value) for name, value in change.items()}

    assert await refused(admin, **values | wrong) == [found]

    assert (await shown(admin))["status"] == "not_connected"


@pytest.mark.feature("F21", "F22", "F23", "F24", "F25", "F26")
async def test_missing_field_is_named(local: Local, admin: Administrator) -> None:
    """
    A field that Spotler does not have or show is named with its kind, before anything is saved.
    """
    owner = await field_of(local, "Owner")
    await put_field(local, owner, visible=False)

    status, answer = await admin.call("PUT", "/connection", local.stack.connection_values())

    await put_field(local, owner, visible=True)
    assert (status, failed(answer)) == (422, [("fields", None, "fields_missing")])
    [check] = [one for one in answer["checks"] if one["name"] == "fields"]
    assert check["missing"] == [{"label": "Owner", "kind": "profile"}]
    assert "support desk" in check["detail"]
    assert (await shown(admin))["status"] == "not_connected"


async def test_dataverse_is_down(local: Local, admin: Administrator) -> None:
    """
    While Dataverse does not answer nothing is saved, and the page knows why.
    """
    await local.faults("dataverse", {"path": "/api/data/", "status": 503})

    assert await refused(admin, **local.stack.connection_values()) == [
        ("dataverse", None, "unreachable"),
        ("steps", None, "unknown"),
    ]


@pytest.mark.feature("F32", "F34", "F35", "F36", "F37")
async def test_first_save_connects(local: Local, admin: Administrator) -> None:
    """
    The first save connects, shows until when the licence holds, and what had waited goes over.
    """
    person = await local.crm.create("contact", lastname="Wacht", emailaddress1="wacht@example.nl")
    await local.stack.settle()
    values = local.stack.connection_values()
    status, tested = await admin.call("POST", "/connection/test", values)
    assert (status, failed(tested)) == (200, [])
    assert (await shown(admin))["status"] == "not_connected"

    status, view = await admin.call("PUT", "/connection", values)

    assert (status, view["status"]) == (HTTPStatus.OK, "connected")
    assert view["spotler"]["key_ends"] == values["key"][-4:]
    assert view["licence"]["state"] == "active"
    assert view["licence"]["valid_until"]
    assert [one["outcome"] for one in view["checks"]] == ["ok"] * 9
    assert view == await shown(admin)
    await admin.call("POST", "/connection/test", {"secret": "mistaken"})
    assert view == await shown(admin)
    await local.spotler.until(person, lastName="Wacht")
    await local.stack.settle()
    assert await parked(local) == []


@pytest.mark.feature("F20", "F37", "F51")
async def test_saving_again_keeps_what_there_is(local: Local, connected: Administrator) -> None:
    """
    Saving again keeps key, secret, licence and mappings, and reads Spotler's fields anew.
    """
    before = (await table(local, "mappings"), (await shown(connected))["licence"])
    await local.spotler.forget_calls()

    status, view = await connected.call("PUT", "/connection", {"key": "", "secret": None})

    assert (status, view["status"]) == (HTTPStatus.OK, "connected")
    assert (await table(local, "mappings"), view["licence"]) == before
    assert await local.spotler.calls("GET /contact/properties/list") == 2


async def test_who_changed_what_is_kept(local: Local, connected: Administrator) -> None:
    """
    Who saved is kept with the result, also of a save that was refused, and none of what was typed.
    """
    await refused(connected, secret=CANARY)

    mistaken, saved = (await table(local, "audit"))[:2]
    assert {saved["action"], mistaken["action"]} == {"connection.save"}
    assert (saved["status"], mistaken["status"]) == (200, 422)
    assert saved["caller"] == mistaken["caller"] == (await shown(connected))["spotler"]["saved_by"]
    assert CANARY not in str([saved, mistaken])


async def test_two_administrators(local: Local, connected: Administrator) -> None:
    """
    Of administrators who save at once at least one succeeds, and the others are told.
    """
    answers = await asyncio.gather(*(connected.call("PUT", "/connection", {}) for _ in range(4)))

    codes = {answer.get("code") for status, answer in answers if status != HTTPStatus.OK}
    assert HTTPStatus.OK in {status for status, _ in answers}
    assert codes <= {"connection_changed"}
    assert (await shown(connected))["status"] == "connected"


async def test_secret_leaves_no_trace(local: Local, connected: Administrator) -> None:
    """
    Neither what was refused nor what was saved stands in a log, a table or an answer.
    """
    values = local.stack.connection_values()
    status, answer = await connected.call("PUT", "/connection", {"secret": f"{CANARY} "})
    bad = await connected.call("PUT", "/connection", {"secret": f"{CANARY}\u20ac", "else": CANARY})
    assert (status, bad[0], bad[1]["code"]) == (422, 400, "invalid_body")

    log = "".join(host.log.read_text() for host in local.stack.hosts.values())
    tables = [str(row) for name in await tables_of(local) for row in await table(local, name)]
    everywhere = [log, *tables, str(answer), str(bad), str(await shown(connected))]

    hidden = (CANARY, values["secret"])
    assert not [one for one in everywhere if any(secret in one for secret in hidden)]
    assert "connection.save asked for, answered 422" in log


async def field_of(local: Local, label: str) -> str:
    fields = await local.stack.control("GET", f"{spotler(local)}/properties")

    return next(str(one["name"]) for one in fields if one.get("description") == label)


async def put_field(local: Local, name: str, **what: object) -> None:
    await local.stack.control("PUT", f"{spotler(local)}/properties/{name}", what)


def spotler(local: Local) -> str:
    return f"{local.stack.facts('spotler')['url']}/_devstack"


async def parked(local: Local) -> list[str]:
    return [str(row["RowKey"]) for row in await table(local, "parked")]


async def tables_of(local: Local) -> list[str]:
    async with _service(local) as service:
        return [one.name async for one in service.list_tables()]


async def table(local: Local, name: str) -> list[dict[str, Any]]:
    async with _service(local) as service:
        if name not in [one.name async for one in service.list_tables()]:
            return []

        return [dict(row) async for row in service.get_table_client(name).list_entities()]


def _service(local: Local) -> TableServiceClient:
    return TableServiceClient.from_connection_string(local.stack.settings["TablesConnection"])
