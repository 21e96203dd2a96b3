"""The routes of what did not go through: what they answer, and to whom."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import azure.functions as func
import pytest

from connector.adapters.manage_api.record_queries import ADVICE, ADVICE_DELETED
from connector.application import check_brake
from connector.domain.contact import ExternalId
from connector.domain.errors import TransientError
from connector.domain.event import Change
from connector.domain.sync_state import SyncState, SyncStatus
from connector.functions.manage import records
from tests.builders import NOW, a_contact_key, a_lead_key, a_person
from tests.unit.functions.manage.calls import a_call, told
from tests.unit.functions.world import World

FAILING = SyncStatus.FAILING
CONTACT = a_contact_key(1_000_001)


def said(answer: func.HttpResponse) -> dict[str, Any]:
    return dict(json.loads(answer.get_body()))


def put(world: World, *states: SyncState) -> None:
    for state in states:
        world.records.write(state)


def many(count: int) -> list[SyncState]:
    keys = [a_contact_key() for _ in range(count)]

    return [SyncState(key, status=FAILING, reason="gave_up", changed_at=NOW) for key in keys]


REFUSED = SyncState(
    CONTACT,
    external_id=ExternalId(CONTACT.id),
    status=FAILING,
    reason="rejected:PROPERTY_INVALID:city",
    notes=("mobilePhone:not_dutch",),
    changed_at=NOW,
)


@pytest.mark.feature("F103", "F113")
async def test_counts_are_shown(world: World) -> None:
    """
    Counts are by status and by reason, the most frequent first, with the time of counting.

    Those in sync of whom a value was left out are counted apart, and who was never looked at too.
    """
    noted = SyncState(a_lead_key(), status=SyncStatus.IN_SYNC, notes=("city:too_long",))
    gone = SyncState(a_lead_key(), status=SyncStatus.EXCLUDED, reason="deleted")
    put(world, REFUSED, *many(2), SyncState(a_lead_key(), status=SyncStatus.IN_SYNC), noted, gone)
    world.crm.put(*(a_person() for _ in range(7)))

    answer = await records.count_records(a_call(token="reader"))

    assert said(answer) == {
        "in_sync": 2,
        "with_notes": 1,
        "excluded": 1,
        "failing": 3,
        "not_looked_at": 4,
        "counted_at": "2026-11-23T12:00:00Z",
        "reasons": [
            {"status": "failing", "reason": "gave_up", "count": 2, "can_be_sent": True},
            {"status": "excluded", "reason": "deleted", "count": 1, "can_be_sent": False},
            {"status": "failing", "reason": "rejected", "count": 1, "can_be_sent": True},
        ],
    }
    again = a_call(token="reader", headers={"If-None-Match": answer.headers["ETag"]})
    assert (await records.count_records(again)).status_code == 304
    assert world.review.lists.counted == 1


@pytest.mark.feature("F103", "F113")
async def test_record_is_shown_by_codes(world: World) -> None:
    """
    A record is its ids, codes and a link into Dynamics, and none of its values.
    """
    put(world, REFUSED)

    answer = await records.list_records(a_call(token="reader"))

    assert said(answer) == {
        "records": [
            {
                "table": "contact",
                "id": CONTACT.id,
                "external_id": CONTACT.id,
                "status": "failing",
                "reason": "rejected",
                "code": "PROPERTY_INVALID",
                "property": "city",
                "notes": [{"property": "mobilePhone", "reason": "not_dutch"}],
                "changed_at": "2026-11-23T12:00:00Z",
                "link": "https://contoso.crm4.dynamics.com/main.aspx"
                f"?etn=contact&id={CONTACT.id}&pagetype=entityrecord",
                "can_be_sent": True,
            }
        ],
        "cursor": None,
    }


async def test_pages_go_on(world: World) -> None:
    """
    A page holds fifty, and its cursor leads to the next until there is none.
    """
    put(world, *many(120))

    ids: list[str] = []
    query: dict[str, str] = {}
    for length in (50, 50, 20):
        page = said(await records.list_records(a_call(query=query)))
        assert len(page["records"]) == length
        ids += [one["id"] for one in page["records"]]
        query = {"cursor": page["cursor"] or ""}

    assert query == {"cursor": ""}
    assert len({*ids}) == 120


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({"status": "failing"}, 2, id="status"),
        pytest.param({"status": "failing", "reason": "rejected"}, 1, id="reason"),
        pytest.param({"table": "lead"}, 1, id="table"),
        pytest.param({"since": "2026-11-24"}, 1, id="since, in the time zone of the settings"),
        pytest.param({"notes": "true"}, 1, id="notes"),
        pytest.param({"status": "", "table": ""}, 3, id="empty"),
    ],
)
async def test_filters_are_passed_on(world: World, query: dict[str, str], found: int) -> None:
    """
    A list holds what the address asks for.
    """
    before_midnight = NOW.replace(hour=22, minute=59)
    put(world, REFUSED)
    put(world, SyncState(a_contact_key(), status=FAILING, changed_at=before_midnight))
    late = before_midnight + timedelta(minutes=1)  # midnight in Amsterdam
    put(world, SyncState(a_lead_key(), status=SyncStatus.IN_SYNC, changed_at=late))

    page = said(await records.list_records(a_call(query=query)))

    assert len(page["records"]) == found


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        pytest.param({"status": "jan@example.nl"}, "status", id="status"),
        pytest.param({"reason": "' or 1 eq 1"}, "reason", id="reason"),
        pytest.param({"table": "systemuser"}, "table", id="table"),
        pytest.param({"since": "yesterday"}, "since", id="no day"),
        pytest.param({"since": "0"}, "since", id="a number"),
        pytest.param({"since": "0001-01-01"}, "since", id="before there was a time zone"),
        pytest.param({"notes": "perhaps"}, "notes", id="notes"),
        pytest.param({"cursor": "contact.' or '1"}, "cursor", id="forged cursor"),
        pytest.param({"cursor": "contact." + "A" * 32}, "cursor", id="cursor in capitals"),
        pytest.param({"cursor": "account." + "0" * 32}, "cursor", id="cursor of another table"),
        pytest.param({"cursor": f"contact.{'0' * 32}\n"}, "cursor", id="cursor and a line"),
        pytest.param({"cursor": "lead." + "0" * 32, "table": "contact"}, "cursor", id="other list"),
        pytest.param({"jan@example.nl": "1"}, "unknown member", id="unknown"),
    ],
)
async def test_unclear_list_is_refused(world: World, query: dict[str, str], wrong: str) -> None:
    """
    What no list can be made of is refused with its name, and no value comes back.
    """
    answer = await records.list_records(a_call(query=query))

    assert told(answer) == (400, "invalid_query")
    assert wrong in said(answer)["detail"]
    assert b"jan@" not in answer.get_body()


async def test_any_place_is_a_place(world: World) -> None:
    """
    A cursor that nobody gave out, but that looks like one, leads to an empty page at worst.
    """
    put(world, REFUSED)

    answer = await records.list_records(a_call(query={"cursor": "lead." + "f" * 32}))

    assert said(answer) == {"records": [], "cursor": None}


async def test_tables_away_is_told(world: World) -> None:
    """
    While the tables cannot be read nobody is told that all is well.
    """
    world.review.lists.errors = [TransientError("table storage must be reachable")] * 2

    assert told(await records.count_records(a_call())) == (503, "try_again_later")
    assert told(await records.list_records(a_call())) == (503, "try_again_later")


async def test_export_is_a_file_of_codes(world: World) -> None:
    """
    The file holds a line of ids and codes for each record; one that is whole is not called cut.
    """
    put(world, REFUSED)

    answer = await records.export_records(a_call(token="reader", query={"status": "failing"}))

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="records.csv"'
    assert records.CUT not in answer.headers
    [headings, line] = csv.reader(io.StringIO(answer.get_body().decode()))
    assert ",".join(headings) == "table,id,external_id,status,reason,code,property,changed_at"
    assert line == [
        *("contact", CONTACT.id, CONTACT.id, "failing", "rejected", "PROPERTY_INVALID", "city"),
        "2026-11-23T12:00:00+00:00",
    ]


@pytest.mark.parametrize(
    "start",
    [
        *("=", "+", "-", "@", "\t", "\r", "\n"),
        *(" =", "\u00a0=", "  -", "\ufeff=", "\ufeff @", "\u200b+", "\u3000="),
        *(
            "\u202e=",
            "\u2800=",
            "\u3164=",
            "\u2063=",
            "\u2066 +",
            "\U000e0020=",
            "\x01=",
            "\ufe0f=",
        ),
        *("\uff1d", "\uff0b", "\uff0d", "\uff20", " \uff1d", "\ufeff\uff1d"),
    ],
)
async def test_export_runs_nothing(world: World, start: str) -> None:
    """
    A cell that a spreadsheet would take for a formula is text to it, wherever it stands.
    """
    hostile = f'{start}cmd|"/c calc"!A1,x'
    put(
        world,
        SyncState(
            CONTACT,
            external_id=ExternalId(hostile),
            status=FAILING,
            reason=f"rejected:{hostile}:{hostile}",
        ),
    )

    answer = await records.export_records(a_call())

    [_, line] = csv.reader(io.StringIO(answer.get_body().decode(), newline=""))
    assert [line[place] for place in (2, 5, 6)] == [f"'{hostile}"] * 3
    assert len(line) == 8


@pytest.mark.parametrize(
    "sign", [";", "\t", ",", "|", "\n", ';"', "; ", ";'", ";\ufeff", ";\u202e"]
)
async def test_export_runs_nothing_behind_another_sign(world: World, sign: str) -> None:
    """
    A spreadsheet that parts cells by another sign finds no formula inside a value either.
    """
    put(world, SyncState(CONTACT, external_id=ExternalId(f"a{sign}=1+1;b;2-3"), status=FAILING))

    answer = await records.export_records(a_call())

    [_, line] = csv.reader(io.StringIO(answer.get_body().decode(), newline=""))
    assert line[2] == f"a{sign}'=1+1;b;2-3"


async def test_long_export_is_cut_aloud(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A file ends at its bound, and a header says after how many records it was cut.
    """
    monkeypatch.setattr(records, "EXPORT_PAGE", 10)
    monkeypatch.setattr(records, "EXPORT_ROWS", 20)
    put(world, *many(21))

    answer = await records.export_records(a_call())

    assert answer.headers[records.CUT] == "20"
    assert len(answer.get_body().splitlines()) == 21


@pytest.mark.feature("F104", "F105")
async def test_one_is_sent_again(world: World) -> None:
    """
    An administrator sends single records again, known or not, by any spelling of their ids.
    """
    unknown = a_lead_key()
    body = {
        "records": [
            {"table": "contact", "id": CONTACT.id.upper()},
            {"table": "lead", "id": unknown.id},
        ]
    }

    answer = await records.send(a_call("POST", body=body))

    sent = [{"table": one.table, "id": one.id} for one in (CONTACT, unknown)]
    assert (answer.status_code, said(answer)) == (
        202,
        {"sent": 2, "records": sent, "skipped": []},
    )
    assert [(one.key, one.forced) for one in world.queue.events] == [
        (CONTACT, True),
        (unknown, True),
    ]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"records": []}, id="nobody"),
        pytest.param({"records": [{"table": "contact", "id": CONTACT.id}] * 101}, id="too many"),
        pytest.param({"records": [{"table": "account", "id": CONTACT.id}]}, id="other table"),
        pytest.param({"records": [{"table": "contact", "id": "x' or '1"}]}, id="no id"),
        pytest.param(b"{", id="broken"),
    ],
)
async def test_unclear_send_is_refused(world: World, body: object) -> None:
    """
    Who does not say clearly whom to send sends nobody.
    """
    assert told(await records.send(a_call("POST", body=body))) == (400, "invalid_body")
    assert world.queue.events == []


@pytest.mark.feature("F104")
async def test_all_are_sent_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    All with a reason go a page at a time, until there is no cursor any more; others stay.
    """
    monkeypatch.setattr(records, "SENT_PAGE", 2)
    put(world, REFUSED, *many(3))
    wanted = {"status": "failing", "reason": "gave_up", "table": None}

    first = said(await records.send_all(a_call("POST", body=wanted | {"cursor": None})))
    last = said(await records.send_all(a_call("POST", body=wanted | {"cursor": first["cursor"]})))

    assert (first["sent"], last["sent"], last["cursor"]) == (2, 1, None)
    assert len({one["id"] for page in (first, last) for one in page["records"]}) == 3
    assert len({one.key for one in world.queue.events}) == 3
    assert CONTACT not in {one.key for one in world.queue.events}


def missing(count: int) -> list[SyncState]:
    return [replace(one, reason="not_in_dynamics") for one in many(count)]


@pytest.mark.feature("F104")
@pytest.mark.parametrize("reason", ["not_in_dynamics", None])
async def test_brake_stops_implausibly_many(world: World, reason: str | None) -> None:
    """
    More missing people than are plausible are sent only when an administrator lifts the brake.
    """
    put(world, REFUSED, *missing(51))
    wanted = {"status": "failing", "reason": reason}

    refused = await records.send_all(a_call("POST", body=wanted))
    events = [*world.queue.events]
    lifted = await records.send_all(a_call("POST", body=wanted | {"lift_brake": True}))

    assert told(refused) == (409, "brake")
    assert (said(refused)["count"], said(refused)["limit"]) == (51, 50)
    assert "lift_brake" in said(refused)["detail"]
    assert events == []
    assert said(lifted)["sent"] == (51 if reason else 52)
    assert all(one.forced for one in world.queue.events)


async def test_brake_counts_all_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The count is exact, however many there are, and is of now: not as old as what the page shows.
    """
    monkeypatch.setattr(check_brake, "STATES_PER_READ", 7)
    await records.count_records(a_call(token="reader"))
    put(world, *missing(130))

    refused = await records.send_all(
        a_call("POST", body={"status": "failing", "reason": "not_in_dynamics"})
    )

    assert (said(refused)["count"], said(refused)["limit"]) == (130, 50)


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({"status": "failing", "reason": "gave_up"}, id="another reason"),
        pytest.param({"status": "failing", "table": "lead"}, id="another table"),
        pytest.param({"status": "excluded"}, id="another status"),
    ],
)
async def test_brake_is_for_the_missing_alone(world: World, wanted: dict[str, str]) -> None:
    """
    However many are missing, others are sent without a question.
    """
    put(world, *missing(60))

    assert (await records.send_all(a_call("POST", body=wanted))).status_code == 202


async def test_few_missing_are_sent(world: World) -> None:
    """
    As many as the limit says are sent without a question.
    """
    put(world, *missing(50))

    answer = await records.send_all(
        a_call("POST", body={"status": "failing", "reason": "not_in_dynamics"})
    )

    assert said(answer)["sent"] == 50


async def test_helpless_are_counted_and_not_sent(world: World) -> None:
    """
    Who has no address is not sent again: the answer says how many were skipped, and why.
    """
    for reason, count in (("no_email", 2), ("deleted", 1)):
        put(
            world,
            *(
                SyncState(a_contact_key(), status=SyncStatus.EXCLUDED, reason=reason)
                for _ in range(count)
            ),
        )

    answer = said(await records.send_all(a_call("POST", body={"status": "excluded"})))

    assert answer == {
        "sent": 0,
        "records": [],
        "skipped": [
            {"reason": "no_email", "count": 2, "advice": ADVICE},
            {"reason": "deleted", "count": 1, "advice": ADVICE_DELETED},
        ],
        "cursor": None,
    }
    assert world.queue.events == []


async def test_who_insists_sends_deletions(world: World) -> None:
    """
    Who was deleted is withdrawn once more, and not looked for.
    """
    put(world, SyncState(CONTACT, status=SyncStatus.EXCLUDED, reason="deleted"))
    wanted = {"records": [{"table": "contact", "id": CONTACT.id}], "insists": True}

    await records.send(a_call("POST", body=wanted))

    assert [one.change for one in world.queue.events] == [Change.DELETED]


async def test_queue_away_is_told(world: World) -> None:
    """
    Nobody is told that something was sent that no queue took.
    """
    put(world, REFUSED)
    world.queue.errors = [TransientError("service bus must take the event")]

    answer = await records.send_all(a_call("POST", body={"status": "failing"}))

    assert told(answer) == (503, "try_again_later")
