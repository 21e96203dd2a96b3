"""Anybody can read and use each state of the page: light, dark, narrow, in both languages."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.told import (
    GOOD,
    a_check,
    a_connection,
    a_job,
    a_load,
    a_look,
    a_preview,
    with_failed,
)

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
        a_job("contacts_to_dataverse", "cancelled", reason="account_changed"),
        a_preview("contacts_to_dataverse", "cancelled", reason="account_changed"),
        a_job("mailings_to_dataverse", "paused", reason="licence"),
    ]
}
MISSING = a_check(
    "fields",
    "fields_missing",
    missing=[{"label": "Type", "kind": "free"}, {"label": "Owner", "kind": "profile"}],
)
OFF = a_check("steps", "step_disabled", detail="the steps contact Update must be enabled")
ELSEWHERE = with_failed(
    a_check("spotler", "not_connected"),
    a_check("dataverse", "other_organisation", detail="DATAVERSE_ORGANISATION_ID must"),
)


def broken(*failed: dict[str, Any]) -> dict[str, Any]:
    """Return a connection of which these checks failed."""
    return a_connection(checks=with_failed(*failed))


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
    "spotler down": (broken(a_check("spotler", "unreachable")), NO_JOBS, "Storing"),
    "column gone and more": (
        broken(a_check("dataverse", "columns_missing"), a_check("spotler", "unreachable")),
        NO_JOBS,
        "Storing",
    ),
    "keys refused": (
        broken(a_check("spotler", "credentials_refused", "secret")),
        NO_JOBS,
        "Storing",
    ),
    "fields missing": (broken(MISSING), NO_JOBS, "Storing"),
    "steps off": (broken(OFF), NO_JOBS, "Wijzigingen komen niet door"),
    "another environment": (
        broken(a_check("dataverse", "other_organisation", detail="DATAVERSE_ORGANISATION_ID must")),
        NO_JOBS,
        "Wijzigingen komen niet door",
    ),
    "another environment, unconnected": (
        a_connection("wrong_organisation", saved=False, checks=ELSEWHERE),
        NO_JOBS,
        "Wijzigingen komen niet door",
    ),
    "calls refused": (
        broken(a_check("steps", "calls_refused", detail="x-connector-secret must")),
        NO_JOBS,
        "Wijzigingen komen niet door",
    ),
    "steps unseen": (broken(a_check("steps", "unknown")), NO_JOBS, "Niet te controleren"),
    "permissions hidden": (
        broken(a_check("permissions", "permissions_hidden")),
        NO_JOBS,
        "Werkt niet helemaal",
    ),
    "queues away": (
        broken(a_check("queues", "queue_unavailable")),
        NO_JOBS,
        "Wachtrij niet bereikbaar",
    ),
    "spotler takes nothing": (
        broken(a_check("changes", "spotler_refused")),
        NO_JOBS,
        "Wijzigingen blijven liggen",
    ),
    "withdrawals given up": (
        broken(a_check("changes", "spotler_unreachable")),
        NO_JOBS,
        "Wat is opgegeven staat bij Niet doorgekomen; verstuur dat opnieuw",
    ),
    "column gone": (
        broken(a_check("dataverse", "columns_missing", detail="dynamics must have the columns")),
        NO_JOBS,
        "Die velden blijven in Spotler zoals ze waren; de rest gaat door",
    ),
    "nobody works": (
        broken(a_check("changes", "not_taken")),
        NO_JOBS,
        "Wijzigingen blijven liggen",
    ),
    "queue takes nothing": (
        broken(a_check("queues", "sends_refused")),
        NO_JOBS,
        "Wachtrij niet bereikbaar",
    ),
    "queue of jobs takes nothing": (
        broken(a_check("queues", "steps_refused")),
        {"jobs": [a_job(done=0, total=100, waits_until="2026-11-26T13:40:00Z", cause="queue")]},
        "Initiële synchronisatie staat stil",
    ),
    "changes lost": (
        broken(a_check("queues", "changes_lost", outcome="warning")),
        NO_JOBS,
        "Actief",
    ),
    "recommended": (
        broken(a_check("steps", "step_recommended", outcome="warning", detail="the steps")),
        NO_JOBS,
        "Actief",
    ),
}


@pytest.mark.feature("F34", "F35", "F40", "F41", "F42")
@pytest.mark.parametrize("state", STATES)
async def test_anybody_can_use_it(visit: Visit, state: str) -> None:
    """
    Each state has its word and its icon; axe finds nothing, and nothing sticks out at 320 pixels.
    """
    connection, jobs, word = STATES[state]
    visitor = await visit(told={"/connection": connection, "/jobs": jobs})
    await visitor.until_read()
    status = visitor.card("status").get_by_role("status")
    await expect(status).to_contain_text(word)
    assert await status.locator("svg.success").count() == (
        state in {"trial", "active", "recommended", "changes lost"}
    )
    is_well = all(one["outcome"] in {"ok", "warning"} for one in connection["checks"])
    goes_on = is_well and connection["licence"]["allows_sync"]
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
        "fields", "fields_missing", missing=[{"label": hostile, "kind": "free"}], detail=hostile
    )
    job = a_job(state="done", fields={hostile: 3}, reasons={hostile: 2}, started_by=hostile)
    preview = a_preview(fields={hostile: 3}, reasons={hostile: 2})
    told = {
        "/connection": a_connection(customer=hostile, checks=with_failed(missing)),
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
    A green tick is about now: what somebody found before is not said once it is otherwise.
    """
    now = dt.datetime.now(dt.UTC)
    down = broken(a_check("spotler", "unreachable"))
    visitor = await visit(told={"/connection": a_connection(), "/connection/test": a_look(GOOD)})
    status, card = visitor.card("status").get_by_role("status"), visitor.card("connection")
    await expect(status).to_contain_text("Actief")
    await card.get_by_role("button", name="Test verbinding").click()
    await expect(card).to_contain_text("De test is geslaagd")
    await expect(card).to_contain_text("Laatst gekeken")

    await visitor.page.clock.set_fixed_time(now + dt.timedelta(minutes=3))
    await visitor.tell("/connection", down)
    await visitor.page.evaluate("window.dispatchEvent(new Event('online'))")

    await expect(status).to_contain_text("Storing")
    await expect(status.locator("svg.success")).to_have_count(0)
    await expect(card).not_to_contain_text("De test is geslaagd")
    await visitor.tell("/connection/test", a_look(down["checks"]))
    await card.get_by_role("button", name="Test verbinding").click()
    await expect(card).to_contain_text("Nog niet alles werkt")
    await visitor.page.clock.set_fixed_time(now + dt.timedelta(minutes=6))
    await visitor.tell("/connection", a_connection())
    await visitor.page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(status).to_contain_text("Actief")
    await expect(card).not_to_contain_text("Nog niet alles werkt")


@pytest.mark.feature("F106")
async def test_what_is_not_so_is_said(visit: Visit) -> None:
    """
    While a step is off nothing says that changes go over; what to do is said with the step's name.
    """
    visitor = await visit(told={"/connection": broken(OFF)})
    card = visitor.card("status")

    await expect(card).to_contain_text("In Dynamics staat een stap uit")
    await expect(card).to_contain_text("contact Update")
    await expect(card).to_contain_text("sinds ")
    await expect(card).not_to_contain_text("gaan direct naar Spotler")
    await expect(card).to_contain_text("Laatste wijziging ontvangen")
    checks = visitor.card("connection").get_by_role("region", name="Controles")
    await expect(checks.locator("li")).to_have_count(9)


async def test_old_news_is_no_news(visit: Visit) -> None:
    """
    When how things stand cannot be read any more, the tick goes, and of when this is is said.
    """
    visitor = await visit(told={"/connection": a_connection()})
    status = visitor.card("status").get_by_role("status")
    await expect(status).to_contain_text("Actief")

    visitor.expected = ("503",)
    problem = {"code": "try_again_later", "detail": "table storage must be reachable"}
    await visitor.tell("/connection", problem, status=503)
    await visitor.page.evaluate("window.dispatchEvent(new Event('online'))")

    await expect(status).to_contain_text("Niet actueel")
    await expect(status.locator("svg.success")).to_have_count(0)


async def test_numbers_of_the_queues(visit: Visit) -> None:
    """
    What waits, is scheduled and was given up is told in numbers, for each queue and together.
    """
    loads = [
        a_load("changes", waiting=998, scheduled=2, at_least=True),
        a_load("jobs", waiting=1, dead=3),
    ]
    visitor = await visit(told={"/connection": a_connection(), "/queues": {"queues": loads}})

    line = "minstens 999 te verwerken, minstens 2 ingepland, 3 vastgelopen"
    await expect(visitor.card("status")).to_contain_text(line)
    queues = visitor.card("diagnose").get_by_role("region", name="Wachtrijen")
    await expect(queues).to_contain_text("minstens 998 te verwerken, minstens 2 ingepland")
    await expect(queues).to_contain_text("1 te verwerken, 0 ingepland, 3 vastgelopen")
    assert await visitor.audit() == []
    await visitor.page.set_viewport_size({"width": 320, "height": 640})
    assert await visitor.overflow() == 0


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
