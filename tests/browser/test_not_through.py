"""What did not go through: why, what to do, sent again, and one record up close."""

import csv
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from devstack.stack import StackOptions
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.existing_people import CONTACTS, start_anew

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PEOPLE = 120
PATIENCE = 40_000


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack where a reading person meets no limit, and a change comes again soon."""
    return StackOptions(
        dataverse=("--limit-requests", "0"), settings={"RETRY_FIRST_SECONDS": "0.1"}
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(local: Local) -> list[str]:
    """Sync people of whom some cannot go over, and return those who have an address."""
    await start_anew(local, count=PEOPLE)
    rows = await local.crm.rows("contact", "emailaddress1")
    reachable = sorted(key for key, row in rows.items() if row["emailaddress1"])
    for person in reachable[:3]:
        await refuse(local, person)
    await refuse(local, reachable[3], "CONTACT_OPTOUT")
    await local.crm.update_all(
        "contact",
        {person: {"emailaddress1": "kapot@"} for person in reachable[5:7]}
        | {
            person: {"mobilephone": "+32 470 12 34 56", "address1_postalcode": "B-1000"}
            for person in reachable[7:9]
        },
    )
    admin = await Administrator.of(local.stack)
    await admin.until(await admin.start(CONTACTS))
    await local.stack.settle()

    return reachable


async def refuse(local: Local, person: str, code: str = "PROPERTY_INVALID") -> None:
    url = f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{person}"
    await local.stack.control("PUT", url, {"code": code})


async def accept(local: Local, *people: str) -> None:
    for person in people:
        url = f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{person}"
        await local.stack.control("DELETE", url)


def records(visitor: Visitor) -> Locator:
    return visitor.card("records")


def item(visitor: Visitor, person: str) -> Locator:
    """Return a row of the list by the address that opens it in Dynamics."""
    return records(visitor).locator("li.item", has=visitor.page.locator(f"a[href*='{person}']"))


@pytest.mark.feature("F103", "F112", "F113", "F114", "F115", "F116")
async def test_each_says_why_and_what_to_do(visit: Visit, local: Local, people: list[str]) -> None:
    """
    Each number opens a list whose rows say why, what to do, and lead into Dynamics.
    """
    visitor = await visit()
    await visitor.open_list("Niet gelukt")
    await expect(records(visitor).locator("li.item")).to_have_count(3)
    await expect(item(visitor, people[0])).to_contain_text("Spotler neemt een waarde niet aan")
    link = item(visitor, people[0]).get_by_role("link")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(link).to_have_accessible_name(
        f"Contactpersoon {people[0][:8]} openen in Dynamics (nieuw tabblad)"
    )
    async with visitor.context.expect_page() as opened:
        await link.click()
    name = (await local.crm.rows("contact", "fullname"))[people[0]]["fullname"]
    await expect((await opened.value).get_by_role("heading", name=name)).to_be_visible()
    await (await opened.value).close()
    await item(visitor, people[0]).get_by_role("button", name="Bekijken").click()
    heading = visitor.page.locator("#lookup-result").get_by_role("heading", level=4)
    await expect(heading).to_have_text(f"Contactpersoon {people[0][:8]}: {name}")

    await visitor.open_list("Uitgesloten")
    reason = records(visitor).get_by_label("Reden")
    await reason.select_option("rejected")
    await expect(item(visitor, people[3])).to_contain_text("Afgemeld in Spotler")
    assert "E-mailadres klopt niet (2)" in await reason.locator("option").all_inner_texts()
    await reason.select_option("E-mailadres klopt niet (2)")
    await expect(records(visitor).locator("li.item")).to_have_count(2)
    await expect(item(visitor, people[5])).to_contain_text("Verbeter het e-mailadres in Dynamics")

    await records(visitor).get_by_label("Tabel").select_option("Leads")
    await expect(records(visitor)).to_contain_text("Niemand voldoet aan dit filter")

    await visitor.open_list("Gesynchroniseerd")
    await records(visitor).get_by_label("Alleen waar een waarde is weggelaten").check()
    await expect(item(visitor, people[7])).to_contain_text(
        "Mobiel nummer is weggelaten: dit is geen Nederlands nummer."
    )
    await expect(item(visitor, people[7])).to_contain_text(
        "Postcode is weggelaten: dit is geen Nederlandse postcode."
    )
    assert await visitor.audit() == []


@pytest.mark.feature("F113")
async def test_list_goes_along_as_a_file(visit: Visit, people: list[str], tmp_path: Path) -> None:
    """
    What the list shows is taken along as a file of ids and codes.
    """
    visitor = await visit()
    await visitor.open_list("Uitgesloten")
    await records(visitor).get_by_label("Reden").select_option("E-mailadres klopt niet (2)")

    async with visitor.page.expect_download() as download:
        await records(visitor).get_by_role("button", name="Downloaden als CSV").click()

    file = tmp_path / "records.csv"
    await (await download.value).save_as(file)
    lines = [*csv.DictReader(file.read_text().splitlines())]
    assert {line["id"] for line in lines} == set(people[5:7])


@pytest.mark.feature("F112", "F113")
async def test_mended_in_dynamics_is_gone(visit: Visit, local: Local, people: list[str]) -> None:
    """
    Who is put right in Dynamics is not in the list any more when somebody looks again.
    """
    visitor = await visit()
    await visitor.open_list("Uitgesloten")
    await expect(item(visitor, people[6])).to_be_visible()

    await local.crm.update("contact", people[6], emailaddress1="weer.heel@example.nl")
    await local.spotler.until(people[6], email="weer.heel@example.nl")
    await records(visitor).get_by_role("button", name="Verversen").click()

    await expect(item(visitor, people[6])).to_have_count(0)


@pytest.mark.feature("F103")
async def test_one_record_up_close(visit: Visit, local: Local, people: list[str]) -> None:
    """
    A link from Dynamics shows what would be sent, what Spotler holds, and in words what differs.
    """
    person = people[10]
    spotler = f"{local.stack.facts('spotler')['url']}/_devstack/contacts/{person}"
    await local.stack.control("PATCH", spotler, {"properties": {"city": "Ergens anders"}})
    visitor = await visit()
    box = records(visitor).get_by_label("Link of id uit Dynamics")
    for wrong, said in (
        ("zomaar", "Hier staat geen id in"),
        (
            f"https://x.example/main.aspx?etn=account&id={person}",
            "geen contactpersoon en geen lead",
        ),
    ):
        await box.fill(wrong)
        await box.press("Enter")
        await expect(box).to_be_focused()
        await expect(records(visitor)).to_contain_text(said)

    await box.fill(f"https://x.example/main.aspx?etn=contact&id=%7B{person.upper()}%7D")
    await box.press("Enter")

    result = visitor.page.locator("#lookup-result")
    await expect(result).to_be_focused()
    await expect(result.get_by_role("heading")).to_contain_text(f"Contactpersoon {person[:8]}: ")
    city = result.get_by_role("row", name="Plaats")
    await expect(city).to_contain_text("address1_city")
    await expect(city).to_contain_text("Ergens anders")
    await expect(city).to_contain_text("Verschilt")
    await expect(result.get_by_role("row", name="Achternaam")).to_contain_text("Gelijk")
    assert await visitor.audit() == []

    await result.get_by_role("button", name="Opnieuw versturen").click()
    await expect(city).to_contain_text("Gelijk", timeout=PATIENCE)

    await box.fill("zomaar")
    await box.press("Enter")
    await expect(result).to_have_count(0)  # what stood there was of somebody else
    await box.fill("00000000-0000-4000-8000-000000000000")
    await box.press("Enter")
    await expect(result).to_contain_text("staat niet in Dynamics en niet in Spotler")


@pytest.mark.feature("F104", "F105")
async def test_one_then_all_are_sent_again(visit: Visit, local: Local, people: list[str]) -> None:
    """
    Once the cause is gone one is sent again, then all with a reason, and the list becomes empty.
    """
    visitor = await visit()
    await visitor.open_list("Niet gelukt")
    everybody = records(visitor).get_by_role("button", name="Alles opnieuw versturen")
    await everybody.click()
    await expect(records(visitor)).to_contain_text("lukten weer niet", timeout=PATIENCE)
    await expect(records(visitor)).not_to_contain_text("zijn op weg naar Spotler")
    await accept(local, *people[:3])

    send = item(visitor, people[0]).get_by_role("button", name="Opnieuw versturen")
    await send.click()
    await expect(item(visitor, people[0])).to_have_count(0, timeout=PATIENCE)
    await expect(visitor.page.locator("#announcements")).to_have_text(
        "Verwerkt. Er staan er nog 2 in de lijst."
    )
    await expect(records(visitor).get_by_role("region", name="Niet gelukt")).to_be_focused()
    await expect(records(visitor).locator("button.tile", has_text="Niet gelukt")).to_contain_text(
        "2"
    )

    await everybody.click()
    await expect(records(visitor)).to_contain_text("2 zijn op weg naar Spotler")
    await expect(records(visitor)).to_contain_text("Bij niemand ging het mis", timeout=PATIENCE)


async def test_sending_all_can_be_stopped(visit: Visit, local: Local, people: list[str]) -> None:
    """
    Sending page after page shows how far it is, and stops when somebody says so.
    """
    visitor = await visit(
        told={
            "/records/send-all": {
                "sent": 1000,
                "records": [],
                "skipped": [],
                "cursor": "contact.0",
            }
        }
    )
    await visitor.open_list("Uitgesloten")
    await records(visitor).get_by_role("button", name="Alles opnieuw versturen").click()
    await expect(records(visitor).get_by_role("progressbar")).to_be_visible()

    await records(visitor).get_by_role("button", name="Stoppen").click()

    await expect(records(visitor)).to_contain_text("Gestopt: ")


@pytest.mark.feature("F61")
async def test_reader_sends_nothing(visit: Visit, people: list[str]) -> None:
    """
    A reader sees every list and every record; sending says why it is off.
    """
    visitor = await visit(role="reader")
    await visitor.open_list("Uitgesloten")
    await records(visitor).get_by_label("Reden").select_option("rejected")
    row = item(visitor, people[3])
    for button in (
        row.get_by_role("button", name="Opnieuw versturen"),
        records(visitor).get_by_role("button", name="Alles met deze reden opnieuw versturen"),
    ):
        await expect(button).to_be_disabled()
        await expect(button).to_have_attribute("aria-describedby", "reader-note")

    await row.get_by_role("button", name="Bekijken").click()
    await expect(visitor.page.locator("#lookup-result")).to_be_focused()
