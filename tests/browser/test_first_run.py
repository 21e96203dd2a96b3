"""The first day: somebody who never saw the page connects, and mends what goes wrong."""

import re

import pytest
from playwright.async_api import expect

from devstack.stack import StackOptions
from devstack.stack.activation import EXPIRED, EXPIRING, GRACE, TRIAL, DemonstrationLicence
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.integration.conftest import Local

EXPIRES = re.compile("Verloopt over 1[123] dagen")
"""About twelve days: midnight may pass before the page is open, and an hour of summer time."""

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

LABELS = {
    "key": "Authentication key",
    "secret": "Authentication secret",
    "licence": "Licentiecode",
}


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack on its first day."""
    return StackOptions(activate=False)


async def save(visitor: Visitor, **values: str) -> None:
    for name, value in values.items():
        await visitor.page.get_by_label(LABELS[name]).fill(value)
    await visitor.page.get_by_role("button", name="Opslaan").click()


@pytest.mark.feature("F27", "F28", "F29", "F32", "F33", "F34", "F35", "F36")
async def test_from_nothing_to_green_tick(local: Local, visit: Visit) -> None:
    """
    Three steps say what to do; a mistake is shown at its field; then there is a green tick.
    """
    visitor = await visit()
    visitor.expected = ("422", "400")
    values = local.stack.connection_values()
    card, status = visitor.card("connection"), visitor.card("status").get_by_role("status")
    await expect(status).to_contain_text("Niet verbonden")
    await expect(card.get_by_role("heading", name="In drie stappen verbonden")).to_be_visible()
    for name in ("mappings", "records"):
        await expect(visitor.card(name)).to_contain_text("Maak eerst verbinding met Spotler")

    await save(visitor)
    await expect(visitor.page.get_by_label(LABELS["key"])).to_be_focused()
    await expect(card.locator(".fault")).to_have_count(3)
    await save(visitor, key="twee woorden")
    await expect(card.locator(".fault")).to_have_count(1)
    await expect(visitor.page.get_by_label(LABELS["key"])).to_be_focused()
    await expect(card.locator(".fault")).to_contain_text("zonder spaties")
    await save(visitor, **values | {"secret": "mistaken"})
    await expect(visitor.page.get_by_label(LABELS["secret"])).to_be_focused()
    await expect(card).to_contain_text("Spotler kent deze combinatie")
    await expect(status).to_contain_text("Niet verbonden")
    await visitor.page.get_by_label(LABELS["secret"]).fill(values["secret"])
    await visitor.page.get_by_role("button", name="Test verbinding").click()
    await expect(card).to_contain_text("De test is geslaagd")
    await expect(status).to_contain_text("Niet verbonden")

    await visitor.page.get_by_role("button", name="Opslaan").click()

    await expect(card).to_contain_text("De verbinding werkt")
    assert await visitor.step() == "Naar initiële synchronisatie"
    await expect(status).to_contain_text("Actief")
    await expect(status.locator("svg.success")).to_be_visible()
    await expect(visitor.card("status")).to_contain_text("Licentie geldig tot en met")
    assert await visitor.page.get_by_label(LABELS["secret"]).input_value() == ""
    ends = values["key"][-4:]
    await expect(visitor.page.get_by_label(LABELS["key"])).to_have_accessible_description(
        f"Opgeslagen, eindigt op …{ends}. Laat leeg om deze te houden."
    )
    assert values["secret"] not in await visitor.page.content()
    assert await visitor.audit() == []


@pytest.mark.feature("F34", "F42")
@pytest.mark.parametrize(
    ("licence", "word", "may_start"),
    [
        (TRIAL, "Proef", False),
        (EXPIRING, EXPIRES, True),
        (GRACE, "Licentie verlopen", False),
        (EXPIRED, "Verlopen", False),
    ],
    ids=["trial", "expiring", "grace", "expired"],
)
async def test_licence_decides(
    local: Local,
    visit: Visit,
    licence: DemonstrationLicence,
    word: str | re.Pattern[str],
    *,
    may_start: bool,
) -> None:
    """
    Whatever the licence, the page says in one word what it means, and offers what it allows.
    """
    await local.stack.write_licence(licence)
    await local.stack.stop_host()
    await local.stack.start_host()

    visitor = await visit()

    await expect(visitor.card("status").get_by_role("status")).to_contain_text(word)
    start = visitor.card("sync").get_by_role("button", name="Starten").first
    assert await start.is_enabled() == may_start
