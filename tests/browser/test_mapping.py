"""Mappings: a field of one's own is mapped, saved and filled; nothing that was typed is lost."""

import json
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

CONTACT, LEAD = "Kolom van contactpersoon voor", "Kolom van lead voor"
HOSTILE = "<img src=x onerror=document.title='gekraakt'>"


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    """Return somebody else who manages the connector, while nothing is mapped but the defaults."""
    admin = await Administrator.of(local.stack)
    await put(admin, [one for one in await mapped(admin) if one["origin"] == "default"])
    await admin.call("POST", "/mappings/restore")

    return admin


async def mapped(admin: Administrator) -> list[dict[str, Any]]:
    _, view = await admin.call("GET", "/mappings")

    return list(view["mappings"])


async def put(admin: Administrator, mappings: list[dict[str, Any]]) -> None:
    """Save mappings as another browser does."""
    parts = ("target", "contact_column", "lead_column", "converter", "lead_converter")
    wishes = [{part: one[part] for part in parts} for one in mappings]
    url = f"{admin._stack.address}/api/manage/mappings"
    headers = {"Authorization": f"Bearer {admin._token}"}
    async with admin._stack.http.get(url, headers=headers) as answer:
        etag = answer.headers["ETag"]
    status, said = await admin.call("PUT", "/mappings", {"mappings": wishes}, {"If-Match": etag})
    assert status == 200, said


async def field(local: Local, name: str, **changes: object) -> None:
    """Change a field of Spotler, as its administrator does."""
    url = f"{local.stack.facts('spotler')['url']}/_devstack/properties/{name}"
    await local.stack.control("PUT", url, changes)


async def choose(visitor: Visitor, box: str, text: str) -> None:
    """Type into a combobox, and take what is offered first."""
    control = visitor.card("mappings").get_by_role("combobox", name=box, exact=True)
    await control.click()
    await visitor.page.keyboard.type(text)
    await visitor.page.keyboard.press("ArrowDown")
    await visitor.page.keyboard.press("Enter")


async def save(visitor: Visitor) -> None:
    await visitor.card("mappings").get_by_role("button", name="Opslaan", exact=True).click()


@pytest.mark.feature("F46", "F47", "F48", "F49", "F50", "F51", "F52", "F53", "F54")
async def test_field_is_mapped_saved_and_filled(
    visit: Visit, local: Local, admin: Administrator
) -> None:
    """
    A field made visible in Spotler is offered, mapped, saved, and filled by the sync that is named.
    """
    person = await local.crm.create(
        "contact", lastname="Smit", emailaddress1="smit@example.nl", jobtitle="Inkoper"
    )
    visitor = await visit()
    card = visitor.card("mappings")
    await field(local, "profileField7", description="Rol in het bedrijf", visible=True)
    await card.get_by_role("button", name="Velden verversen").click()
    await expect(card).to_contain_text("opnieuw gelezen")
    await card.get_by_label("Profielveld toevoegen").select_option("Rol in het bedrijf (tekst)")
    await card.get_by_role("button", name="Toevoegen", exact=True).click()

    await expect(card.get_by_role("combobox", name=f"{CONTACT} Rol in het bedrijf")).to_be_focused()
    await choose(visitor, f"{CONTACT} Rol in het bedrijf", "functie")
    await expect(card.get_by_text("jobtitle", exact=True)).to_be_visible()
    await expect(card).to_contain_text("1 wijziging is nog niet opgeslagen")
    await save(visitor)

    await expect(card).to_contain_text("De mappings zijn opgeslagen")
    await expect(card).to_contain_text("Dynamics")
    await card.get_by_role("button", name="Contactpersonen naar Spotler starten").click()
    await visitor.page.get_by_role("dialog").get_by_role("button", name="Starten").click()
    await local.spotler.until(person, seconds=30, profileField7="Inkoper")
    await expect(card).not_to_contain_text("Contactpersonen naar Spotler")  # nothing left to fill
    row = card.get_by_role("row", name="Rol in het bedrijf")
    await expect(row).to_contain_text("Profielveld")
    assert await visitor.overflow() == 0


@pytest.mark.feature("F44", "F45", "F55", "F56", "F57", "F58", "F59")
async def test_defaults_are_there_and_go(visit: Visit, admin: Administrator) -> None:
    """
    Of the defaults all but the required ones can go, and they come back when somebody asks.
    """
    visitor = await visit()
    card = visitor.card("mappings")
    rows = card.locator("tbody tr")
    await expect(rows).to_have_count(15)
    rare = rows.filter(has_text="Weinig gebruikt")
    assert await rare.locator(".name").all_inner_texts() == ["Straat", "Land", "Telefoonnummer"]
    for name in ("Type", "Birthday", "Owner"):
        button = card.get_by_role("button", name=f"Verwijderen: {name}", exact=True)
        await expect(button).to_be_disabled()
        await expect(button).to_have_accessible_description(
            "Verplicht: Type, Birthday en Owner kun je niet verwijderen, "
            "omdat Spotler ze van iedereen nodig heeft."
        )
    button = card.get_by_role("button", name="Verwijderen: E-mailadres", exact=True)
    await expect(button).to_be_disabled()
    await expect(button).to_have_accessible_description(
        "Verplicht: het e-mailadres kun je niet verwijderen, "
        "want zonder e-mailadres kan niemand gemaild worden."
    )

    await card.get_by_role("button", name="Verwijderen: Straat").click()
    await expect(card.get_by_role("row", name="Straat")).to_contain_text("Wordt verwijderd")
    undo = card.get_by_role("button", name="Ongedaan maken: Straat")
    await expect(undo).to_be_focused()
    await undo.press("Enter")
    await expect(card.get_by_role("button", name="Opslaan", exact=True)).to_have_count(0)
    await expect(card.get_by_role("button", name="Verwijderen: Straat")).to_be_focused()
    await card.get_by_role("button", name="Verwijderen: Land").click()
    await save(visitor)
    await expect(rows).to_have_count(14)
    assert "name:country" not in {one["target"] for one in await mapped(admin)}

    await card.get_by_role("button", name="Standaard herstellen").click()
    dialog = visitor.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Komt terug: Land.")
    await dialog.get_by_role("button", name="Herstellen").click()
    await expect(rows).to_have_count(15)


@pytest.mark.feature("F53")
async def test_combobox_by_keyboard_alone(visit: Visit, admin: Administrator) -> None:
    """
    The list is opened, walked through, taken from and left by keys, also at 320 pixels.
    """
    visitor = await visit(width=320)
    press = visitor.page.keyboard.press
    box = visitor.card("mappings").get_by_role("combobox", name=f"{CONTACT} Voornaam")
    await expect(box).to_be_enabled()
    await box.focus()
    await expect(box).to_have_attribute("aria-expanded", "false")

    await press("ArrowDown")
    await expect(box).to_have_attribute("aria-expanded", "true")
    now = await box.get_attribute("aria-activedescendant")
    await expect(visitor.page.locator(f"[id='{now}']")).to_contain_text("firstname")
    await press("Escape")
    await expect(box).to_have_attribute("aria-expanded", "false")
    await expect(box).to_have_value("Voornaam")

    await visitor.page.keyboard.type("mobile")
    await press("ArrowDown")
    await press("ArrowDown")
    await press("ArrowUp")
    active = visitor.page.locator(f"[id='{await box.get_attribute('aria-activedescendant')}']")
    await expect(active).to_have_attribute("aria-selected", "true")
    await expect(active).to_be_in_viewport()
    assert await visitor.overflow() == 0
    await press("Enter")
    await expect(box).to_have_value("Mobiele telefoon")
    await expect(box).to_be_focused()

    await visitor.page.keyboard.press("Control+A")
    await visitor.page.keyboard.type("zomaar wat")
    await expect(visitor.page.locator("li[role=option]")).to_have_text(["Geen kolom gevonden"])
    await press("Tab")
    await expect(box).to_have_value("zomaar wat")
    await expect(box).to_have_attribute("aria-invalid", "true")
    await expect(box).to_have_accessible_description(
        "Deze kolom bestaat niet. Kies er een uit de lijst."
    )
    await visitor.card("mappings").get_by_role("button", name="Weggooien").click()
    await expect(box).to_have_value("Voornaam")
    await expect(visitor.page.locator("#mappings-said")).to_be_focused()
    await expect(visitor.page.locator("#announcements")).to_have_text(
        "De wijzigingen zijn weggegooid."
    )


async def test_converters_follow_the_column(visit: Visit, admin: Administrator) -> None:
    """
    Only what can fill the field is offered, and a column of another type gets its usual one.
    """
    visitor = await visit()
    for name, offered in (
        ("E-mailadres", ["E-mailadres"]),
        ("Owner", ["Naam (verwijzing)", "Naam (eigenaar)"]),
        ("Geslacht", ["Geslacht", "Vaste tekst"]),
    ):
        options = visitor.card("mappings").get_by_label(f"Verwerken als voor {name}", exact=True)
        await expect(options.locator("option")).to_have_text(offered)
    birthday = visitor.card("mappings").get_by_role("combobox", name=f"{CONTACT} Birthday")
    await birthday.fill("gendercode")
    await expect(visitor.page.locator("li[role=option]")).to_have_text(["Geen kolom gevonden"])
    await birthday.press("Tab")
    await expect(birthday).to_have_accessible_description(
        "Dit past niet bij het veld in Spotler. Kies een andere kolom of een andere verwerking."
    )
    select = visitor.card("mappings").locator("[id$=firstName-converter]")
    await expect(select.locator("option", has_text="Datum")).to_have_count(1)

    await choose(visitor, f"{CONTACT} Voornaam", "verjaardag")

    await expect(select).to_have_value("date")
    assert await select.locator("option").all_inner_texts() == ["Datum", "Vaste tekst"]
    lead = visitor.card("mappings").get_by_label("Verwerken als bij leads voor Voornaam")
    await expect(lead).to_have_value("text")


async def test_faults_stand_beside_their_field(visit: Visit, admin: Administrator) -> None:
    """
    What the server does not take is said beside the field, in words, and the focus goes there.
    """
    visitor = await visit()
    visitor.expected = ("422",)
    card = visitor.card("mappings")
    await choose(visitor, f"{CONTACT} Mobiel nummer", "kinderen")
    await save(visitor)
    box = card.get_by_role("combobox", name=f"{LEAD} Achternaam")
    await expect(card).to_contain_text("zijn opgeslagen")

    await box.fill("bestaat_niet")
    await box.press("Tab")
    await save(visitor)

    await expect(card).to_contain_text("Er is niets opgeslagen")
    await expect(box).to_be_focused()
    await expect(box).to_have_accessible_description(
        "Deze kolom bestaat niet. Kies er een uit de lijst."
    )
    await expect(card).to_contain_text("1 wijziging is nog niet opgeslagen")


async def test_change_of_somebody_else_loses_nothing(visit: Visit, admin: Administrator) -> None:
    """
    Who is overtaken by somebody else is told, and keeps what was typed on top of what is new.
    """
    visitor = await visit()
    visitor.expected = ("412",)
    card = visitor.card("mappings")
    await choose(visitor, f"{CONTACT} Plaats", "adres 2: plaats")
    await put(admin, [one for one in await mapped(admin) if one["target"] != "name:street"])

    await save(visitor)
    await expect(card).to_contain_text("Iemand anders heeft de mappings gewijzigd")
    await expect(card.get_by_role("combobox", name=f"{CONTACT} Plaats")).to_have_value(
        "Adres 2: plaats"
    )
    await card.get_by_role("button", name="Opnieuw laden").click()
    await expect(card.get_by_role("row", name="Straat")).to_have_count(0)
    await save(visitor)

    await expect(card).to_contain_text("zijn opgeslagen")
    [city] = [one for one in await mapped(admin) if one["target"] == "name:city"]
    assert city["contact_column"] == "address2_city"


async def test_leaving_with_changes_is_asked(visit: Visit, admin: Administrator) -> None:
    """
    Who leaves with changes that are not saved is asked first.
    """
    visitor = await visit()
    await visitor.card("mappings").get_by_role("button", name="Verwijderen: Land").click()
    asked: list[str] = []

    async def hear(dialog: Any) -> None:  # noqa: ANN401 - a Dialog
        asked.append(dialog.type)
        await dialog.accept()

    visitor.page.on("dialog", hear)
    await visitor.page.reload()

    assert asked == ["beforeunload"]


async def test_file_goes_out_and_comes_back(
    visit: Visit, admin: Administrator, tmp_path: Path
) -> None:
    """
    A file of mappings comes back as changes to save, and a broken one says what to do.
    """
    visitor = await visit()
    card = visitor.card("mappings")
    async with visitor.page.expect_download() as download:
        await card.get_by_role("button", name="Exporteren").click()
    file = tmp_path / "mappings.json"
    await (await download.value).save_as(file)
    content = json.loads(file.read_text())
    assert (content["v"], len(content["mappings"])) == (1, 15)

    async def bring(text: str) -> None:
        file.write_text(text)
        async with visitor.page.expect_file_chooser() as chooser:
            await card.get_by_role("button", name="Importeren").click()
        await (await chooser.value).set_files(file)

    await bring(json.dumps(content))
    await expect(card).to_contain_text("gelijk aan wat er al staat")
    for broken, said in (
        ("<html>", "geen JSON-bestand"),
        ('{"v": 2}', "geen mappings in"),
        ('{"v": 1, "mappings": [{"target": "name:email"}]}', "niet compleet"),
        (
            json.dumps({"v": 1, "mappings": content["mappings"][:1] * 2}),
            "meer dan één keer in: E-mailadres.",
        ),
    ):
        await bring(broken)
        await expect(card).to_contain_text(said)
        await expect(card.get_by_role("button", name="Opslaan", exact=True)).to_have_count(0)

    content["mappings"] = [one for one in content["mappings"] if one["target"] != "name:email"]
    await bring(json.dumps(content))
    await expect(card).to_contain_text("blijven zoals ze zijn: E-mailadres.")
    await expect(card).not_to_contain_text("gelijk aan wat er al staat")
    content["mappings"] = [one for one in content["mappings"] if one["target"] != "name:street"]
    await bring(json.dumps(content))
    await expect(card).to_contain_text("1 wijziging is nog niet opgeslagen")
    await save(visitor)
    await expect(card.get_by_role("row", name="Straat")).to_have_count(0)


async def test_missing_field_is_told(visit: Visit, local: Local, admin: Administrator) -> None:
    """
    A mapping whose field the account no longer shows is told, with what to do.
    """
    await field(local, "country", visible=False)
    visitor = await visit()
    card = visitor.card("mappings")
    await card.get_by_role("button", name="Velden verversen").click()

    await expect(card).to_contain_text("Niet alle velden bestaan in Spotler")
    await expect(card.get_by_role("row", name="country")).to_contain_text("Niet in Spotler")
    await field(local, "country", visible=True)
    await card.get_by_role("button", name="Velden verversen").click()
    await expect(card).not_to_contain_text("Niet alle velden bestaan in Spotler")


async def test_hostile_labels_are_text(visit: Visit, local: Local, admin: Administrator) -> None:
    """
    Whatever a field of Spotler or a column of Dynamics is called, it is shown as text.
    """
    await field(local, "profileField8", description=HOSTILE, visible=True)
    _, columns = await admin.call("GET", "/columns?table=contact")
    columns["columns"][0]["label"] = HOSTILE
    visitor = await visit(told={"/columns**": columns})
    card = visitor.card("mappings")
    await card.get_by_role("button", name="Velden verversen").click()
    await card.get_by_label("Profielveld toevoegen").select_option(f"{HOSTILE} (tekst)")
    await card.get_by_role("button", name="Toevoegen", exact=True).click()
    await expect(card.get_by_role("row", name=HOSTILE)).to_be_visible()

    await choose(visitor, f"{CONTACT} {HOSTILE}", "<img")

    await expect(card.get_by_role("combobox", name=f"{CONTACT} {HOSTILE}")).to_have_value(HOSTILE)
    assert await visitor.page.locator("img").count() == 0
    assert await visitor.page.title() == "Spotler connector"
    await field(local, "profileField8", visible=False)


@pytest.mark.feature("F61")
async def test_reader_changes_nothing(visit: Visit, admin: Administrator) -> None:
    """
    A reader sees all mappings and can take them along; whatever would change one says why not.
    """
    visitor = await visit(role="reader")
    card = visitor.card("mappings")
    await expect(card.locator("tbody tr")).to_have_count(15)

    await expect(card.get_by_role("button", name="Exporteren")).to_be_enabled()
    for control in await card.get_by_role("combobox").all():
        await expect(control).to_be_disabled()
    for name in ("Velden verversen", "Standaard herstellen", "Importeren", "Toevoegen"):
        button = card.get_by_role("button", name=name, exact=True)
        await expect(button).to_be_disabled()
        await expect(button).to_have_attribute("aria-describedby", "reader-note")
