"""People who are in Spotler and not in Dynamics any more: told, asked about, and sent again."""

from typing import Any

import pytest
from playwright.async_api import Locator, Route, expect

from devstack.stack import StackOptions
from tests.browser.conftest import Visit
from tests.browser.told import a_connection, a_job, a_preview, a_record
from tests.browser.visitor import Visitor
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.synced_people import PEOPLE, synced, synced_people, withdrawn

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PATIENCE = 40_000
REASON = "not_in_dynamics"
BRAKE = {
    "type": "about:blank",
    "title": "Conflict",
    "status": 409,
    "code": "brake",
    "detail": "an administrator must make sure",
    "correlation_id": "0" * 32,
    "count": 1234,
    "limit": 124,
}
COUNTS = {
    "in_sync": 11_902,
    "with_notes": 0,
    "not_looked_at": 0,
    "excluded": 571,
    "failing": 1234,
    "counted_at": "2026-11-26T09:12:00Z",
    "reasons": [{"status": "failing", "reason": REASON, "count": 1234, "can_be_sent": True}],
}
WORDS = {
    "nl": (
        "1.234 personen staan in Spotler, maar zijn niet meer te vinden in Dynamics",
        "Bekijk ze en verstuur ze opnieuw",
        "Alles met deze reden opnieuw versturen",
        ("1.234 personen zijn niet meer te vinden", "Tot en met 124", "Annuleren"),
    ),
    "en": (
        "1,234 people are in Spotler, but are no longer found in Dynamics",
        "See them and send them again",
        "Send all with this reason again",
        ("1,234 people are no longer found", "Up to 124", "Cancel"),
    ),
}


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack where a reading person meets no limit, and a change comes again soon."""
    return StackOptions(
        dataverse=("--limit-requests", "0"), settings={"RETRY_FIRST_SECONDS": "0.1"}
    )


def records(visitor: Visitor) -> Locator:
    return visitor.card("records")


async def press_all(visitor: Visitor, word: str = "Alles met deze reden opnieuw versturen") -> None:
    await records(visitor).get_by_role("button", name=word).click()


@pytest.mark.feature("F103", "F104")
async def test_missing_people_are_asked_about(visit: Visit, local: Local) -> None:
    """
    The sync tells how many are missing; the brake asks with both numbers; then the deleted go.
    """
    people = await synced_people(local)
    gone = {*people[:51]}
    await DynamicsAdmin(local).delete_silently(*gone)
    await synced(local)
    visitor = await visit(expected=("409",))
    await visitor.until_read()
    row = visitor.page.get_by_role("article", name="Contactpersonen naar Spotler")
    await expect(row).to_contain_text("51 personen staan in Spotler, maar zijn niet meer te vinden")

    await row.get_by_role("link", name="Bekijk ze en verstuur ze opnieuw").click()
    await expect(records(visitor).get_by_label("Reden")).to_have_value(REASON)
    await expect(records(visitor).locator("li.item")).to_have_count(50)
    await press_all(visitor)
    dialog = visitor.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("51 verdwenen personen opnieuw versturen?")
    await expect(dialog).to_contain_text("Tot en met 50 worden zonder vraag opnieuw verstuurd")
    assert await visitor.audit() == []
    await dialog.get_by_role("button", name="Annuleren").click()
    await expect(dialog).to_have_count(0)
    await local.stack.settle()
    assert await withdrawn(local) == set()

    await press_all(visitor)
    await dialog.get_by_role("button", name="51 opnieuw versturen").click()
    await expect(records(visitor)).to_contain_text(
        "Niemand voldoet aan dit filter", timeout=PATIENCE
    )
    assert await withdrawn(local) == gone
    admin = await Administrator.of(local.stack)
    _, counts = await admin.call("GET", "/records?status=in_sync")
    assert len(counts["records"]) == PEOPLE - len(gone)


@pytest.mark.feature("F103", "F104")
@pytest.mark.parametrize("language", WORDS)
async def test_anybody_can_read_and_answer(visit: Visit, language: str) -> None:
    """
    The sentence, the list and the question are read in both languages, dark, and at 320 pixels.
    """
    sentence, link, word, (why, limit, cancel) = WORDS[language]
    details = {"created": 0, "changed": 0, "unchanged": 0, REASON: 1234}
    missing = [a_record(number, reason=REASON) for number in range(1, 4)]
    visitor = await visit(
        told={
            "/connection": a_connection(),
            "/jobs": {
                "jobs": [
                    a_job(state="done", details=details),
                    a_preview("leads_to_spotler", details=details),
                ]
            },
            "/records**": {"records": missing, "cursor": None},
            "/records/counts": COUNTS,
        },
        query=f"?lcid={1043 if language == 'nl' else 1033}",
        scheme="dark",
        width=320,
        expected=("409",),
    )
    await visitor.until_read()
    await visitor.tell("/records/send-all", BRAKE, status=409)
    row = visitor.page.locator("#sync-row-contacts_to_spotler")
    foreseen = visitor.page.locator("#sync-row-leads_to_spotler .preview")
    await expect(row).to_contain_text(sentence)
    await expect(foreseen).to_contain_text(sentence)

    await row.get_by_role("link", name=link).click()
    await expect(records(visitor).locator("li.item")).to_have_count(3)
    assert await visitor.audit() == []
    assert await visitor.overflow() == 0
    await press_all(visitor, word)
    dialog = visitor.page.get_by_role("dialog")
    await expect(dialog).to_contain_text(why)
    await expect(dialog).to_contain_text(limit)
    assert await visitor.audit() == []
    assert await visitor.overflow() == 0
    await dialog.get_by_role("button", name=cancel).click()

    await expect(dialog).to_have_count(0)
    await expect(records(visitor).locator("progress")).to_have_count(0)
    await expect(records(visitor).get_by_role("button", name=word)).to_be_enabled()


async def test_lifted_brake_goes_along(visit: Visit) -> None:
    """
    Who said yes is not asked again: each page that follows goes with the brake lifted.
    """
    asked: list[object] = []
    told = {
        "/connection": a_connection(),
        "/jobs": {"jobs": []},
        "/records**": {"records": [a_record(1, reason=REASON)], "cursor": None},
        "/records/counts": COUNTS,
    }
    visitor = await visit(told=told, expected=("409",))
    pages: list[dict[str, Any]] = [
        BRAKE,
        {"sent": 1000, "cursor": "contact.0"},
        {"sent": 234, "cursor": None},
    ]

    async def answer(route: Route) -> None:
        asked.append(route.request.post_data_json)
        page = {"skipped": [], **pages[len(asked) - 1]}
        await route.fulfill(
            status=page.get("status", 202),
            json=page,
            content_type="application/problem+json" if "code" in page else "application/json",
        )

    await visitor.page.route("**/records/send-all", answer)
    await visitor.open_list("Niet gelukt")
    await press_all(visitor, "Alles opnieuw versturen")
    await visitor.page.get_by_role("dialog").get_by_role("button", name="1.234 opnieuw").click()

    await expect(records(visitor)).to_contain_text("1.234 zijn op weg naar Spotler")
    wanted = {"status": "failing", "reason": None, "table": None}
    assert asked == [
        wanted | {"cursor": None},
        wanted | {"cursor": None, "lift_brake": True},
        wanted | {"cursor": "contact.0", "lift_brake": True},
    ]
