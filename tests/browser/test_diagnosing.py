"""What waits for somebody is told, sent again or let go; support gets a file that tells nothing."""

import json
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from devstack.stack.settings import WEBHOOK_SECRET
from tests.browser.conftest import Visit
from tests.integration.conftest import Local
from tests.integration.crashes import crash_upon
from tests.integration.customiser import as_person, step_of

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

ADDRESS = "lastig@example.nl"


@pytest_asyncio.fixture(loop_scope="module")
async def person(local: Local) -> str:
    """Let Spotler refuse somebody, so that their change is parked."""
    person = await local.crm.create("contact", lastname="Lastig", emailaddress1="heel@example.nl")
    await local.spotler.until(person)
    await local.stack.control("PUT", refusal(local, person), {"code": "PROPERTY_INVALID"})
    await local.crm.update("contact", person, emailaddress1=ADDRESS)
    await local.stack.settle()

    return person


def refusal(local: Local, person: str) -> str:
    return f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{person}"


@pytest.mark.feature("F113")
async def test_parked_is_sent_again(visit: Visit, local: Local, person: str) -> None:
    """
    A parked change says why in words, is sent again once that is mended, and all is well.
    """
    visitor = await visit()
    card = visitor.card("diagnose")
    row = card.locator("li.item", has_text=person[:8])
    await expect(row).to_contain_text("Spotler neemt een waarde niet aan")
    await expect(row).to_contain_text("rejected:PROPERTY_INVALID")
    assert await visitor.audit() == []

    await local.stack.control("DELETE", refusal(local, person))
    await row.get_by_role("button", name="Opnieuw versturen").click()

    await expect(card).to_contain_text("1 is op weg naar Spotler")
    await local.spotler.until(person, email=ADDRESS)
    await expect(card).to_contain_text("Er is niets geparkeerd")


async def test_parked_is_let_go_after_asking(visit: Visit, local: Local, person: str) -> None:
    """
    A parked change is let go only by who says yes.
    """
    visitor = await visit()
    card = visitor.card("diagnose")
    row = card.locator("li.item", has_text=person[:8])
    discard = row.get_by_role("button", name="Verwijderen")
    await discard.click()
    dialog = visitor.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Wat je verwijdert wordt nooit meer verwerkt")
    await dialog.get_by_role("button", name="Annuleren").click()
    await expect(row).to_be_visible()

    await discard.click()
    await dialog.get_by_role("button", name="Verwijderen").click()

    await expect(card).to_contain_text("1 is verwijderd")
    await expect(row).to_have_count(0)
    await expect(card.get_by_role("region", name="Geparkeerde wijzigingen")).to_be_focused()
    await local.stack.control("DELETE", refusal(local, person))


async def test_parked_leads_to_the_person(visit: Visit, local: Local, person: str) -> None:
    """
    From a parked change one looks at the person that it is of; a reader can do no more.
    """
    visitor = await visit(role="reader")
    row = visitor.card("diagnose").locator("li.item", has_text=person[:8])
    for name in ("Opnieuw versturen", "Verwijderen"):
        button = row.get_by_role("button", name=name)
        await expect(button).to_be_disabled()
        await expect(button).to_have_attribute("aria-describedby", "reader-note")

    await row.get_by_role("button", name="Bekijken").click()

    await expect(visitor.page.locator("#lookup-result")).to_contain_text(ADDRESS)
    await local.stack.control("DELETE", refusal(local, person))


async def test_support_file_tells_nothing_of_anybody(
    visit: Visit, local: Local, person: str, tmp_path: Path
) -> None:
    """
    The file for support holds how things stand, and no secret and no value of any person.
    """
    visitor = await visit()
    card = visitor.card("diagnose")

    async with visitor.page.expect_download() as download:
        await card.get_by_role("button", name="Supportbestand downloaden").click()

    file = tmp_path / "support.json"
    await (await download.value).save_as(file)
    text = file.read_text()
    content = json.loads(text)
    assert set(content) == {
        *("v", "made_at", "connection", "jobs", "bookmarks", "counts", "mappings"),
        *("parked", "queues", "dead_letters"),
    }
    assert content["connection"]["status"] == "connected"
    assert person in {one["record_id"] for one in content["parked"]}
    spotler = local.stack.facts("spotler")
    for secret in (
        *("Lastig", "lastig", "example.nl", "Anneke", WEBHOOK_SECRET),
        *(spotler["consumer_key"], spotler["consumer_secret"], spotler["consumer_key"][-4:]),
    ):
        assert secret not in text


@pytest.mark.feature("F106")
async def test_step_that_is_off_takes_the_tick(visit: Visit, local: Local) -> None:
    """
    While somebody has a step switched off in Dynamics the page says which, and not Actief.
    """
    visitor = await visit()
    status, test = (
        visitor.card("status"),
        visitor.page.get_by_role("button", name="Test verbinding"),
    )
    await expect(status).to_contain_text("Wijzigingen in Dynamics gaan direct naar Spotler")
    step = await step_of(local, "Delete", "lead")

    await as_person(local, "PATCH", step, {"statecode": 1, "statuscode": 2})
    await test.click()

    await expect(status.get_by_role("status")).to_contain_text("Wijzigingen komen niet door")
    await expect(status).to_contain_text("lead Delete")
    await expect(status).not_to_contain_text("gaan direct naar Spotler")
    assert await visitor.audit() == []
    await as_person(local, "PATCH", step, {"statecode": 0, "statuscode": 1})
    await test.click()
    await expect(status.get_by_role("status")).to_contain_text("Actief")


@pytest.mark.feature("F66", "F103", "F105")
async def test_stuck_message_is_sent_again(visit: Visit, local: Local) -> None:
    """
    A message on which ten workers died is shown with its person; sent again, that person is synced.
    """
    await local.stack.stop_host()
    person = await local.crm.create("contact", lastname="Vast", emailaddress1="vast@example.nl")
    await crash_upon(local, person)
    await local.stack.start_host()
    visitor = await visit()
    card = visitor.card("diagnose")
    dead = card.get_by_role("region", name="Wijzigingen in personen")
    row = dead.locator("li.item", has_text=person[:8])
    await expect(row).to_contain_text("Te vaak geprobeerd")
    assert await visitor.audit() == []

    await row.get_by_role("button", name="Opnieuw versturen").click()

    await expect(card).to_contain_text("1 is op weg naar Spotler")
    await local.spotler.until(person, lastName="Vast")
    await expect(card).to_contain_text("Er zijn geen vastgelopen berichten")
