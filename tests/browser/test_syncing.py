"""Initial syncs from the page, on real people: start, watch, steer, and see what became of them."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.told import ORGANISATION, a_connection, a_job, a_preview
from tests.browser.visitor import Visitor
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.existing_people import CONTACTS, PEOPLE, SLOW, start_anew

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PATIENCE = 60_000
VERY_SLOW = SLOW | {"seconds": 2}
ROWS = {
    CONTACTS: "Contactpersonen naar Spotler",
    "leads_to_spotler": "Leads naar Spotler",
    "contacts_to_dataverse": "Spotler-contacten naar Dynamics",
    "mailings_to_dataverse": "Spotler-mailings naar Dynamics",
}


def row(visitor: Visitor, kind: str = CONTACTS) -> Locator:
    return visitor.page.get_by_role("article", name=ROWS[kind])


async def press(visitor: Visitor, word: str, kind: str = CONTACTS) -> None:
    await row(visitor, kind).get_by_role("button", name=f"{word}: {ROWS[kind]}").click()


async def confirm(visitor: Visitor, word: str) -> None:
    await visitor.page.get_by_role("dialog").get_by_role("button", name=word).click()


@pytest.mark.feature("F38", "F39", "F40", "F41", "F107", "F108", "F109", "F110", "F111")
async def test_sync_from_start_to_tick(local: Local, visit: Visit) -> None:
    """
    Who starts a sync sees it run, and so does another browser; in the end all see the same tick.
    """
    await start_anew(local)
    await local.faults("spotler", VERY_SLOW)
    visitor, other = await visit(), await visit(role="reader")
    await visitor.until_read()

    await press(visitor, "Starten")
    dialog = visitor.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Alle contactpersonen uit Dynamics, ook inactieve")
    assert await visitor.audit() == []
    await confirm(visitor, "Starten")

    await expect(row(visitor)).to_contain_text("Bezig")
    await expect(row(visitor).get_by_role("progressbar")).to_be_visible()
    await other.page.reload()
    await expect(row(other)).to_contain_text("Bezig")
    await visitor.page.reload()
    await expect(row(visitor)).to_contain_text("Bezig")
    await expect(row(visitor)).to_contain_text("door jou")
    await local.faults("spotler")

    for one in (visitor, other):
        await expect(row(one).locator(".badge.success")).to_contain_text("Klaar", timeout=PATIENCE)
        await expect(row(one)).to_contain_text(f"{PEOPLE:,} verwerkt in".replace(",", "."))
    admin = await Administrator.of(local.stack)
    _, told = await admin.call("GET", "/jobs")
    job = told["jobs"][0]
    assert job["in_sync"] + job["excluded"] + job["failed"] == PEOPLE
    await expect(row(visitor)).to_contain_text(f"{job['excluded']} uitgesloten")
    await visitor.page.get_by_text("Bladwijzers (ContactBookmarks)").click()
    await expect(visitor.page.get_by_role("row", name=ROWS[CONTACTS])).to_contain_text("Ja")


@pytest.mark.feature("F39", "F111")
async def test_sync_is_steered(local: Local, visit: Visit) -> None:
    """
    A running sync is paused, goes on, and is stopped only when who does so is sure.
    """
    await start_anew(local)
    await local.faults("spotler", VERY_SLOW)
    visitor = await visit()
    await press(visitor, "Opnieuw uitvoeren")
    await confirm(visitor, "Starten")

    await press(visitor, "Pauzeren")
    await expect(row(visitor)).to_contain_text("Gepauzeerd door een beheerder")
    await expect(row(visitor).get_by_role("button").first).to_be_focused()
    await press(visitor, "Hervatten")
    await expect(row(visitor)).to_contain_text("Bezig")
    await press(visitor, "Stoppen")
    await visitor.page.keyboard.press("Escape")
    await expect(row(visitor)).to_contain_text("Bezig")
    await press(visitor, "Stoppen")
    await confirm(visitor, "Stoppen")

    await expect(row(visitor)).to_contain_text("Gestopt op")
    await local.faults("spotler")
    await local.stack.settle()


@pytest.mark.feature("F38")
async def test_everything_is_sent_again(local: Local, visit: Visit) -> None:
    """
    After Spotler lost people a sync finds nothing to do; its other button sends everybody again.
    """
    await start_anew(local, 150)
    admin = await Administrator.of(local.stack)
    await admin.until(await admin.start(CONTACTS))
    everybody = {*await local.spotler.contacts()}
    await local.stack.control("POST", f"{local.stack.facts('spotler')['url']}/_devstack/forget", {})
    visitor = await visit()

    await press(visitor, "Alles opnieuw versturen")
    dialog = visitor.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Doe dit als Spotler mensen is kwijtgeraakt")
    assert await visitor.audit() == []
    await confirm(visitor, "Starten")

    await local.spotler.until_all([*everybody])
    await expect(row(visitor).locator(".badge.success")).to_contain_text("Klaar", timeout=PATIENCE)
    assert {*await local.spotler.contacts()} == everybody


@pytest.mark.feature("F39")
async def test_preview_before_start(local: Local, visit: Visit) -> None:
    """
    A preview tells how many would be created and why others are left out, and writes nothing.
    """
    await start_anew(local, 250)
    visitor = await visit()

    await press(visitor, "Voorbeeld maken")

    preview = row(visitor).get_by_role("region", name="Voorbeeld van")
    await expect(preview).to_contain_text("Er is niets geschreven", timeout=PATIENCE)
    await preview.get_by_text("Waarom uitgesloten").click()
    await expect(preview).to_contain_text("Er is geen e-mailadres")
    assert len(await local.spotler.contacts()) == 0
    await press(visitor, "Opnieuw uitvoeren")
    await expect(visitor.page.get_by_role("dialog")).to_contain_text("Volgens het voorbeeld")
    await confirm(visitor, "Annuleren")


@pytest.mark.feature("F43")
async def test_way_back_is_confirmed(visit: Visit) -> None:
    """
    Before Dynamics is written, its name has to be typed.
    """
    kind = "contacts_to_dataverse"
    visitor = await visit(told={"/connection": a_connection(), "/jobs": {"jobs": []}})
    await press(visitor, "Starten", kind)
    dialog = visitor.page.get_by_role("dialog")
    start = dialog.get_by_role("button", name="Starten")
    await expect(start).to_be_disabled()
    assert await visitor.audit() == []

    await dialog.get_by_role("textbox").fill("contoso")
    await expect(start).to_be_disabled()
    await dialog.get_by_role("textbox").fill(ORGANISATION["url"].removeprefix("https://"))
    await visitor.tell("/jobs", a_job(kind) | {"jobs": [a_job(kind)]}, status=202)
    async with visitor.page.expect_request(lambda one: one.method == "POST") as asked:
        await start.click()

    request = await asked.value
    assert request.post_data_json == {"kind": kind, "confirmation": "contoso.crm4.dynamics.com"}


@pytest.mark.feature("F42")
async def test_trial_offers_none(visit: Visit) -> None:
    """
    On a trial the buttons are there, cannot be pressed, and say why.
    """
    visitor = await visit(told={"/connection": a_connection("trial"), "/jobs": {"jobs": []}})

    for kind in ROWS:
        start = row(visitor, kind).get_by_role("button", name="Starten")
        await expect(start).to_be_disabled()
        await expect(start).to_have_accessible_description(
            "Initiële synchronisatie zit niet in een proeflicentie. "
            "Vraag GAC Business Solutions om een volledige licentie."
        )


async def happen(visitor: Visitor, *jobs: object) -> None:
    """Let the jobs be so from now on, and the page look."""
    await visitor.tell("/jobs", {"jobs": jobs})
    await visitor.page.evaluate("window.dispatchEvent(new Event('online'))")


@pytest.mark.feature("F39", "F40")
async def test_preview_tells_whom_nobody_looked_up(visit: Visit) -> None:
    """
    Of whom Spotler was not asked the preview says so, and so does the question before a sync.
    """
    details = {"created": 12, "changed": 0, "unchanged": 0, "not_looked_up": 1400, "compared": 12}
    told = {"/connection": a_connection(), "/jobs": {"jobs": [a_preview(details=details)]}}

    visitor = await visit(told=told)
    preview = row(visitor).get_by_role("region", name="Voorbeeld van")
    await expect(preview).to_contain_text("Niet opgezocht1.400")
    await expect(preview).to_contain_text("Of wie niet is opgezocht al in Spotler staat")
    await press(visitor, "Starten")

    dialog = visitor.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("12 nieuw")
    await expect(dialog).to_contain_text("Niet opgezocht: 1.400.")


async def test_preview_is_not_the_sync(visit: Visit) -> None:
    """
    Who uses a keyboard or listens is never led from a preview to the sync, and an old preview goes.
    """
    bookmark = {
        "stream": f"{CONTACTS}-preview",
        "PageNumber": 1,
        "IsProcessed": True,
        **dict.fromkeys(("started_at", "finished_at"), "2026-11-26T09:00:00Z"),
        **dict.fromkeys(("in_sync", "excluded", "failed"), 0),
    }
    told = {"/connection": a_connection(), "/bookmarks": {"bookmarks": [bookmark]}}
    visitor = await visit(told=told | {"/jobs": {"jobs": []}})
    preview = row(visitor).get_by_role("region", name="Voorbeeld van")
    heard = visitor.page.locator("#announcements")
    looking = a_preview(state="running", done=0)
    await row(visitor).get_by_role("button", name="Voorbeeld maken").focus()
    await visitor.tell("/jobs", looking | {"jobs": [looking]}, status=202)
    await visitor.page.keyboard.press("Enter")

    await expect(preview).to_be_focused()
    await expect(heard).to_have_text(f"Voorbeeld van {ROWS[CONTACTS]}: gestart")
    await expect(preview.get_by_role("progressbar")).not_to_have_attribute("value", "0")
    await happen(visitor, a_preview())
    await expect(heard).to_have_text(f"Voorbeeld van {ROWS[CONTACTS]}: klaar")
    await preview.get_by_text("Wijzigingen per veld").click()
    await expect(preview).to_contain_text("Achternaam")
    await visitor.unfold()
    name = f"Voorbeeld van {ROWS[CONTACTS]}"
    await expect(visitor.page.get_by_role("rowheader", name=name)).to_be_visible()

    later = {"started_at": "2026-11-26T10:00:00Z"}
    await happen(visitor, a_job(**later), a_preview())
    await row(visitor).get_by_role("button", name="Pauzeren").focus()
    await happen(visitor, a_job(state="done", **later), a_preview())

    await expect(row(visitor)).to_be_focused()
    await expect(preview).to_have_count(0)
    await press(visitor, "Opnieuw uitvoeren")
    dialog = visitor.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("De vorige keer waren het er 12.480")
    await expect(dialog).not_to_contain_text("Volgens het voorbeeld")


@pytest.mark.feature("F40")
async def test_progress_is_told_in_quarters(visit: Visit) -> None:
    """
    Who listens to the page hears of each quarter once and of waiting, and not of every step.
    """
    visitor = await visit(told={"/connection": a_connection(), "/jobs": {"jobs": []}})
    heard: list[str] = []

    def hear(said: str) -> None:
        heard.append(said)

    await visitor.page.expose_function("hear", hear)
    await visitor.page.evaluate(
        """new MutationObserver(() => {
          const { textContent } = document.getElementById('announcements');
          if (textContent) hear(textContent);
        }).observe(document.getElementById('announcements'), { childList: true })"""
    )

    for done in (0, 26, 27, 49, 51, 80, 99):
        await happen(visitor, a_job(done=done, total=100, seconds_left=20))
        await expect(row(visitor)).to_contain_text(f"{done} van 100")
        bar = row(visitor).get_by_role("progressbar")
        assert await bar.get_attribute("value") == (str(done) if done else None)
    await expect(row(visitor)).to_contain_text("· nog minder dan een minuut")
    for until in ("2026-11-26T13:40:00Z", "2026-11-26T13:41:00Z"):
        await happen(visitor, a_job(done=99, total=100, waits_until=until, cause="people"))
        await expect(row(visitor)).to_contain_text("kan een of meer personen nu niet verwerken")
    await expect(visitor.page.locator("#announcements")).to_contain_text("wacht")
    await happen(visitor, a_job(state="done", done=100, total=100))
    await expect(visitor.page.locator("#announcements")).to_contain_text("klaar")

    assert [one.removeprefix(f"{ROWS[CONTACTS]}: ") for one in heard] == [
        "25 procent",
        "50 procent",
        "75 procent",
        "wacht, en gaat vanzelf verder",
        "klaar",
    ]
