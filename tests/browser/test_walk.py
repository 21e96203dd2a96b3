"""A person who never saw the page, a reader, and a day on which Spotler is busy.

Spotler's minute of 429 is cut in two, for a test may not wait for a minute: once it asks for a few
seconds, and the job goes on by itself; once for the whole minute, and the page says how long.
"""

import asyncio
import datetime as dt
import re

import pytest
from playwright.async_api import Locator, expect

from devstack.stack import StackOptions
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.existing_people import CONTACTS, SLOW, SPOTLER, start_anew

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PEOPLE = 500
TWO_PAGES = 2500
PATIENCE = 60_000
SYNC = "Contactpersonen naar Spotler"
FIELD = "Rol in het bedrijf"
BUSY = {"path": SPOTLER, "kind": "status", "status": 429}

LOOKING = {
    *("Afmelden", "Exporteren", "Downloaden als CSV", "Verversen", "Bekijken", "Opzoeken"),
    *("Meer tonen", "Supportbestand downloaden", "Gesynchroniseerd", "Uitgesloten", "Niet gelukt"),
}
"""What begins the name of a button that changes nothing."""


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack on its first day, where what waits comes again soon."""
    return StackOptions(
        activate=False,
        dataverse=("--limit-requests", "0"),
        settings={"RETRY_FIRST_SECONDS": "0.1"},
    )


def sync(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("article", name=SYNC)


def tile(visitor: Visitor, name: str) -> Locator:
    return visitor.card("records").locator("button.tile", has_text=name).locator(".big")


async def until_counted(visitor: Visitor, in_sync: int) -> None:
    """Wait until so many are counted as in sync, with notes and without: a count lasts a while."""
    notes = visitor.card("records").get_by_text("met opmerkingen")
    async with asyncio.timeout(60):
        counted = -1
        while counted != in_sync:
            await visitor.page.wait_for_timeout(100)
            said = await tile(visitor, "Gesynchroniseerd").inner_text(), await notes.inner_text()
            counted = sum(int("".join(filter(str.isdigit, one)) or 0) for one in said)


def item(visitor: Visitor, person: str) -> Locator:
    """Return a row of the list by the address that opens it in Dynamics."""
    link = visitor.page.locator(f"a[href*='{person}']")

    return visitor.card("records").locator("li.item", has=link)


async def start(visitor: Visitor) -> None:
    await visitor.page.get_by_role("dialog").get_by_role("button", name="Starten").click()
    await expect(sync(visitor)).to_contain_text("Bezig")


async def stand(visitor: Visitor) -> tuple[str | None, str]:
    """Return how far the bar is, and what is said of it."""
    bar = await sync(visitor).get_by_role("progressbar").get_attribute("value")

    return bar, (await sync(visitor).locator(".told p").first.inner_text()).partition(" ·")[0]


async def seed(local: Local) -> list[str]:
    """Return three whose address cannot work, of 500; Dynamics tells of no change in this test."""
    await local.events(delay=600)
    await start_anew(local, PEOPLE)
    rows = await local.crm.rows("contact", "emailaddress1")
    reachable = sorted(key for key, row in rows.items() if row["emailaddress1"])
    changes: dict[str, dict[str, object]] = {
        **{person: {"emailaddress1": "kapot@"} for person in reachable[:3]},
        **{person: {"mobilephone": "+32 470 12 34 56"} for person in reachable[3:8]},
    }
    await local.crm.update_all("contact", changes)

    return reachable[:3]


async def connect(visitor: Visitor, local: Local) -> None:
    """Follow the guide, with a secret that is wrong at first."""
    page, card = visitor.page, visitor.card("connection")
    await expect(card.get_by_role("heading", name="In drie stappen verbonden")).to_be_visible()
    await expect(visitor.card("mappings")).to_contain_text("Maak eerst verbinding met Spotler")
    values = local.stack.connection_values()
    await page.get_by_label("Authentication key").fill(values["key"])
    await page.get_by_label("Authentication secret").fill("verkeerd")
    await page.get_by_label("Licentiecode").fill(values["licence"])
    await page.get_by_role("button", name="Opslaan", exact=True).click()
    await expect(page.get_by_label("Authentication secret")).to_be_focused()
    await expect(card.locator(".field", has_text="Authentication secret")).to_contain_text(
        "Spotler kent deze combinatie"
    )

    await page.get_by_label("Authentication secret").fill(values["secret"])
    await page.get_by_role("button", name="Opslaan", exact=True).click()

    await expect(card).to_contain_text("De verbinding werkt")
    await expect(visitor.card("status").locator("svg.success")).to_be_visible()


async def map_field(visitor: Visitor, local: Local) -> None:
    """Make a field visible in Spotler, and fill it with what somebody's job is called."""
    url = f"{local.stack.facts('spotler')['url']}/_devstack/properties/profileField7"
    await local.stack.control("PUT", url, {"description": FIELD, "visible": True})
    card = visitor.card("mappings")
    await card.get_by_role("button", name="Velden verversen").click()
    await card.get_by_label("Profielveld toevoegen").select_option(f"{FIELD} (tekst)")
    await card.get_by_role("button", name="Toevoegen", exact=True).click()
    await visitor.page.keyboard.type("functie")
    await visitor.page.keyboard.press("ArrowDown")
    await visitor.page.keyboard.press("Enter")
    await card.get_by_role("button", name="Opslaan", exact=True).click()
    await expect(card).to_contain_text("De mappings zijn opgeslagen: 1 veld gewijzigd")


async def counts_of(visitor: Visitor) -> list[str]:
    """Return what the sync says of in sync, excluded and failed; together they are everybody."""
    told = sync(visitor).locator(".told", has_text="gesynchroniseerd")
    found = re.search(
        r"(\d+) gesynchroniseerd, (\d+) uitgesloten, (\d+) niet", await told.inner_text()
    )
    assert found is not None
    assert sum(map(int, found.groups())) == PEOPLE

    return [*found.groups()]


@pytest.mark.feature("F27", "F32", "F38", "F40", "F41", "F46", "F53", "F103", "F104", "F112")
async def test_stranger_walks_through(local: Local, visit: Visit) -> None:
    """
    Who never saw it connects, maps a field, syncs 500 people, and mends one who was left out.
    """
    broken = await seed(local)
    visitor = await visit()
    visitor.expected = ("422",)
    await connect(visitor, local)
    await map_field(visitor, local)
    await local.faults("spotler", SLOW | {"seconds": 2})
    await visitor.card("mappings").get_by_role("button", name=f"{SYNC} starten").click()
    await start(visitor)
    await visitor.card("mappings").get_by_text("bekijk de voortgang").click()
    await expect(sync(visitor)).to_contain_text(f"0 van {PEOPLE} verwerkt")
    before = await stand(visitor)
    await visitor.leave()

    visitor = await visit()
    await expect(sync(visitor)).to_contain_text("Bezig")
    assert await stand(visitor) == before
    await local.faults("spotler")
    await expect(sync(visitor).locator(".badge.success")).to_have_text("Klaar", timeout=PATIENCE)
    in_sync, excluded, failed = await counts_of(visitor)
    assert len(await local.spotler.contacts()) == int(in_sync)
    await until_counted(visitor, int(in_sync))
    for name, count in (("Uitgesloten", excluded), ("Niet gelukt", failed)):
        await expect(tile(visitor, name)).to_have_text(count, timeout=15_000)

    await sync(visitor).get_by_role("link", name="Bekijk wie niet is doorgekomen").click()
    await visitor.card("records").get_by_label("Reden").select_option("E-mailadres klopt niet (3)")
    await expect(visitor.card("records").locator("li.item")).to_have_count(3)
    person = broken[1]
    await expect(item(visitor, person)).to_contain_text("Verbeter het e-mailadres in Dynamics")
    await local.crm.update("contact", person, emailaddress1="heel@example.nl", jobtitle="Inkoper")
    await expect(item(visitor, person).get_by_role("button")).to_have_text(["Bekijken"])
    await item(visitor, person).get_by_role("button", name="Bekijken").click()
    result = visitor.page.locator("#lookup-result")  # which knows that it is mended
    await result.get_by_role("button", name="Opnieuw versturen").click()

    await expect(item(visitor, person)).to_have_count(0, timeout=PATIENCE)
    await local.spotler.until(person, email="heel@example.nl", profileField7="Inkoper")
    await expect(tile(visitor, "Uitgesloten")).to_have_text(str(int(excluded) - 1), timeout=15_000)


@pytest.mark.feature("F61")
async def test_reader_sees_all_and_changes_nothing(visit: Visit) -> None:
    """
    A reader sees every card and list; each button either only looks, or is off and says why.
    """
    visitor = await visit(role="reader")
    await visitor.open_list("Uitgesloten")
    await visitor.card("records").get_by_role("button", name="Bekijken").first.click()
    await visitor.page.locator("#lookup-result").wait_for()
    await visitor.until_read()
    reason = "Om iets te wijzigen of te starten heb je de rol Connector.Admin nodig."
    await expect(visitor.page.locator("#reader-note")).to_contain_text(reason)

    off = 0
    for button in await visitor.page.get_by_role("button").all():
        name = (await button.inner_text()).strip()
        if await button.is_disabled():
            off += 1
            await expect(button).to_have_attribute("aria-describedby", "reader-note")
        else:
            assert name.startswith(tuple(LOOKING)), f"a reader must not be able to press {name}"

    assert off > 25
    fields = visitor.page.locator("#connection, #mappings").locator("input, select, textarea")
    assert await fields.count() > 30
    for field in await fields.all():
        await expect(field).to_be_disabled()


@pytest.mark.feature("F60", "F61")
async def test_reader_is_refused_by_every_route(local: Local) -> None:
    """
    Whatever route changes anything, a reader who calls it without the page is told 403.
    """
    reader = await Administrator.of(local.stack, "reader")
    _, document = await reader.call("GET", "/openapi.json")
    changing = [
        (method.upper(), re.sub(r"{\w+}", "x", path))
        for path, methods in document["paths"].items()
        for method in methods
        if method not in {"get", "parameters"}
    ]
    assert len(changing) >= 13

    for method, path in changing:
        status, said = await reader.call(method, path.removeprefix("/manage"))
        assert (status, said["code"]) == (403, "role_missing"), f"{method} {path}"


async def run_into_limit(local: Local, visitor: Visitor, seconds: int) -> None:
    """Start a sync of two pages; before the second Spotler asks for so many seconds."""
    await start_anew(local, TWO_PAGES)
    await local.faults("spotler", BUSY | {"after": 22, "retry_after": seconds})
    again = sync(visitor).get_by_role("button", name="Opnieuw uitvoeren")
    await again.click()
    await start(visitor)
    await expect(sync(visitor).locator(".badge.warning")).to_have_text("Wacht", timeout=PATIENCE)
    await expect(sync(visitor)).to_contain_text(f"2.000 van {TWO_PAGES:,}".replace(",", "."))
    await expect(sync(visitor)).to_contain_text(
        "Spotler of Dynamics heeft het te druk. Er is niets kwijt: het gaat vanzelf verder"
    )
    await expect(visitor.page.get_by_role("alert")).to_have_count(0)


@pytest.mark.feature("F40", "F107", "F108")
async def test_busy_spotler_is_waited_for(local: Local, visit: Visit) -> None:
    """
    While Spotler answers 429 the page says that it waits; then the job goes on by itself.
    """
    visitor = await visit()
    await run_into_limit(local, visitor, 4)
    before = await stand(visitor)
    await visitor.leave()
    visitor = await visit()
    await expect(sync(visitor)).to_contain_text("2.000 van 2.500")
    assert await stand(visitor) == before

    await local.faults("spotler")

    await expect(sync(visitor).locator(".badge.success")).to_have_text("Klaar", timeout=PATIENCE)
    await expect(sync(visitor)).to_contain_text("2.500 verwerkt in")


@pytest.mark.feature("F40", "F107", "F108")
async def test_busy_minute_is_told(local: Local, visit: Visit) -> None:
    """
    When Spotler asks for a minute, the page says until when the job waits; it can be stopped.
    """
    visitor = await visit()
    began = dt.datetime.now(dt.UTC)
    await run_into_limit(local, visitor, 60)

    admin = await Administrator.of(local.stack)
    _, told = await admin.call("GET", "/jobs")
    job = next(one for one in told["jobs"] if one["kind"] == CONTACTS)
    until = dt.datetime.fromisoformat(job["waits_until"])
    assert dt.timedelta(seconds=55) < until - began < dt.timedelta(seconds=130)
    shown = await visitor.page.evaluate(
        "at => new Intl.DateTimeFormat('nl', { timeStyle: 'short' }).format(new Date(at))",
        job["waits_until"],
    )
    await expect(sync(visitor)).to_contain_text(shown)
    await sync(visitor).get_by_role("button", name="Stoppen").click()
    await visitor.page.get_by_role("dialog").get_by_role("button", name="Stoppen").click()
    await expect(sync(visitor)).to_contain_text("Gestopt op")
