"""Somebody who opens the configuration page in a browser."""

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal, Self, TypedDict, Unpack

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Route,
    expect,
)

from tests.browser.told_shapes import check_told

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGE = "/api/config"
PEOPLE = {"admin": "Anneke Bakker", "reader": "Willem Visser"}
SETTLED = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one instanceof CSSTransition).map((one) => one.finished))"""
FOCUS = """() => {
  const at = document.activeElement;
  const name = at.labels?.[0]?.innerText ?? at.ariaLabel ?? at.innerText;
  return [name, getComputedStyle(at).outlineStyle];
}"""


class Wishes(TypedDict, total=False):
    """Says how somebody comes.

    `told` is what routes say instead of the connector, by path; `expected` are parts of what the
    console may say.
    """

    role: str | None
    query: str
    locale: str
    scheme: Literal["light", "dark"]
    width: int
    height: int
    told: Mapping[str, object]
    expected: tuple[str, ...]


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
    async def arrive(cls, browser: Browser, address: str, **wishes: Unpack[Wishes]) -> Self:
        """Open the page, and sign in as somebody unless the role is None."""
        context = await browser.new_context(
            color_scheme=wishes.get("scheme", "light"),
            locale=wishes.get("locale", "nl-NL"),
            viewport={
                "width": wishes.get("width", 1024),
                "height": wishes.get("height", 900),
            },
        )
        context.set_default_timeout(15_000)
        visitor = cls(context, await context.new_page(), address)
        visitor.expected = wishes.get("expected", ())
        for path, content in wishes.get("told", {}).items():
            await visitor.tell(path, content)
        await visitor.page.goto(f"{address}{PAGE}{wishes.get('query', '?lcid=1043')}")
        role = wishes.get("role", "admin")
        if role is not None:
            await visitor.sign_in(role)

        return visitor

    async def tell(self, path: str, content: object, status: int = 200) -> None:
        """Let a manage route say this to the page from now on."""
        if status == HTTPStatus.OK:
            check_told(path, content)
        kind = "application/json" if status < HTTPStatus.BAD_REQUEST else "application/problem+json"

        async def answer(route: Route) -> None:
            await route.fulfill(status=status, json=content, content_type=kind)

        await self.page.route(f"**/api/manage{path}", answer)

    async def bring(self, token: str) -> Callable[[], Awaitable[None]]:
        """Call the manage routes with this token, until what is returned is called."""
        path = "**/api/manage/**"

        async def swap(route: Route) -> None:
            headers = route.request.headers
            if "authorization" in headers:
                headers = headers | {"authorization": f"Bearer {token}"}
            await route.fallback(headers=headers)

        async def stop() -> None:
            await self.page.unroute(path, swap)

        await self.page.route(path, swap)

        return stop

    async def leave(self) -> None:
        await self.context.close()

    async def sign_in(self, role: str) -> None:
        """Press the button, say who one is, come back, and be let in."""
        await self.identify(role)
        await self.page.locator(".who").wait_for()

    async def identify(self, role: str) -> None:
        """Press the button and say who one is."""
        await self.page.locator(".welcome button.primary").click()
        await self.page.get_by_role("button", name=PEOPLE[role]).click()

    def card(self, name: str) -> Locator:
        """Return a card by its id."""
        return self.page.locator(f"section#{name}")

    async def until_read(self) -> None:
        """Wait until nothing on the page is still being loaded."""
        await self.page.locator("h2").first.wait_for()
        await expect(self.page.locator("[aria-busy=true]")).to_have_count(0)

    async def open_list(self, name: str) -> None:
        """Open the list behind a number, once the page no longer moves below the pointer."""
        await self.until_read()
        records = self.card("records")
        await records.locator("button.tile", has_text=name).click()
        await expect(records.get_by_role("heading", name=name, level=3)).to_be_visible()
        await expect(records.locator(".shimmer")).to_have_count(0)

    async def unfold(self) -> None:
        """Open all that is folded."""
        await self.page.evaluate(
            "document.querySelectorAll('details').forEach(one => { one.open = true; })"
        )

    async def step(self) -> str:
        """Press Tab, and return the name of where that leads; it must be seen to be there."""
        await self.page.keyboard.press("Tab")
        name, outline = await self.page.evaluate(FOCUS)
        assert outline != "none", f"{name} must show that it has the focus"

        return str(name)

    async def audit(self) -> list[str]:
        """Return what axe finds: it comes from the page's own origin, under the page's policy."""
        script = f"{PAGE}/axe.js"

        async def serve(route: Route) -> None:
            await route.fulfill(path=AXE, content_type="text/javascript")

        if not await self.page.evaluate("'axe' in window"):
            await self.page.route(f"**{script}", serve)
            await self.page.add_script_tag(url=script)
        await self.page.evaluate(SETTLED)  # a colour on its way has no contrast of its own
        result: dict[str, Any] = await self.page.evaluate(
            "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", AXE_RULES
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
