"""Anybody can read and use the lists: light, dark, narrow, in both languages, whatever is in."""

from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Visit
from tests.browser.told import ID, WHEN, a_dead_letter, a_parked, a_record

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

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
        {"target": "name:f", "property": "f", "label": HOSTILE, "type": "string"},
    ],
    "deleted": [],
    "missing": ["name:gone"],
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
    "excluded": 3,
    "failing": 4,
    "counted_at": WHEN,
    "reasons": [{"status": "failing", "reason": "rejected", "count": 4}],
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
                {
                    "sequence_number": 12,
                    "message_id": "m12",
                    "enqueued_at": WHEN,
                    "reason": "MaxDeliveryCountExceeded",
                    "description": HOSTILE,
                    "delivery_count": 10,
                    "table": "contact",
                    "record_id": ID,
                }
            ],
            "more": True,
        },
        {
            "queue": "jobs",
            "messages": [
                a_dead_letter(3, table=None, record_id=None, job="contacts_to_spotler-000001")
            ],
            "more": False,
        },
    ]
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
}
EMPTY = {
    **TOLD,
    "/records/counts": COUNTS | {"in_sync": 0, "excluded": 0, "failing": 0, "reasons": []},
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
    if role == "admin":
        await visitor.card("mappings").get_by_role("button", name="Verwijderen").first.click()

    assert await visitor.audit() == []
    await visitor.page.set_viewport_size({"width": 640, "height": 640})
    row = visitor.card("mappings").locator("tbody tr").nth(1)
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

    waiting = card.get_by_role("region", name="Geparkeerde wijzigingen (4)")
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
    told = {**TOLD, "/dead-letters/send": {"sent": 1}}
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
    await expect(dead).to_contain_text("1 is opnieuw verstuurd")


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
        "external_id": None,
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
