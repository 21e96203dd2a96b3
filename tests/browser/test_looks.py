"""Anybody can read and use each state of the page: light, dark, narrow, in both languages."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.told import GOOD, a_check, a_connection, a_job, a_preview

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

NO_JOBS: Mapping[str, Any] = {"jobs": []}
RUNNING = {
    "jobs": [
        a_job(),
        a_job("leads_to_spotler", "paused", reason="gave_up"),
        a_job(
            "contacts_to_dataverse",
            "running",
            waits_until="2026-11-26T13:40:00Z",
            cause="configuration",
            cause_detail="the CRM must accept our token: tenant and address must fit",
        ),
        a_preview("mailings_to_dataverse", "running", total=None),
    ]
}
OVER = {
    "jobs": [
        a_job(state="done"),
        a_preview(),
        a_job("leads_to_spotler", "done", failed=0),
        a_job("contacts_to_dataverse", "cancelled"),
        a_job("mailings_to_dataverse", "paused", reason="licence"),
    ]
}
MISSING = a_check(
    "fields",
    "fields_missing",
    missing=[{"label": "Type", "kind": "free"}, {"label": "Owner", "kind": "profile"}],
)
STATES = {
    "first run": (a_connection("none", saved=False), NO_JOBS, "Niet verbonden"),
    "trial": (a_connection("trial", days_left=14), NO_JOBS, "Proef"),
    "active": (a_connection(), RUNNING, "Actief"),
    "expiring": (a_connection("expiring", days_left=12), OVER, "Verloopt over 12 dagen"),
    "last day": (a_connection("expiring", days_left=0), NO_JOBS, "Verloopt vandaag"),
    "last day but one": (a_connection("expiring", days_left=1), NO_JOBS, "Verloopt morgen"),
    "grace": (a_connection("grace", days_left=3), OVER, "Licentie verlopen"),
    "expired": (a_connection("expired"), OVER, "Verlopen"),
    "invalid": (a_connection("invalid"), NO_JOBS, "Licentie ongeldig"),
    "wrong organisation": (a_connection("wrong_organisation"), NO_JOBS, "andere omgeving"),
    "not yet": (a_connection("not_yet"), NO_JOBS, "nog niet geldig"),
    "no licence": (a_connection("none"), NO_JOBS, "Geen licentie"),
    "spotler down": (
        a_connection(checks=[a_check("spotler", "unreachable"), *GOOD[1:]]),
        NO_JOBS,
        "Storing",
    ),
    "keys refused": (
        a_connection(checks=[a_check("spotler", "credentials_refused", "secret"), *GOOD[1:]]),
        NO_JOBS,
        "Storing",
    ),
    "fields missing": (a_connection(checks=[GOOD[0], MISSING, *GOOD[2:]]), NO_JOBS, "Storing"),
}


@pytest.mark.feature("F34", "F35", "F40", "F41", "F42")
@pytest.mark.parametrize("state", STATES)
async def test_anybody_can_use_it(visit: Visit, state: str) -> None:
    """
    Each state has its word and its icon; axe finds nothing, and nothing sticks out at 320 pixels.
    """
    connection, jobs, word = STATES[state]
    connection = connection | {"checked_at": dt.datetime.now(dt.UTC).isoformat()}
    visitor = await visit(told={"/connection": connection, "/jobs": jobs})
    await visitor.until_read()
    status = visitor.card("status").get_by_role("status")
    await expect(status).to_contain_text(word)
    assert await status.locator("svg.success").count() == (state in {"trial", "active"})
    goes_on = connection["licence"]["allows_sync"] and connection["status"] == "connected"
    lead = await visitor.card("sync").locator(".lead").first.inner_text()
    assert ("Nieuwe wijzigingen gaan intussen gewoon door" in lead) == goes_on
    await visitor.unfold()

    assert await visitor.audit() == []
    await visitor.page.emulate_media(color_scheme="dark")
    await visitor.page.set_viewport_size({"width": 320, "height": 640})
    await visitor.page.get_by_label("Taal").select_option("en")
    assert await visitor.audit() == []
    assert await visitor.overflow() == 0
    assert await visitor.page.locator(".bar").evaluate("bar => bar.offsetHeight") < 90
    assert await visitor.page.evaluate("document.documentElement.lang") == "en"
    await expect(status).not_to_contain_text(word)


async def test_nothing_becomes_markup(visit: Visit) -> None:
    """
    What others named, be it a customer or a field in Spotler, is shown as text whatever it holds.
    """
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>alert(1)</script>"
    missing = a_check(
        "fields", "fields_missing", missing=[{"label": hostile, "kind": hostile}], detail=hostile
    )
    job = a_job(state="done", fields={hostile: 3}, reasons={hostile: 2}, started_by=hostile)
    preview = a_preview(fields={hostile: 3}, reasons={hostile: 2})
    told = {
        "/connection": a_connection(customer=hostile, checks=[missing]),
        "/jobs": {"jobs": [job, preview]},
    }

    visitor = await visit(told=told)
    await visitor.until_read()
    await visitor.unfold()

    assert await visitor.page.locator("img, main script").count() == 0
    assert await visitor.page.get_by_text("<script>alert(1)</script>").count() >= 5
    assert await visitor.page.title() == "Spotler connector"


async def test_dark_by_choice(visit: Visit) -> None:
    """
    Light or dark follows the device, unless somebody chose; the choice stays.
    """
    visitor = await visit(told={"/connection": a_connection()})
    background = "getComputedStyle(document.body).backgroundColor"
    assert await visitor.page.evaluate(background) == "rgb(245, 245, 245)"

    await visitor.page.get_by_label("Weergave").select_option("dark")
    assert await visitor.page.evaluate(background) == "rgb(20, 20, 20)"
    await visitor.page.reload()
    await visitor.page.locator(".who").wait_for()

    assert await visitor.page.evaluate(background) == "rgb(20, 20, 20)"


@pytest.mark.feature("F42", "F111")
async def test_licence_pause_waits_for_somebody(visit: Visit) -> None:
    """
    What was paused for want of a licence, a preview too, says that somebody has to resume it.
    """
    paused = [
        a_job(state="paused", reason="licence"),
        a_preview("leads_to_spotler", "paused", reason="licence"),
    ]
    visitor = await visit(told={"/connection": a_connection(), "/jobs": {"jobs": paused}})

    said = visitor.card("sync").get_by_text("kies daarna zelf Hervatten: het gaat niet vanzelf")
    await expect(said).to_have_count(2)


@pytest.mark.feature("F34")
async def test_tick_is_about_now(visit: Visit) -> None:
    """
    A green tick is about now: neither an old failure nor an old success outweighs the health.
    """
    now = dt.datetime.now(dt.UTC)
    failed = a_connection(
        checks=[a_check("spotler", "unreachable")],
        checked_at=(now - dt.timedelta(minutes=2)).isoformat(),
    )
    visitor = await visit(told={"/connection": failed, "/connection/test": {"checks": GOOD}})
    visitor.expected = ("503",)
    status, card = visitor.card("status").get_by_role("status"), visitor.card("connection")
    await expect(status).to_contain_text("Actief")
    await card.get_by_role("button", name="Test verbinding").click()
    await expect(card).to_contain_text("De test is geslaagd")
    await expect(card).to_contain_text("Laatst gekeken")

    await visitor.page.clock.set_fixed_time(now + dt.timedelta(minutes=3))
    await visitor.tell_health("degraded")
    await visitor.page.evaluate("window.dispatchEvent(new Event('online'))")

    await expect(status).to_contain_text("Storing")
    await expect(status.locator("svg.success")).to_have_count(0)
    await expect(card).not_to_contain_text("De test is geslaagd")
    await visitor.tell("/connection/test", {"checks": failed["checks"]})
    await card.get_by_role("button", name="Test verbinding").click()
    await expect(card).to_contain_text("Nog niet alles werkt")
    await visitor.page.clock.set_fixed_time(now + dt.timedelta(minutes=6))
    await visitor.tell_health("ok")
    await visitor.page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(status).to_contain_text("Actief")
    await expect(card).not_to_contain_text("Nog niet alles werkt")


@pytest.mark.parametrize(
    ("query", "locale", "spoken"),
    [
        ("?lcid=1043", "en-GB", "nl"),
        ("?lcid=1033", "nl-NL", "en"),
        ("", "nl-BE", "nl"),
        ("?lcid=9999", "fr-FR", "en"),
    ],
)
async def test_language_follows(visit: Visit, query: str, locale: str, spoken: str) -> None:
    """
    The page speaks the language that Dynamics asks for, else the browser's, else English.
    """
    visitor = await visit(role=None, query=query, locale=locale)
    await visitor.page.locator(".welcome").wait_for()

    assert await visitor.page.evaluate("document.documentElement.lang") == spoken


async def test_first_run_by_keyboard(visit: Visit) -> None:
    """
    Everything is reached by keyboard alone, in the order of the page, and one sees where one is.
    """
    visitor = await visit(told={"/connection": a_connection("none", saved=False), "/jobs": NO_JOBS})
    await visitor.until_read()
    walked = [(await visitor.step()).partition("\n")[0] for _ in range(9)]

    assert walked == [
        "Naar de inhoud",
        "Afmelden",
        "Authentication key",
        "Authentication secret",
        "Licentiecode",
        "Opslaan",
        "Test verbinding",
        "Bladwijzers (ContactBookmarks)",
        "Supportbestand downloaden",
    ]
