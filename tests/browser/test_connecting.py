"""Entering keys and licence: what goes wrong is said beside the field, with what to do about it."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.told import GOOD, a_check, a_connection, a_look

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F32", "F33"),
    pytest.mark.asyncio(loop_scope="module"),
]

FIRST = {"/connection": a_connection("none", saved=False), "/jobs": {"jobs": []}}
REFUSED = {
    "code": "checks_failed",
    "detail": "every check must succeed before a connection is saved",
    "checks": [
        a_check("spotler", "credentials_refused", "secret"),
        a_check("fields", None, outcome="skipped"),
        a_check("permissions", None, outcome="skipped"),
        GOOD[3],
        a_check("licence", "malformed", "licence"),
    ],
}


async def test_failed_check_stands_at_its_field(visit: Visit) -> None:
    """
    Each failed check stands at its field, tied to it, and the first of them has the focus.
    """
    visitor = await visit(told=FIRST)
    visitor.expected = ("422",)
    await visitor.page.get_by_label("Authentication key").fill("a-key")
    await visitor.page.get_by_label("Authentication secret").fill("a-secret")
    await visitor.tell("/connection", REFUSED, status=422)

    await visitor.page.get_by_role("button", name="Opslaan").click()

    secret = visitor.page.get_by_label("Authentication secret")
    await expect(secret).to_be_focused()
    await expect(secret).to_have_attribute("aria-invalid", "true")
    await expect(secret).to_have_accessible_description(
        "Staat naast de key. Wordt versleuteld bewaard en nooit meer getoond. "
        "Spotler kent deze combinatie van key en secret niet. "
        "Kopieer ze allebei opnieuw uit Spotler."
    )
    await expect(visitor.card("connection")).to_contain_text("Er is niets opgeslagen")
    await expect(visitor.card("connection")).to_contain_text("geen hele licentiecode")
    assert await secret.input_value() == "a-secret"
    assert await visitor.audit() == []


WORSE = {
    "code": "licence_worse",
    "detail": "the licence must be no worse than the stored one",
    "stored": {"edition": "full", "valid_until": "2027-12-31", "state": "active"},
    "offered": {"edition": "trial", "valid_until": "2027-01-05", "state": "trial"},
}


async def test_worse_licence_is_asked_about(visit: Visit) -> None:
    """
    A worse licence is saved only by who has read how both end, and said that it may be.
    """
    visitor = await visit(told={"/connection": a_connection(), "/jobs": {"jobs": []}})
    visitor.expected = ("409",)
    await visitor.tell("/connection", WORSE, status=409)
    await visitor.page.get_by_label("Licentiecode").fill("worse")
    save = visitor.page.get_by_role("button", name="Opslaan", exact=True)

    await save.click()
    dialog = visitor.page.get_by_role("dialog", name="Deze licentie vervangen?")
    await expect(dialog).to_contain_text("Nu: volledige licentie tot en met 31 december 2027.")
    await expect(dialog).to_contain_text("Nieuw: proeflicentie tot en met 5 januari 2027.")
    assert await visitor.audit() == []
    await dialog.get_by_role("button", name="Annuleren").click()
    await expect(visitor.card("connection")).to_contain_text("Er is niets opgeslagen")
    assert await visitor.page.get_by_label("Licentiecode").input_value() == "worse"

    await save.click()
    await visitor.tell("/connection", a_connection("trial"))
    async with visitor.page.expect_request(lambda one: one.method == "PUT") as asked:
        await dialog.get_by_role("button", name="Toch vervangen").click()

    request = await asked.value
    assert request.post_data_json == {
        "key": "",
        "secret": "",
        "licence": "worse",
        "replace_licence": True,
    }
    await expect(visitor.card("connection")).to_contain_text("De verbinding werkt")


async def test_half_a_save_is_told(visit: Visit) -> None:
    """
    Of a save that failed halfway the page says what is saved, and keeps what was typed.
    """
    visitor = await visit(told={"/connection": a_connection(), "/jobs": {"jobs": []}})
    visitor.expected = ("503",)
    half = {"code": "partly_saved", "detail": "look", "saved": ["licence"], "unsure": []}
    await visitor.tell("/connection", half, status=503)
    await visitor.page.get_by_label("Licentiecode").fill("new")

    await visitor.page.get_by_role("button", name="Opslaan", exact=True).click()

    await expect(visitor.card("connection")).to_contain_text("Alleen de licentie is opgeslagen.")
    await expect(visitor.page.locator("#connection-outcome")).to_be_focused()
    assert await visitor.page.get_by_label("Licentiecode").input_value() == "new"


@pytest.mark.feature("F21", "F22", "F23", "F24", "F25", "F26")
async def test_missing_fields_are_named(visit: Visit) -> None:
    """
    Fields that Spotler has yet to make are named with their kind, and who makes them.
    """
    fields = [("Type", "free"), ("Birthday", "contact"), ("Owner", "profile")]
    missing = [{"label": label, "kind": kind} for label, kind in fields]
    found = a_look([GOOD[0], a_check("fields", "fields_missing", missing=missing), *GOOD[2:]])
    visitor = await visit(told=FIRST | {"/connection/test": found})

    await visitor.page.get_by_role("button", name="Test verbinding").click()

    card = visitor.card("connection")
    await expect(card.get_by_text("Type (vrij veld)")).to_be_visible()
    await expect(card.get_by_text("Birthday (contactveld)")).to_be_visible()
    await expect(card.get_by_text("Owner (profielveld)")).to_be_visible()
    await expect(card).to_contain_text("Vraag Spotler support")
    await expect(visitor.page.locator("#connection-outcome")).to_be_focused()


async def test_saved_secret_is_not_shown(visit: Visit) -> None:
    """
    Of what is saved only the end of the key is shown; an empty field keeps it.
    """
    visitor = await visit(told={"/connection": a_connection(), "/jobs": {"jobs": []}})
    await expect(visitor.page.get_by_label("Authentication key")).to_have_accessible_description(
        "Opgeslagen, eindigt op …ab12. Laat leeg om deze te houden."
    )
    secret = visitor.page.get_by_label("Authentication secret")
    await expect(secret).to_have_attribute("type", "password")
    assert await secret.input_value() == ""

    async with visitor.page.expect_request(lambda one: one.method == "PUT") as asked:
        await visitor.page.get_by_role("button", name="Opslaan").click()

    request = await asked.value
    assert request.post_data_json == {"key": "", "secret": "", "licence": ""}
    await expect(visitor.card("connection")).to_contain_text("De verbinding werkt")
