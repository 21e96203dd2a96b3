"""Somebody who opens the configuration page in a browser."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Route

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGE = "/api/config"
PEOPLE = {"admin": "Anneke Bakker", "reader": "Willem Visser"}
LCID = {"nl": 1043, "en": 1033}


class Visitor:
    """Looks at the page; whatever the browser's console complains of is kept."""

    def __init__(self, context: BrowserContext, page: Page, address: str) -> None:
        self.context = context
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        self.expected: tuple[str, ...] = ()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @classmethod
    async def arrive(
        cls,
        browser: Browser,
        address: str,
        *,
        role: str | None = "admin",
        language: str = "nl",
        scheme: str = "light",
        width: int = 1024,
        told: Mapping[str, object] | None = None,
    ) -> Self:
        """Open the page, and sign in as somebody unless `role` is None.

        `told` is what routes say instead of what the connector does, by their path.
        """
        context = await browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light",
            locale="nl-NL" if language == "nl" else "en-GB",
            viewport={"width": width, "height": 900},
        )
        context.set_default_timeout(15_000)
        visitor = cls(context, await context.new_page(), address)
        for path, content in (told or {}).items():
            await visitor.tell(path, content)
        await visitor.page.goto(f"{address}{PAGE}?lcid={LCID[language]}")
        if role is not None:
            await visitor.sign_in(role)

        return visitor

    async def tell(self, path: str, content: object, status: int = 200) -> None:
        """Let a manage route say this to the page from now on."""
        kind = "application/json" if status < HTTPStatus.BAD_REQUEST else "application/problem+json"

        async def answer(route: Route) -> None:
            await route.fulfill(status=status, json=content, content_type=kind)

        await self.page.route(f"**/api/manage{path}", answer)

    async def leave(self) -> None:
        await self.context.close()

    async def sign_in(self, role: str) -> None:
        """Press the button, say who one is, and come back."""
        await self.page.locator(".welcome button.primary").click()
        await self.page.get_by_role("button", name=PEOPLE[role]).click()
        await self.page.locator(".who").wait_for()

    def card(self, name: str) -> Locator:
        """Return a card by its id."""
        return self.page.locator(f"section#{name}")

    async def until_read(self) -> None:
        """Wait until nothing on the page is still being loaded."""
        await self.page.wait_for_function(
            "!document.querySelector('[aria-busy=true]') && document.querySelector('h2')"
        )

    async def audit(self) -> list[str]:
        """Return what axe finds: it comes from the page's own origin, under the page's policy."""
        script = f"{PAGE}/axe.js"

        async def serve(route: Route) -> None:
            await route.fulfill(path=AXE, content_type="text/javascript")

        await self.page.route(f"**{script}", serve)
        await self.page.add_script_tag(url=script)
        result: dict[str, Any] = await self.page.evaluate(
            "rules => axe.run(document, { runOnly: rules })", AXE_RULES
        )

        return [
            f"{one['id']}: {one['help']}: {json.dumps([node['html'] for node in one['nodes']])}"
            for one in result["violations"]
        ]

    async def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        wider: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

        return wider

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not self._is_expected(message):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def _is_expected(self, message: ConsoleMessage) -> bool:
        """Leave out the provider's own page, and answers that a test asks for."""
        source = message.location.get("url") or self.address
        said = f"{message.text} {source}"

        return not source.startswith(self.address) or any(part in said for part in self.expected)
