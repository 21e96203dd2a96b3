"""Anybody can read and use the lists: light, dark, narrow, in both languages, whatever is in."""

from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Visit
from tests.browser.told import ID, SAVED, WHEN, a_dead_letter, a_parked, a_record, an_entry

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

FIT = {"columns": ["text"], "converters": ["text"]}
HOSTILE = "<img src=x onerror=document.title='gekraakt'>"


def a_mapping(target: str, label: str, **changes: object) -> dict[str, object]:
    """Return a mapping as the route tells of it."""
    usual: dict[str, object] = {
        "target": target,
        "property": target.partition(":")[2],
        "label": label,
        "kind": "profile",
        "type": "string",
        "contact_column": "firstname",
        "lead_column": "firstname",
        "converter": "text",
        "lead_converter": None,
        "origin": "default",
        "required": False,
        "rarely_used": False,
        "fit": FIT,
    }

    return usual | changes


MAPPINGS: dict[str, Any] = {
    "mappings": [
        a_mapping("name:profileField3", HOSTILE),
        a_mapping("name:long", "Aansprakelijkheidsverzekeringspolisnummer", rarely_used=True),
        a_mapping("free:Type", "Type", converter="constant", contact_column="Contact"),
        a_mapping("name:gone", "gone", property=None, kind=None, type=None),
        a_mapping("profile:Owner", "Owner", required=True, lead_converter="owner_name"),
    ],
    "addable": [
        {"target": "name:f", "property": "f", "label": HOSTILE, "type": "string", "fit": FIT},
    ],
    "deleted": [],
    "missing": ["name:gone"],
    "gone": [
        {"target": "name:long", "table": "lead", "column": "firstname", "why": "unreadable"},
        {"target": "name:profileField3", "table": "contact", "column": "a<b>", "why": "gone"},
    ],
    "warnings": [
        {
            "code": "national_number",
            "target": "name:profileField3",
            "table": "contact",
            "column": "governmentid",
        }
    ],
    "filters": {"outcome": "differs"},
}
COLUMNS = {
    "columns": [
        {"name": "firstname", "label": HOSTILE, "type": "text", "converters": ["text", "date"]},
    ]
}
RECORDS: dict[str, Any] = {
    "records": [
        a_record(1, code="PROPERTY_INVALID", property="profileField3"),
        a_record(2, code="A_NEW_CODE"),
        a_record(3, reason="a_new_reason", link="javascript:alert(1)"),
        a_record(4, notes=[{"property": "long", "reason": "a_new_note"}], table="lead"),
    ],
    "cursor": "contact.0",
}
COUNTS: dict[str, Any] = {
    "in_sync": 1204118,
    "with_notes": 18,
    "not_looked_at": 2500,
    "excluded": 3,
    "failing": 4,
    "counted_at": WHEN,
    "reasons": [{"status": "failing", "reason": "rejected", "count": 4, "can_be_sent": True}],
}
LOOKED_UP: dict[str, Any] = {
    "record": RECORDS["records"][0],
    "link": RECORDS["records"][0]["link"],
    "excluded": "no_email",
    "in_crm": True,
    "would_send": [
        {
            "property": "profileField3",
            "label": HOSTILE,
            "column": "firstname",
            "converter": "text",
            "value": HOSTILE,
            "note": None,
        },
        {
            "property": "long",
            "label": "Aansprakelijkheidsverzekeringspolisnummer",
            "column": "firstname",
            "converter": "postcode",
            "value": None,
            "note": "not_dutch",
        },
    ],
    "differs": True,
    "spotler": {
        "found": True,
        "external_id": ID,
        "properties": [
            {"property": "profileField3", "label": HOSTILE, "value": HOSTILE},
            {"property": "long", "label": "Lang", "value": "oud"},
            {"property": "permissions", "label": "Nieuwsbrief", "value": "on"},
            {"property": "permissions", "label": "Acties", "value": "off"},
        ],
        "changed_at": WHEN,
    },
    "problems": [{"system": "spotler", "code": "rate_limited"}],
}
PARKED: dict[str, Any] = {
    "parked": [
        {
            "id": "contact-1",
            "queue": "changes",
            "kind": "record_changed",
            "table": "contact",
            "record_id": ID,
            "reason": "RateLimitedError",
            "attempts": 8,
            "parked_at": WHEN,
            "first_parked_at": "2026-11-25T09:12:00Z",
            "readable": True,
        },
        {
            "id": "message-2",
            "queue": "jobs",
            "kind": None,
            "table": None,
            "record_id": None,
            "reason": "a message must be of a known version and kind; wrong: body",
            "attempts": 0,
            "parked_at": WHEN,
            "first_parked_at": None,
            "readable": False,
        },
    ],
    "more": True,
}
DEAD: dict[str, Any] = {
    "queues": [
        {
            "queue": "changes",
            "messages": [
                a_dead_letter(12, description=HOSTILE, record_id=ID),
            ],
            "more": True,
        },
        {
            "queue": "jobs",
            "messages": [
                a_dead_letter(
                    3,
                    kind="job_step",
                    table=None,
                    record_id=None,
                    job="contacts_to_spotler-000001",
                )
            ],
            "more": False,
        },
    ]
}
ADMIN = SAVED["saved_by"]
AUDIT = {
    "entries": [
        an_entry("record_lookup.look_up", target=f"contact/{ID}"),
        an_entry("record_lookup.look_up", target=f"contact/{ID}"),
        an_entry("records.send", caller=ADMIN, named=[f"contact/{ID}", f"lead/{ID}"]),
        an_entry("connection.save", named=["licence"], subject="connection", status=409),
        an_entry("jobs.pause", target="contacts_to_spotler-000001", status=403),
        an_entry("mappings.save", subject="mappings", status=None),
        an_entry("a_new.action", target=HOSTILE),
    ],
    "cursor": None,
}
TOLD = {
    "/mappings": MAPPINGS,
    "/mappings/examples": {"examples": [], "contact_id": None, "lead_id": None},
    "/columns**": COLUMNS,
    "/records**": RECORDS,
    "/records/counts": COUNTS,
    "/records/contact/*": LOOKED_UP,
    "/parked": PARKED,
    "/dead-letters": DEAD,
    "/audit?*": AUDIT,
}
EMPTY = {
    **TOLD,
    "/records/counts": COUNTS
    | {"in_sync": 0, "with_notes": 0, "excluded": 0, "failing": 0, "reasons": []}
    | {"not_looked_at": 0},
    "/records**": {"records": [], "cursor": None},
    "/parked": {"parked": [], "more": False},
    "/dead-letters": {"queues": []},
}


@pytest.mark.parametrize("role", ["admin", "reader"])
async def test_full_lists_are_for_everybody(visit: Visit, role: str) -> None:
    """
    Lists full of the unexpected are text that everybody can read, and fit at 320 pixels.
    """
    visitor = await visit(told=TOLD, role=role)
    await visitor.open_list("Niet gelukt")
    records = visitor.card("records")
    await expect(records).to_contain_text(f"Spotler neemt {HOSTILE} niet aan")
    await expect(records).to_contain_text("Geweigerd door Spotler (A_NEW_CODE)")
    await expect(records).to_contain_text("Andere reden (a_new_reason)")
    await expect(records).to_contain_text("is weggelaten (a_new_note)")
    assert await visitor.page.locator("a[href^=javascript]").count() == 0
    await records.get_by_role("button", name="Bekijken").first.click()
    await expect(visitor.page.locator("#lookup-result")).to_contain_text("Verschilt")
    await expect(visitor.page.locator("#lookup-result")).to_contain_text("Aan")
    await expect(visitor.card("diagnose")).to_contain_text("Onleesbaar bericht")
    await expect(visitor.card("diagnose")).to_contain_text("Te vaak geprobeerd")
    mappings = visitor.card("mappings")
    await expect(mappings).to_contain_text("mag ze niet lezen: firstname, a<b>. Die velden blijven")
    await expect(mappings.get_by_text("Niet leesbaar")).to_be_visible()
    await expect(mappings.get_by_text("Kolom is weg")).to_be_visible()
    if role == "admin":
        await mappings.get_by_role("button", name="Verwijderen").first.click()

    assert await visitor.audit() == []
    await visitor.page.set_viewport_size({"width": 640, "height": 640})
    row = mappings.locator("tbody tr").nth(1)
    contact, lead = [
        await row.locator(f".of-{side}_column").bounding_box() for side in ("contact", "lead")
    ]
    assert contact is not None
    assert lead is not None
    assert contact["y"] == lead["y"]  # columns of one field side by side, below its name
    await visitor.page.emulate_media(color_scheme="dark")
    assert await visitor.audit() == []
    await visitor.page.set_viewport_size({"width": 320, "height": 640})
    assert await visitor.overflow() == 0
    assert await visitor.audit() == []
    await visitor.page.get_by_label("Taal").select_option("en")
    await expect(records).to_contain_text(f"Spotler does not accept {HOSTILE}")
    assert await visitor.overflow() == 0
    assert await visitor.audit() == []
    assert await visitor.page.locator("img").count() == 0


async def test_log_book_is_read_by_people(visit: Visit) -> None:
    """
    The log book says in sentences who did what, what was refused, and the same look only once.
    """
    visitor = await visit(told=TOLD)
    card = visitor.card("audit")
    await card.get_by_role("button", name="Logboek tonen").click()

    rows = card.get_by_role("listitem").filter(has=visitor.page.locator("strong"))
    await expect(rows).to_have_count(6)
    await expect(rows.nth(0)).to_contain_text(
        "Gebruiker 5c9d2f4e heeft Contactpersoon 7b1d52aa opgezocht 2 keer"
    )
    await expect(rows.nth(1)).to_contain_text("Je hebt personen opnieuw verstuurd")
    await rows.nth(1).get_by_text("Details").click()
    await expect(rows.nth(1)).to_contain_text("Lead 7b1d52aa")
    await expect(rows.nth(2)).to_contain_text("Niet gelukt (code 409)")
    await expect(rows.nth(3)).to_contain_text("wilde contacts_to_spotler-000001 pauzeren")
    await expect(rows.nth(3)).to_contain_text("Geweigerd: geen toestemming")
    await expect(rows.nth(4)).to_contain_text("Afgebroken")
    await expect(rows.nth(5)).to_contain_text("iets gevraagd: a_new.action")
    assert await visitor.page.locator("img").count() == 0
    await visitor.page.emulate_media(color_scheme="dark")
    await visitor.page.set_viewport_size({"width": 320, "height": 640})
    assert await visitor.overflow() == 0
    assert await visitor.audit() == []

    async with visitor.page.expect_request(lambda one: "day=2026-11-26" in one.url):
        await card.get_by_label("Dag").fill("2026-11-26")
        await card.get_by_label("Dag").press("Enter")


async def test_log_book_is_not_for_readers(visit: Visit) -> None:
    """
    A reader is told that the log book is for administrators, and asks for none.
    """
    visitor = await visit(role="reader", told=TOLD)

    await expect(visitor.card("audit")).to_contain_text("alleen voor beheerders")
    await expect(visitor.card("audit").get_by_role("button")).to_have_count(0)
    await expect(visitor.card("mappings")).to_contain_text("firstname")
    examples = visitor.card("mappings").get_by_role("button", name="Voorbeelden tonen")
    await expect(examples).to_have_count(0)


async def test_examples_are_shown_on_a_click(visit: Visit) -> None:
    """
    What the mappings make of the newest people is asked for by a click, and by nothing else.
    """
    examples = {
        "examples": [{"target": "name:profileField3", "contact": "Inkoper", "lead": None}],
        "contact_id": ID,
        "lead_id": None,
    }
    visitor = await visit(told=TOLD | {"/mappings/examples": examples})
    card = visitor.card("mappings")
    show = card.get_by_role("button", name="Voorbeelden tonen")
    await expect(show).to_have_accessible_description(
        "Voorbeelden tonen gegevens van de nieuwste contactpersoon en lead. "
        "Dat je ze bekijkt, komt in het logboek."
    )
    await expect(card).not_to_contain_text("Inkoper")
    await expect(card).to_contain_text("governmentid (Contactpersonen) lijkt een persoonsnummer")

    await show.click()

    await expect(card).to_contain_text("Voorbeeld: Inkoper")
    await expect(show).to_have_count(0)
    assert await visitor.audit() == []


async def test_empty_lists_say_that_all_is_well(visit: Visit) -> None:
    """
    Where there is nothing to do, the page says that all is well.
    """
    visitor = await visit(told=EMPTY)
    await visitor.open_list("Niet gelukt")

    await expect(visitor.card("records")).to_contain_text("Bij niemand ging het mis")
    await expect(visitor.card("diagnose")).to_contain_text("Er is niets geparkeerd")
    await expect(visitor.card("diagnose")).to_contain_text("geen vastgelopen berichten")
    assert await visitor.audit() == []


async def test_held_changes_wait_for_nobody(visit: Visit) -> None:
    """
    What only waits for a licence says so, apart from what failed, and cannot be sent in vain.
    """
    held = [a_parked(number, "licence") for number in (1, 2)]
    refused = a_parked(3, "rejected:CONTACT_OPTOUT")
    visitor = await visit(told=TOLD | {"/parked": {"parked": [*held, refused], "more": False}})
    card = visitor.card("diagnose")

    waiting = card.get_by_role("region", name="Wacht op een licentie (2)")
    await expect(waiting).to_contain_text("gaan vanzelf naar Spotler")
    await expect(waiting.get_by_role("listitem")).to_have_count(2)
    assert {*await waiting.get_by_role("button").all_inner_texts()} == {"Bekijken"}
    parked = card.get_by_role("region", name="Geparkeerde wijzigingen (1)")
    await expect(parked.get_by_role("button", name="Alles verwijderen (1)")).to_be_visible()
    assert await visitor.audit() == []


async def test_renamed_rows_are_no_people(visit: Visit) -> None:
    """
    What got another name is told as what it is, in both lists, and nobody is to be looked up.
    """
    names = [
        ("account", "Nieuwe naam van bedrijf"),
        ("contact", "Nieuwe naam van contactpersoon"),
        ("lead", "Samengevoegd met lead"),
        ("systemuser", "Nieuwe naam van gebruiker"),
        ("team", "Nieuwe naam van team"),
    ]
    renamed = {"kind": "related_changed"}
    parked = [
        a_parked(number, "TransientError", id=f"related-{table}", table=table, **renamed)
        for number, (table, _) in enumerate(names, start=1)
    ]
    dead = [a_dead_letter(7, table="account", **renamed)]
    told = {
        "/parked": {"parked": parked, "more": False},
        "/dead-letters": {"queues": [{"queue": "changes", "messages": dead, "more": False}]},
    }
    visitor = await visit(told=TOLD | told)
    card = visitor.card("diagnose")

    waiting = card.get_by_role("region", name="Geparkeerde wijzigingen (5)")
    for number, (_, name) in enumerate(names, start=1):
        await expect(waiting).to_contain_text(f"{name} {number:08x}")
    await expect(waiting.get_by_role("button", name="Bekijken")).to_have_count(0)
    stuck = card.get_by_role("region", name="Vastgelopen berichten (1)")
    await expect(stuck).to_contain_text(f"Nieuwe naam van bedrijf {ID[:8]}")
    assert await visitor.audit() == []


async def test_long_lists_are_folded(visit: Visit) -> None:
    """
    Hundreds that wait make one line, which unfolds.
    """
    held = [a_parked(number, "licence") for number in range(500)]
    visitor = await visit(told=TOLD | {"/parked": {"parked": held, "more": False}})
    waiting = visitor.card("diagnose").get_by_role("region", name="Wacht op een licentie (500)")

    await expect(waiting.get_by_role("listitem")).to_have_count(0)
    await waiting.get_by_text("Toon alle 500").click()
    await expect(waiting.get_by_role("listitem")).to_have_count(500)


async def test_dead_letters_are_sent_again(visit: Visit) -> None:
    """
    Dead letters are sent again one by one, or all of a queue, and the page says how many.
    """
    told = {**TOLD, "/dead-letters/send": {"sent": 1, "kept": 0}}
    visitor = await visit(told=told)
    card = visitor.card("diagnose")
    dead = card.get_by_role("region", name="Wijzigingen in personen")
    await expect(dead).to_contain_text("Je ziet de eerste 1")
    jobs = card.get_by_role("region", name="Stappen van een initiële synchronisatie")
    await expect(jobs).to_contain_text("contacts_to_spotler-000001")

    async with visitor.page.expect_request("**/dead-letters/send") as request:
        await dead.get_by_role("button", name="Opnieuw versturen: #12").click()

    sent = await request.value
    assert sent.post_data_json == {"queue": "changes", "sequence_numbers": [12]}
    await expect(dead).to_contain_text("1 is op weg naar Spotler")


@pytest.mark.feature("F103")
@pytest.mark.parametrize(
    ("unseen", "said"),
    [
        pytest.param(2500, "2.500 personen of meer in Dynamics zijn nog niet bekeken", id="some"),
        pytest.param(None, "Dynamics antwoordt nu niet.", id="unknown"),
        pytest.param(0, None, id="none"),
    ],
)
async def test_numbers_say_whom_they_tell_of(
    visit: Visit, unseen: int | None, said: str | None
) -> None:
    """
    Who has notes is counted apart, and who was never looked at is no silent part of any number.
    """
    counts = COUNTS | {"not_looked_at": unseen}
    visitor = await visit(told=TOLD | {"/records/counts": counts})
    card = visitor.card("records")

    tile = card.locator("button.tile", has_text="Gesynchroniseerd")
    await expect(tile).to_contain_text("1.204.100")
    await expect(tile).to_contain_text("en 18 met opmerkingen")
    if said is None:
        await expect(card).not_to_contain_text("nog niet bekeken")
    else:
        await expect(card).to_contain_text(said)


@pytest.mark.feature("F104")
async def test_what_cannot_help_is_not_offered(visit: Visit) -> None:
    """
    Whom sending again cannot help has no button for it, in no list, and is told as skipped.
    """
    reasons = [
        {"status": "excluded", "reason": "no_email", "count": 970, "can_be_sent": False},
        {"status": "excluded", "reason": "rejected", "count": 2, "can_be_sent": True},
    ]
    helpless = a_record(1, status="excluded", reason="no_email", can_be_sent=False)
    opted_out = a_record(2, status="excluded", code="CONTACT_OPTOUT")
    skipped = {"reason": "no_email", "count": 970, "advice": "put it right in Dynamics"}
    done = {"sent": 2, "records": [], "skipped": [skipped], "cursor": None}
    visitor = await visit(
        told=TOLD
        | {
            "/records**": {"records": [helpless, opted_out], "cursor": None},
            "/records/counts": COUNTS | {"excluded": 972, "reasons": reasons},
            "/records/send-all": done,
        }
    )
    await visitor.open_list("Uitgesloten")
    card = visitor.card("records")
    rows = card.locator("li.item")
    again = rows.get_by_role("button", name="Opnieuw versturen")

    await expect(rows).to_have_count(2)
    await expect(again).to_have_count(1)
    await card.get_by_role("button", name="Alles opnieuw versturen (2)").click()
    await expect(card).to_contain_text("2 zijn op weg naar Spotler.")
    await expect(card).to_contain_text("970 zijn overgeslagen: opnieuw versturen helpt daar niet.")
    assert await visitor.audit() == []
    await card.get_by_label("Reden").select_option("no_email")
    await expect(card.get_by_role("button", name="Alles met deze reden")).to_have_count(0)


@pytest.mark.feature("F103")
@pytest.mark.parametrize(
    ("record", "said"),
    [
        pytest.param(None, "nog niet verwerkt", id="never sent"),
        pytest.param(
            a_record(1, reason="retried"), "Wordt opnieuw geprobeerd", id="tried again by itself"
        ),
        pytest.param(
            a_record(1, status="in_sync", reason=None),
            "Spotler kent deze persoon niet meer",
            id="gone from Spotler",
        ),
        pytest.param(
            a_record(1, status="excluded", reason="no_email"),
            "Spotler kent deze persoon niet.",
            id="left out",
        ),
    ],
)
async def test_absence_is_said(visit: Visit, record: dict[str, object] | None, said: str) -> None:
    """
    Who is not in Spotler is told of in a sentence, and there is nothing to compare with.
    """
    absent: dict[str, object] = {
        "found": False,
        "external_id": ID,
        "properties": [],
        "changed_at": None,
    }
    reason = record["reason"] if record else None
    changes = {"record": record, "excluded": reason, "spotler": absent, "problems": []}
    visitor = await visit(told=TOLD | {"/records/contact/*": LOOKED_UP | changes})
    await visitor.card("records").get_by_label("Link of id uit Dynamics").fill(ID)
    await visitor.page.keyboard.press("Enter")

    result = visitor.page.locator("#lookup-result")
    await expect(result).to_contain_text(said)
    await expect(result.get_by_role("columnheader")).to_have_count(3)
    assert await visitor.audit() == []


@pytest.mark.feature("F113")
async def test_file_that_is_cut_off_is_told(visit: Visit) -> None:
    """
    When a file does not hold all, the page says so, and how to get the rest.
    """
    visitor = await visit(told=TOLD)

    async def cut(route: Route) -> None:
        await route.fulfill(
            body="table,id", content_type="text/csv", headers={"X-Export-Cut-At": "50000"}
        )

    await visitor.page.route("**/records/export**", cut)
    await visitor.open_list("Niet gelukt")
    await visitor.card("records").get_by_role("button", name="Downloaden als CSV").click()

    await expect(visitor.card("records")).to_contain_text("alleen de eerste 50.000 personen")
    await visitor.card("records").get_by_label("Tabel").select_option("Leads")
    await expect(visitor.card("records")).not_to_contain_text("alleen de eerste")


async def test_converters_are_readable(visit: Visit) -> None:
    """
    On an ordinary window no name of a converter is cut off.
    """
    visitor = await visit(width=1024)
    select = visitor.card("mappings").get_by_label("Verwerken als voor Mobiel nummer")
    await expect(select).to_have_value("mobile")

    spare = await select.evaluate(
        """select => {
          const style = getComputedStyle(select);
          const pen = document.createElement('canvas').getContext('2d');
          pen.font = style.font;
          const text = pen.measureText(select.selectedOptions[0].text).width;
          return select.clientWidth - parseFloat(style.paddingLeft) * 2 - text;
        }"""
    )

    assert spare > 16
