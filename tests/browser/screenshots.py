"""Pictures of the page for the documents; `python -m tests.browser.screenshots` takes them."""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, async_playwright

from devstack.stack import Stack
from devstack.stack.crm_user import CrmUser
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.told import (
    ID,
    WHEN,
    a_check,
    a_connection,
    a_dead_letter,
    a_job,
    a_load,
    a_parked,
    a_preview,
    a_record,
    with_failed,
)
from tests.browser.visitor import Visitor, Wishes

IMAGES: Final = Path(__file__).parents[2] / "docs/images"
NOW: Final = dt.datetime(2026, 11, 26, 9, 5, tzinfo=dt.UTC)
ENGLISH: Final = "?lcid=1033"
WINDOW: Final = "window"
FROM_BELOW: Final = {"mapping-one"}
LOWER: Final = 640
TALLEST: Final = 1200
"""Of what is higher only the upper part is taken."""

BOOKMARK = {
    "stream": "contacts_to_spotler",
    "PageNumber": 13,
    "IsProcessed": True,
    "started_at": "2026-11-26T09:00:00Z",
    "finished_at": "2026-11-26T09:04:10Z",
    "in_sync": 11902,
    "excluded": 571,
    "failed": 7,
}
LEADS = a_job(
    "leads_to_spotler", "done", total=3120, done=3120, in_sync=3043, excluded=77, failed=0
)
FORESEEN = a_preview(
    "contacts_to_dataverse", reasons={"newer_in_dynamics": 540, "several_match": 31}
)
DONE = [a_job(state="done"), LEADS, FORESEEN]
RUNNING = [
    a_job(),
    a_job("leads_to_spotler", "paused", reason="gave_up"),
    a_preview("contacts_to_dataverse", "running"),
]
SOMEBODY: Final = {
    "firstname": "Sanne",
    "middlename": "de",
    "lastname": "Wit",
    "emailaddress1": "s.dewit@example.nl",
    "mobilephone": "0618596225",
    "address1_postalcode": "2711 ab",
    "address1_city": "Zoetermeer",
}
DOWN = with_failed(a_check("spotler", "unreachable"))
OFF = with_failed(
    a_check("steps", "step_disabled", detail="the steps contact Update must be enabled")
)


def a_value(
    name: str, label: str, column: str, converter: str, value: str | None, note: str | None = None
) -> dict[str, object]:
    """Return what would be sent to a field."""
    return {
        "property": name,
        "label": label,
        "column": column,
        "converter": converter,
        "value": value,
        "note": note,
    }


RECORDS: Final[dict[str, Any]] = {
    "/records/counts": {
        "in_sync": 11902,
        "with_notes": 214,
        "not_looked_at": 38,
        "excluded": 571,
        "failing": 7,
        "counted_at": WHEN,
        "reasons": [{"status": "failing", "reason": "rejected", "count": 7, "can_be_sent": True}],
    },
    "/records?*": {
        "records": [
            a_record(0x7B1D52AA, code="PROPERTY_INVALID", property="lastName"),
            a_record(0x0C90F3A1, code="NO_ACTIVE_CHANNEL"),
            a_record(0x5DE0714B, reason="gave_up"),
        ],
        "cursor": "contact.0",
    },
    "/records/contact/*": {
        "record": a_record(0x7B1D52AA, status="in_sync", reason=None),
        "link": a_record(0x7B1D52AA)["link"],
        "excluded": None,
        "in_crm": True,
        "would_send": [
            a_value("email", "E-mailadres", "emailaddress1", "email", "s.dewit@example.nl"),
            a_value("firstName", "Voornaam", "firstname", "text", "Sanne"),
            a_value("lastName", "Achternaam", "lastname", "text", "de Wit"),
            a_value("city", "Plaats", "address1_city", "text", "Delft"),
            a_value("mobilePhone", "Mobiel nummer", "mobilephone", "mobile", None, "not_dutch"),
        ],
        "differs": True,
        "spotler": {
            "found": True,
            "external_id": ID,
            "properties": [
                {"property": "email", "label": "E-mailadres", "value": "s.dewit@example.nl"},
                {"property": "firstName", "label": "Voornaam", "value": "Sanne"},
                {"property": "lastName", "label": "Achternaam", "value": "de Wit"},
                {"property": "city", "label": "Plaats", "value": "Gouda"},
                {"property": "permissions", "label": "Nieuwsbrief", "value": "on"},
            ],
            "changed_at": WHEN,
        },
        "problems": [],
    },
}
WAITING: Final[dict[str, Any]] = {
    "/queues": {"queues": [a_load("changes", waiting=4, scheduled=2, dead=1), a_load("jobs")]},
    "/parked": {
        "parked": [
            a_parked(0x7B1D52AA, "rejected:PROPERTY_INVALID:lastName"),
            a_parked(0x5DE0714B, "RateLimitedError", attempts=22),
        ],
        "more": False,
    },
    "/dead-letters": {
        "queues": [{"queue": "changes", "messages": [a_dead_letter(12)], "more": False}]
    },
}


def told(connection: object, *jobs: object) -> Wishes:
    """Return what the routes say in a state."""
    bookmarks = [BOOKMARK] if jobs else []

    return {
        "told": {
            "/connection": connection,
            "/jobs": {"jobs": jobs},
            "/bookmarks": {"bookmarks": bookmarks},
        }
    }


ALL: Final[Wishes] = {"told": {**told(a_connection(), *DONE)["told"], **RECORDS, **WAITING}}
PICTURES: Final[dict[str, tuple[Wishes, str]]] = {
    "signed-out": ({"role": None, "height": 360}, WINDOW),
    "first-run": (told(a_connection("none", saved=False)) | {"height": TALLEST}, WINDOW),
    "trial": (told(a_connection("trial", days_left=14, valid_until="2026-12-09")), "#sync"),
    "active": (ALL | {"height": 975}, WINDOW),
    "expiring": (told(a_connection("expiring", days_left=12, valid_until="2026-12-07")), "#status"),
    "expired": (told(a_connection("expired", valid_until="2026-10-31"), LEADS), "#status"),
    "running": (told(a_connection(), *RUNNING), "#sync"),
    "done": (told(a_connection(), *DONE), "#sync"),
    "spotler-down": (told(a_connection(checks=DOWN), LEADS), WINDOW),
    "step-off": (told(a_connection(checks=OFF), LEADS), WINDOW),
    "reader": (told(a_connection()) | {"role": "reader", "query": ENGLISH}, WINDOW),
    "mappings": ({"width": 1024}, "#mappings"),
    "mapping-one": ({"width": 1024, "height": 5000}, "#mappings"),
    "not-through": (ALL, "#records"),
    "one-person": (ALL | {"width": 1024}, "#lookup-result"),
    "diagnose": (ALL, "#diagnose"),
    "running-dark": (
        told(a_connection(), *RUNNING) | {"scheme": "dark", "query": ENGLISH},
        "#sync",
    ),
    "not-through-dark": (ALL | {"scheme": "dark", "query": ENGLISH}, "#records"),
    "first-run-narrow": (told(a_connection("none", saved=False)) | {"width": 320}, WINDOW),
    "mappings-narrow": ({"width": 320}, "#mappings"),
    "not-through-narrow": (ALL | {"width": 320}, "#records"),
}
"""Holds for each picture what is told, and what of the page is in it."""


async def map_more(visitor: Visitor) -> None:
    """Begin to map one more field."""
    card = visitor.card("mappings")
    await card.locator("#mappings-add").select_option("Functie (tekst)")
    await card.get_by_role("button", name="Toevoegen", exact=True).click()
    await visitor.page.keyboard.type("functie")
    await visitor.page.keyboard.press("ArrowDown")
    await visitor.page.keyboard.press("Enter")


async def open_failing(visitor: Visitor) -> None:
    is_english = await visitor.page.locator("html").get_attribute("lang") == "en"
    await visitor.open_list("Failing" if is_english else "Niet gelukt")


async def look_one_up(visitor: Visitor) -> None:
    await visitor.page.locator("#lookup-text").fill(ID)
    await visitor.page.keyboard.press("Enter")
    await visitor.page.locator("#lookup-result").wait_for()


BEFORE: Final = {
    "mapping-one": map_more,
    "not-through": open_failing,
    "not-through-dark": open_failing,
    "not-through-narrow": open_failing,
    "one-person": look_one_up,
}
"""Holds what is done before a picture is taken."""


async def take(browser: Browser, address: str, name: str, wishes: Wishes, part: str) -> None:
    """Take one picture."""
    visitor = await Visitor.arrive(browser, address, **({"width": 800} | wishes))
    page, path = visitor.page, IMAGES / f"{name}.png"
    await visitor.until_read()
    if name in BEFORE:
        await BEFORE[name](visitor)
    await page.clock.set_fixed_time(NOW)
    await page.evaluate("window.dispatchEvent(new Event('online')); document.activeElement.blur()")
    await visitor.until_read()
    if part == WINDOW:
        await page.screenshot(path=path)
    else:
        await page.evaluate("window.scrollTo(0, 0)")
        box = await page.locator(part).bounding_box()
        assert box is not None
        height = LOWER if name in FROM_BELOW else min(box["height"], TALLEST)
        top = box["y"] + (box["height"] - height if name in FROM_BELOW else 0)
        await page.screenshot(
            path=path,
            full_page=True,
            clip={"x": box["x"], "y": top, "width": box["width"], "height": height},
        )
    await visitor.leave()


async def main() -> None:
    """Take all pictures, on a stack of their own."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    async with Stack() as stack, async_playwright() as playwright:
        await CrmUser(stack.http, stack.facts("dataverse")).create("contact", **SOMEBODY)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (wishes, part) in PICTURES.items():
            await take(browser, stack.address, name, wishes, part)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
