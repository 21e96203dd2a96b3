"""Pictures of the page for the documents; `python -m tests.browser.screenshots` takes them."""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

from devstack.stack import Stack
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.told import GOOD, a_check, a_connection, a_job, a_preview
from tests.browser.visitor import Visitor, Wishes

IMAGES: Final = Path(__file__).parents[2] / "docs/images"
NOW: Final = dt.datetime(2026, 11, 26, 9, 5, tzinfo=dt.UTC)
ENGLISH: Final = "?lcid=1033"
WINDOW: Final = "window"
PAGE: Final = "page"

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
DONE = [a_job(state="done"), a_preview(), a_job("leads_to_spotler", "done", failed=0)]
RUNNING = [
    a_job(),
    a_job("leads_to_spotler", "paused", reason="gave_up"),
    a_preview("contacts_to_dataverse", "running"),
]
DOWN = [a_check("spotler", "unreachable"), *GOOD[1:]]


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


PICTURES: Final[dict[str, tuple[Wishes, str]]] = {
    "signed-out": ({"role": None, "height": 360}, WINDOW),
    "first-run": (told(a_connection("none", saved=False)), "#connection"),
    "trial": (told(a_connection("trial", days_left=14, valid_until="2026-12-09")), "#sync"),
    "active": (told(a_connection(), *DONE[2:]), PAGE),
    "expiring": (told(a_connection("expiring", days_left=12, valid_until="2026-12-07")), "#status"),
    "expired": (told(a_connection("expired", valid_until="2026-10-31"), *DONE[2:]), "#status"),
    "running": (told(a_connection(), *RUNNING), "#sync"),
    "done": (told(a_connection(), *DONE), "#sync"),
    "spotler-down": (told(a_connection(checks=DOWN), *DONE[2:]), WINDOW),
    "reader": (told(a_connection()) | {"role": "reader", "query": ENGLISH}, WINDOW),
    "running-dark": (
        told(a_connection(), *RUNNING) | {"scheme": "dark", "query": ENGLISH},
        "#sync",
    ),
    "first-run-narrow": (told(a_connection("none", saved=False)) | {"width": 320}, WINDOW),
}
"""Holds for each picture what is told, and what of the page is in it."""


async def take(browser: Browser, address: str, name: str, wishes: Wishes, part: str) -> None:
    """Take one picture."""
    visitor = await Visitor.arrive(browser, address, **({"width": 800} | wishes))
    page, path = visitor.page, IMAGES / f"{name}.png"
    await visitor.until_read()
    await page.clock.set_fixed_time(NOW)
    await page.evaluate("window.dispatchEvent(new Event('online')); document.activeElement.blur()")
    if part not in {WINDOW, PAGE}:
        await page.set_viewport_size({"width": wishes.get("width", 800), "height": 4000})
    if part in {WINDOW, PAGE}:
        await page.screenshot(path=path, full_page=part is PAGE)
    else:
        await page.locator(part).screenshot(path=path)
    await visitor.leave()


async def main() -> None:
    """Take all pictures, on a stack of their own."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    async with Stack() as stack, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (wishes, part) in PICTURES.items():
            await take(browser, stack.address, name, wishes, part)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
