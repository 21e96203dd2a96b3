"""A setting is wrong: the app is there all the same, nothing is lost, and who may know is told."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from connector.adapters.envelope import to_body
from connector.domain.contact import OrganisationId, RecordId, RecordKey, Table
from connector.domain.event import Change, RecordChanged
from devstack.stack import StackOptions
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.test_claims import health, until_shown
from tests.integration.test_garbage import queue_counts, send_bodies
from tests.integration.test_webhook_answers import KEYS, a_body, post

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F66"),
    pytest.mark.asyncio(loop_scope="module"),
]

REFERENCE = "@Microsoft.KeyVault(SecretUri=https://contoso.vault.azure.net/secrets/webhook)"
LONGER_THAN_A_START = 15.0


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def stack_options(logs: Path) -> StackOptions:
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.1"}, logs=logs)


async def test_lost_changes_are_told_once_all_is_right(local: Local) -> None:
    """
    What Dynamics sent in vain is told as lost afterwards; what a stranger sends then is not.
    """
    reader = await Administrator.of(local.stack, "reader")
    person = await local.crm.create("contact", lastname="Was", emailaddress1="was@example.nl")
    await local.spotler.until(person, lastName="Was")
    await local.events(retry_delay=0.1)
    await restart(local, ON_DELETE="wiped")
    stranger = KEYS | {"x-connector-secret": "of-a-stranger-who-guesses"}
    assert await post(local, a_body(local), stranger) == (503, "misconfigured")

    await restart(local, ON_DELETE="withdraw")
    before = await until_shown(reader, "queues", None)
    await restart(local, ON_DELETE="wiped")
    await local.crm.update("contact", person, lastname="Nooit")
    await until_answered(local, HTTPStatus.SERVICE_UNAVAILABLE)
    await local.stack.settle()
    await restart(local, ON_DELETE="withdraw")
    lost = await until_shown(reader, "queues", "changes_lost")

    assert before["outcome"] == "ok"
    assert (lost["outcome"], await health(local)) == ("warning", "ok")
    assert (await local.spotler.contacts())[person]["properties"]["lastName"] == "Was"


async def test_mistyped_setting_loses_nothing(local: Local, logs: Path) -> None:
    """
    Under a mistyped setting webhooks are asked for again and messages wait; then all goes on.
    """
    person = await local.crm.create("contact", lastname="Oud", emailaddress1="oud@example.nl")
    await local.spotler.until(person, lastName="Oud")
    good = local.stack.settings["WEBHOOK_SECRET"]
    await restart(local, WEBHOOK_SECRET="canary-4711")

    assert await post(local, a_body(local)) == (503, "misconfigured")
    assert await get(local, "health") == (503, {"status": "degraded"})
    fault = "WEBHOOK_SECRET: must have at least 16 characters"
    status, said = await get(local, "manage/me", await local.stack.token("reader"))
    assert (status, said["code"], said["faults"]) == (503, "misconfigured", [fault])
    assert (await get(local, "manage/sign-in"))[0] == 200
    assert (await get(local, "manage/me"))[0] == 401

    await local.events(retry_delay=0.1)  # Dataverse gives up on its event; that on the queue stays
    await local.crm.update("contact", person, lastname="Nieuw")
    before = await queue_counts(local)
    await send_bodies(local, "changes", to_body(a_change_of(local, person)).encode())
    await local.stack.incoming(before["incoming"] + 2)  # it was put back

    await restart(local, WEBHOOK_SECRET=good)
    await local.spotler.until(person, lastName="Nieuw")
    await local.stack.settle()

    assert (await queue_counts(local))["dead_lettered"] == 0
    log = await asyncio.to_thread((logs / "host-0" / "functions_host.log").read_text)
    assert f"settings must be put right: {fault}" in log
    assert "canary-4711" not in log


async def test_unresolved_reference_is_no_secret(local: Local) -> None:
    """
    A reference that Azure could not resolve lets nobody in, and has a deletion sent again.
    """
    person = await local.crm.create("contact", lastname="Weg", emailaddress1="weg@example.nl")
    await local.spotler.until(person, lastName="Weg")
    await local.spotler.permit(person, 1)
    good = local.stack.settings["WEBHOOK_SECRET"]
    await restart(local, WEBHOOK_SECRET=REFERENCE)

    known = KEYS | {"x-connector-secret": REFERENCE}
    assert await post(local, a_body(local), known) == (503, "misconfigured")
    assert await get(local, "health") == (503, {"status": "degraded"})
    _, said = await get(local, "manage/me", await local.stack.token("reader"))
    [fault] = said["faults"]
    assert fault.startswith("WEBHOOK_SECRET: ")
    assert "Azure could not resolve the reference" in fault

    await local.events(retry_delay=LONGER_THAN_A_START)
    await local.crm.delete("contact", person)
    await until_answered(local, HTTPStatus.SERVICE_UNAVAILABLE)
    await restart(local, WEBHOOK_SECRET=good)

    await local.stack.settle()
    permissions = (await local.spotler.contacts())[person]["permissions"]
    assert not any(permissions.values())


@pytest.mark.parametrize(
    ("name", "more", "fault"),
    [
        ("TablesConnection", ";AccountKey=Yg==", "must have each part once"),
        ("SPOTLER_DIALECT", '{"done_statuses": []}', "done_statuses must have a member"),
    ],
)
async def test_impossible_setting_is_told(local: Local, name: str, more: str, fault: str) -> None:
    """
    A setting that cannot be is told as one, before anything is done with it.
    """
    good = local.stack.settings.get(name, "")
    await restart(local, **{name: good.rstrip(";") + more})

    assert await get(local, "health") == (503, {"status": "degraded"})
    status, said = await get(local, "manage/me", await local.stack.token("reader"))
    assert (status, said["code"]) == (503, "misconfigured")
    assert [one.startswith(f"{name}: {fault}") for one in said["faults"]] == [True]

    await restart(local, **{name: good})
    assert await get(local, "health") == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBSITE_INSTANCE_ID", "0b2f"),
        ("DATAVERSE_URL", "https://contoso.crm4.dynamics.com"),
    ],
    ids=["in Azure", "real environment"],
)
async def test_local_stack_is_refused_elsewhere(
    local: Local, logs: Path, name: str, value: str
) -> None:
    """
    What opens the doors on the local stack opens none in Azure, nor towards a real environment.
    """
    good = local.stack.settings.get(name)
    await restart(local, **{name: value})

    health_of, answer = await get(local, "health"), await post(local, a_body(local))

    if good is None:
        del local.stack.settings[name]
    await restart(local, **({name: good} if good else {}))
    assert health_of == (503, {"status": "degraded"})
    assert answer[0] == HTTPStatus.SERVICE_UNAVAILABLE
    log = await asyncio.to_thread((logs / "host-0" / "functions_host.log").read_text)
    assert "LOCAL_STACK" in log
    assert (await get(local, "health"))[0] == HTTPStatus.OK


async def test_wrong_sign_in_is_told_to_nobody(local: Local) -> None:
    """
    Where the sign-in itself is set wrongly, the page is told that and nothing more.
    """
    good = local.stack.settings["ENTRA_CLIENT_ID"]
    await restart(local, ENTRA_CLIENT_ID="the-page")

    token = await local.stack.token("admin")
    for path in ("manage/sign-in", "manage/me"):
        status, said = await get(local, path, token)
        assert (status, said["code"]) == (503, "sign_in_not_configured")
        assert "faults" not in said
    async with local.stack.http.get(local.stack.config_page) as page:
        assert page.status == 200

    await restart(local, ENTRA_CLIENT_ID=good)


async def restart(local: Local, **settings: str) -> None:
    """Start the host anew with these settings in place of its own."""
    await local.stack.stop_host()
    local.stack.settings.update(settings)
    await local.stack.start_host()


async def until_answered(local: Local, status: HTTPStatus) -> None:
    """Wait until Dataverse's last delivery is answered so."""
    url = f"{local.stack.facts('dataverse')['url']}/_devstack/events/deliveries?last=1"
    async with asyncio.timeout(30):
        answers: list[int] = []
        while answers != [status]:
            await asyncio.sleep(0.05)
            answers = [one["status"] for one in await local.stack.control("GET", url)]


def a_change_of(local: Local, person: str) -> RecordChanged:
    return RecordChanged(
        organisation=OrganisationId(local.stack.organisation),
        key=RecordKey(Table.CONTACT, RecordId(person)),
        change=Change.UPDATED,
        operation="operation",
        step="step",
        correlation="correlation",
    )


async def get(local: Local, path: str, token: str | None = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with local.stack.http.get(f"{local.stack.address}/api/{path}", headers=headers) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return answer.status, await answer.json(content_type=None)
