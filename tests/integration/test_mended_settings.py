"""A setting of ours was wrong, and is put right: what was refused meanwhile is lost, and told."""

from http import HTTPStatus
from urllib.parse import urlsplit

import pytest

from devstack.stack.settings import WEBHOOK_SECRET
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.test_claims import health, until_shown
from tests.integration.test_misconfigured import restart
from tests.integration.test_webhook_answers import KEYS, a_body, post

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F106"),
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

OTHER = "00000000-1111-2222-3333-444444444444"


async def test_secret_of_ours_lost_changes(local: Local) -> None:
    """
    Once our own secret is that of the calls we refused, their changes are told as lost for a day.
    """
    reader = await Administrator.of(local.stack, "reader")
    await restart(local, WEBHOOK_SECRET="another-secret-than-dynamics-has")
    before = await until_shown(reader, "queues", None)
    lost = await local.crm.create("contact", lastname="Ver", emailaddress1="ver@example.nl")
    await until_shown(reader, "steps", "calls_refused")

    await restart(local, WEBHOOK_SECRET=WEBHOOK_SECRET)
    told = await until_shown(reader, "queues", "changes_lost")
    person = await local.crm.create("contact", lastname="Nu", emailaddress1="nu@example.nl")
    await local.spotler.until(person)
    await until_shown(reader, "steps", None)

    assert (before["outcome"], told["outcome"]) == ("ok", "warning")
    assert (await until_shown(reader, "queues", "changes_lost"))["since"] == told["since"]
    assert await health(local) == "ok"
    assert lost not in await local.spotler.contacts()


async def test_sign_in_of_ours_lost_changes(local: Local) -> None:
    """
    What came in while a setting of the sign-in was wrong is told as lost afterwards.
    """
    reader = await Administrator.of(local.stack, "reader")
    before = await until_shown(reader, "queues", "changes_lost")
    right = local.stack.settings["ENTRA_TENANT_ID"]
    await restart(local, ENTRA_TENANT_ID="our-tenant")

    status, _ = await post(local, a_body(local), KEYS)
    await restart(local, ENTRA_TENANT_ID=right)
    told = await until_shown(reader, "queues", "changes_lost")

    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert told["since"] > before["since"]


async def test_organisation_of_ours_lost_changes(local: Local) -> None:
    """
    What was refused since our setting named another organisation is told as lost afterwards.
    """
    reader = await Administrator.of(local.stack, "reader")
    before = await until_shown(reader, "queues", "changes_lost")
    ours = urlsplit(local.stack.settings["DATAVERSE_URL"]).hostname or ""
    right = local.stack.settings["DATAVERSE_ORGANISATION_ID"]
    await restart(local, DATAVERSE_ORGANISATION_ID=OTHER)

    status, _ = await post(local, a_body(local), KEYS | {"x-ms-dynamics-organization": ours})
    elsewhere = await until_shown(reader, "queues", None)
    await restart(local, DATAVERSE_ORGANISATION_ID=right)
    told = await until_shown(reader, "queues", "changes_lost")

    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert elsewhere["outcome"] == "ok"
    assert told["since"] > before["since"]
