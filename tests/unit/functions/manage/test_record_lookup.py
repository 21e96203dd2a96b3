"""The route of one record: what it answers, and to whom."""

import json
import logging
from typing import Any

import azure.functions as func
import pytest

from connector.domain.contact import ExternalId
from connector.domain.errors import TransientError
from connector.domain.sync_state import SyncState, SyncStatus
from connector.functions.manage import record_lookup
from tests.builders import a_contact_key, a_person
from tests.unit.functions.manage.calls import a_call, told
from tests.unit.functions.world import World

KEY = a_contact_key(1_000_001)
PERSONAL = "jan@example.nl"


async def look_up(table: str = "contact", id_: str = KEY.id) -> func.HttpResponse:
    call = a_call(token="reader", route={"table": table, "id": id_})
    answer: func.HttpResponse = await record_lookup.look_up(call)

    return answer


def said(answer: func.HttpResponse) -> dict[str, Any]:
    return dict(json.loads(answer.get_body()))


@pytest.mark.feature("F103")
async def test_record_is_shown_in_both_systems(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """
    The answer has the state, what would be sent, and what Spotler holds; the log has no value.
    """
    caplog.set_level(logging.DEBUG)
    world.crm.put(a_person(KEY, email=PERSONAL))
    world.marketing.people[ExternalId(KEY.id)] = {"email": "oud@example.nl"}
    world.records.write(SyncState(KEY, status=SyncStatus.IN_SYNC))

    answer = await look_up(id_=KEY.id.upper())

    shown = said(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert (shown["in_crm"], shown["differs"], shown["excluded"]) == (True, True, None)
    assert (shown["record"]["id"], shown["record"]["status"]) == (KEY.id, "in_sync")
    assert shown["link"].endswith(f"?etn=contact&id={KEY.id}&pagetype=entityrecord")
    assert shown["would_send"][0] == {
        "property": "email",
        "label": "email",
        "column": "emailaddress1",
        "converter": "email",
        "value": PERSONAL,
        "note": None,
    }
    assert shown["spotler"] == {
        "found": True,
        "external_id": KEY.id,
        "properties": [{"property": "email", "label": "email", "value": "oud@example.nl"}],
        "changed_at": None,
    }
    assert shown["problems"] == []
    assert "@example.nl" not in caplog.text


async def test_unknown_everywhere_is_shown(world: World) -> None:
    """
    Who is nowhere has no record, is not in the CRM, and is not in Spotler.
    """
    shown = said(await look_up("lead"))

    assert (shown["record"], shown["in_crm"], shown["spotler"]["found"]) == (None, False, False)


async def test_vendor_away_is_a_part_of_the_answer(world: World) -> None:
    """
    A vendor that does not answer is named, and the rest is shown.
    """
    world.crm.errors = [TransientError("the CRM must be reachable")]

    answer = await look_up()

    assert answer.status_code == 200
    assert said(answer)["in_crm"] is None
    assert said(answer)["problems"] == [{"system": "dynamics", "code": "try_again_later"}]


@pytest.mark.parametrize(
    ("table", "id_", "refusal"),
    [
        pytest.param("account", KEY.id, (404, "unknown_table"), id="other table"),
        pytest.param("", KEY.id, (404, "unknown_table"), id="no table"),
        pytest.param("Contact", KEY.id, (404, "unknown_table"), id="table in capitals"),
        pytest.param("contact", "", (400, "invalid_id"), id="no id"),
        pytest.param("contact", "1) or (1 eq 1", (400, "invalid_id"), id="hostile"),
        pytest.param("contact", KEY.id.replace("-", ""), (400, "invalid_id"), id="no dashes"),
        pytest.param("contact", f"{{{KEY.id}}}", (400, "invalid_id"), id="braces"),
        pytest.param("contact", f"{KEY.id}\n", (400, "invalid_id"), id="a line more"),
        pytest.param("lead", PERSONAL, (400, "invalid_id"), id="an address"),
    ],
)
async def test_what_is_no_record_is_refused(
    world: World, table: str, id_: str, refusal: tuple[int, str]
) -> None:
    """
    What names no record is refused before anybody is asked, and does not come back.
    """
    answer = await look_up(table, id_)

    assert told(answer) == refusal
    assert PERSONAL.encode() not in answer.get_body()
    assert world.crm.queries == []
