"""Who may see the page: signed out, signed in, without a role, and no longer signed in."""

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Visit
from tests.browser.told import a_check, a_connection, with_failed
from tests.integration.conftest import Local

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F31", "F60", "F61"),
    pytest.mark.asyncio(loop_scope="module"),
]

TOLD = {"/connection": a_connection()}
UNAUTHORISED = 401


async def test_person_signs_in(visit: Visit) -> None:
    """
    Who opens the page signs in at the provider, comes back to the page, and sees their name.
    """
    visitor = await visit(role=None, told=TOLD)
    await expect(visitor.page.get_by_role("heading", name="Meld je aan")).to_be_visible()
    assert await visitor.audit() == []

    await visitor.sign_in("admin")

    await expect(visitor.page.locator(".who")).to_contain_text("Anneke Bakker")
    assert visitor.page.url == f"{visitor.address}/api/config?lcid=1043"


async def test_language_outlasts_signing_in(visit: Visit) -> None:
    """
    The language that Dynamics asked for is still spoken after the way to the provider and back.
    """
    visitor = await visit(query="?org=contoso&lcid=1033", told=TOLD)

    await expect(visitor.page.get_by_role("button", name="Sign out")).to_be_visible()
    assert visitor.page.url == f"{visitor.address}/api/config?org=contoso&lcid=1033"


@pytest.mark.parametrize("lcid", ["constructor", "__proto__", "toString", "1043"])
async def test_strange_language_is_none(visit: Visit, lcid: str) -> None:
    """
    Whatever stands in the address as a language, the page speaks one that it knows.
    """
    visitor = await visit(query=f"?lcid={lcid}", role=None, told=TOLD)

    await expect(visitor.page.get_by_role("heading", level=2)).to_have_text("Meld je aan")


async def test_window_that_nobody_opened_goes_on(visit: Visit) -> None:
    """
    An address that looks like the end of signing in again, made up by anybody, leaves a whole page.
    """
    visitor = await visit(query="?state=again.x&code=1", role=None, told=TOLD)
    visitor.expected = ("Scripts may close only the windows that were opened by them",)

    await expect(visitor.page.get_by_role("heading", name="Meld je aan")).to_be_visible()
    assert visitor.page.url == f"{visitor.address}/api/config"


async def test_reload_stays_signed_in(visit: Visit) -> None:
    """
    The token is kept in memory only, and yet who loads the page anew need not press anything.
    """
    visitor = await visit(told=TOLD)
    kept = await visitor.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "ey" not in kept

    await visitor.page.reload()

    await expect(visitor.page.locator(".who")).to_contain_text("Anneke Bakker")


async def test_other_person_signs_in(visit: Visit) -> None:
    """
    Who signs out is out, and the next person may be somebody else.
    """
    visitor = await visit(told=TOLD)

    await visitor.page.get_by_role("button", name="Afmelden").click()
    await expect(visitor.page.get_by_role("heading", name="Meld je aan")).to_be_visible()
    await visitor.sign_in("reader")

    await expect(visitor.page.locator(".who")).to_contain_text("Willem Visser")


async def test_reader_sees_why(visit: Visit) -> None:
    """
    A reader sees everything, and beside what they cannot do the sentence why.
    """
    visitor = await visit(role="reader", told=TOLD)
    await visitor.until_read()

    buttons = await visitor.page.locator(":is(#connection, #sync) button").all()
    enabled = [await one.inner_text() for one in buttons if await one.is_enabled()]

    assert buttons
    assert enabled == []
    for one in (*buttons, visitor.page.get_by_label("Authentication key")):
        assert "reader-note" in (await one.get_attribute("aria-describedby") or "")
    await expect(visitor.page.locator("#reader-note")).to_contain_text("Connector.Admin")
    await expect(visitor.card("connection")).to_contain_text("door beheerder 0b6a2f4e")
    down = a_connection(checks=with_failed(a_check("spotler", "unreachable")))
    await visitor.tell("/connection", down)
    await visitor.page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(visitor.card("status")).to_contain_text("Spotler antwoordt nu niet")


async def test_stranger_is_told(local: Local, visit: Visit) -> None:
    """
    Somebody without a role is told whom to ask, and may choose another account.
    """
    visitor = await visit(role=None)
    visitor.expected = ("403",)
    await visitor.bring(await local.stack.token())

    await visitor.page.locator(".welcome button.primary").click()
    await visitor.page.get_by_role("button", name="Anneke").click()

    await expect(visitor.page.get_by_role("heading", level=2)).to_contain_text("geen toegang")
    assert await visitor.audit() == []
    await visitor.page.get_by_role("button", name="Ander account kiezen").click()
    await expect(visitor.page.get_by_role("heading", name="Meld je aan")).to_be_visible()


async def test_expired_token_loses_nothing(local: Local, visit: Visit) -> None:
    """
    Whose token ends while they type signs in again in a window of its own, and goes on typing.
    """
    visitor = await visit(told=TOLD)
    visitor.expected = ("401",)
    key = visitor.page.get_by_label("Authentication key")
    await key.fill("half-typed")
    stop = await visitor.bring(await local.stack.token("admin", exp=1))
    await visitor.page.evaluate("window.dispatchEvent(new Event('online'))")
    again = visitor.page.get_by_role("button", name="Opnieuw aanmelden")
    await again.wait_for()
    async with visitor.page.expect_response(lambda one: one.status == UNAUTHORISED):
        await visitor.page.get_by_role("button", name="Test verbinding").click()
    assert await visitor.audit() == []

    await stop()
    async with visitor.context.expect_page() as opened:
        await again.click()

    await expect(again).to_be_hidden()
    await expect(visitor.page.locator("#content")).to_be_focused()
    await expect(visitor.card("connection")).not_to_contain_text("Je aanmelding is verlopen")
    assert await key.input_value() == "half-typed"
    window = await opened.value
    if not window.is_closed():
        await window.wait_for_event("close")


async def test_sign_in_that_is_not_set_up(visit: Visit) -> None:
    """
    Where nobody can sign in yet, the page says what has to be set.
    """
    visitor = await visit(role=None)
    visitor.expected = ("503",)
    problem = {"code": "sign_in_not_configured", "detail": "ENTRA_TENANT_ID must be set"}
    await visitor.tell("/sign-in", problem, status=503)

    await visitor.page.reload()

    await expect(visitor.page.locator(".welcome")).to_contain_text("ENTRA_TENANT_ID")


async def test_wrong_settings_are_named(visit: Visit, local: Local) -> None:
    """
    While settings are wrong, the page tells who signed in which they are and what must be true.
    """
    good = local.stack.settings["TIME_ZONE"] = "Europe/Amsterdam"
    await local.stack.stop_host()
    local.stack.settings["TIME_ZONE"] = "Mars"
    await local.stack.start_host()
    visitor = await visit(role=None)
    visitor.expected = ("503",)

    await visitor.identify("reader")

    welcome = visitor.page.locator(".welcome")
    await expect(welcome).to_contain_text("omdat instellingen niet kloppen")
    await expect(welcome.get_by_role("listitem")).to_have_text(
        ["TIME_ZONE: must be the name of a time zone, such as Europe/Amsterdam"]
    )
    assert await visitor.audit() == []
    await local.stack.stop_host()
    local.stack.settings["TIME_ZONE"] = good
    await local.stack.start_host()
    await welcome.get_by_role("button").click()
    await expect(visitor.card("connection")).to_be_visible()


async def test_foreign_answer_is_no_sign_in(visit: Visit) -> None:
    """
    A code that somebody else asked for signs nobody in.
    """
    visitor = await visit(role=None)

    await visitor.page.goto(f"{visitor.address}/api/config?code=stolen&state=made-up")

    await expect(visitor.page.locator(".welcome button.primary")).to_be_visible()
    assert visitor.page.url == f"{visitor.address}/api/config"


async def test_connector_out_of_reach(visit: Visit) -> None:
    """
    Out of reach of the connector the page keeps what it knows, says so, and goes on by itself.
    """
    visitor = await visit(told=TOLD)
    await visitor.until_read()
    visitor.expected = ("ERR_", "Failed to load")

    async def cut(route: Route) -> None:
        await route.abort()

    await visitor.page.route("**/api/manage/**", cut)
    await visitor.page.evaluate("window.dispatchEvent(new Event('online'))")
    alert = visitor.page.get_by_role("alert")
    await expect(alert.get_by_text("Geen verbinding met de connector")).to_be_visible()
    status = visitor.card("status")
    await expect(status).to_contain_text("Niet actueel")
    await expect(status).to_contain_text("Contoso Nederland B.V.")
    await expect(status).not_to_contain_text("gaan direct naar Spotler")

    await visitor.page.unroute("**/api/manage/**", cut)
    await visitor.page.evaluate("window.dispatchEvent(new Event('online'))")

    await expect(visitor.page.get_by_text("Geen verbinding met de connector")).to_be_hidden()
    await expect(status).to_contain_text("Actief")
