"""What is noted of the calls of every kind, and how it is shown."""

import json
from http import HTTPStatus
from typing import Any

import azure.functions as func
import pytest

from connector.adapters.manage_api.shape import Shape
from connector.domain.audit import AuditEntry, AuditResult
from connector.domain.caller import Caller
from connector.domain.contact import RecordKey
from connector.domain.errors import ConfigurationError, TransientError
from connector.domain.job import JobKind
from connector.domain.licence import Edition
from connector.domain.mapping_errors import MappingsChangedError
from connector.domain.parking import park_event
from connector.domain.role import Role
from connector.domain.sync_state import SyncState, SyncStatus
from connector.functions.manage import (
    audit,
    auditing,
    connection,
    dead_letters,
    jobs,
    mappings,
    parked,
    record_lookup,
    records,
)
from connector.functions.manage.auditing import MOST_NAMED, Subject
from connector.functions.manage.guard import guarded
from connector.functions.manage.problems import RefusedError
from connector.functions.responses import document
from tests.builders import NOW, a_change, a_contact_key, a_person
from tests.connections import KEY, SECRET
from tests.licences import a_licence
from tests.unit.functions.manage.calls import a_call, told
from tests.unit.functions.world import World


def said(answer: func.HttpResponse) -> dict[str, Any]:
    return dict(json.loads(answer.get_body()))


def last(world: World) -> tuple[AuditEntry, AuditResult]:
    """Return the newest entry and its result."""
    entry = world.trail.entries[-1]

    return entry, world.trail.results[entry.id]


async def test_what_was_sent_again_is_named(world: World) -> None:
    """
    An entry names the records and messages that were sent again or discarded, and how many.
    """
    first, second = a_contact_key(), a_contact_key()
    world.records.write(SyncState(second, status=SyncStatus.EXCLUDED, reason="no_email"))
    names = [f"{key.table}/{key.id}" for key in (first, second)]
    wanted = [{"table": key.table, "id": key.id} for key in (first, second)]

    await records.send(a_call("POST", body={"records": wanted}))
    entry, result = last(world)
    assert (entry.action, [*entry.named]) == ("records.send", names)
    assert [*result.named] == ["sent=1", "skipped=1/no_email", names[0]]

    await records.send(a_call("POST", body={"records": wanted[1:], "insists": True}))
    entry, result = last(world)
    assert [*entry.named] == [names[1], "insists"]
    assert [*result.named] == ["sent=1", names[1]]

    await records.send_all(a_call("POST", body={"status": "failing", "reason": "gave_up"}))
    entry, result = last(world)
    assert [*entry.named] == ["status=failing", "reason=gave_up"]
    assert [*result.named] == ["sent=0"]

    await records.send_all(a_call("POST", body={"status": "failing", "lift_brake": True}))
    assert [*last(world)[0].named] == ["status=failing", "lift_brake"]

    event = park_event(a_change(first), "gave_up", NOW)
    await world.parking.park(event)
    await parked.send(a_call("POST", body={"ids": [event.id]}))
    entry, result = last(world)
    assert ([*entry.named], [*result.named]) == ([event.id], ["sent=1", "kept=0"])

    await parked.discard(a_call("POST", body={"ids": [event.id]}))
    assert [*last(world)[1].named] == ["discarded=0"]

    letters = {"queue": "changes", "sequence_numbers": [7, 9]}
    await dead_letters.send(a_call("POST", body=letters))
    assert [*last(world)[0].named] == ["changes/7", "changes/9"]


async def test_first_hundred_of_many_are_named(world: World) -> None:
    """
    Of all that were sent again an entry keeps the number, and which the first hundred were.
    """
    keys = [a_contact_key() for _ in range(101)]
    for key in keys:
        world.records.write(SyncState(key, status=SyncStatus.FAILING, reason="gave_up"))

    answer = await records.send_all(a_call("POST", body={"status": "failing"}))

    _, result = last(world)
    told = json.loads(answer.get_body())["records"]
    assert [*result.named] == ["sent=101", *(f"{one['table']}/{one['id']}" for one in told)]
    assert len(told) == 100
    assert {RecordKey(one["table"], one["id"]) for one in told} < {*keys}


async def test_connection_makes_a_chain(world: World) -> None:
    """
    An entry tells which members were given, never a value, and goes on where the last one left.
    """
    world.licensing.put(None)
    world.licensing.offer("canary-licence", a_licence())
    world.licensing.offer("other", a_licence(edition=Edition.TRIAL))
    values = {"key": KEY, "secret": SECRET.text, "licence": "canary-licence"}
    for body in (values, {"licence": "other"}, {"licence": "other", "replace_licence": True}):
        await connection.save(a_call("PUT", body=body))

    entries = world.trail.entries
    results = [world.trail.results[one.id] for one in entries]
    assert [[*one.named] for one in entries] == [
        ["key", "secret", "licence", f"key_ends={KEY[-4:]}"],
        ["licence"],
        ["licence", "replace_licence"],
    ]
    assert [one.status for one in results] == [200, 409, 200]
    assert {one.subject for one in entries} == {"connection"}
    assert [one.before for one in entries[1:]] == [one.after for one in results[:-1]]
    changed = [one.before != result.after for one, result in zip(entries, results, strict=True)]
    assert changed == [True, False, True]
    assert not {KEY, SECRET.text, "canary-licence"} & {*str(entries + results).split("'")}


async def test_short_key_is_not_told(world: World) -> None:
    """
    The end of a key that is hardly longer than that is not kept.
    """
    await connection.test(a_call("POST", body={"key": "12345678"}))

    assert [*last(world)[0].named] == ["key"]


async def test_mappings_make_a_chain(world: World) -> None:
    """
    What a change of the mappings found is what the change before it left.
    """
    for _ in range(2):
        await mappings.restore(a_call("POST", body={}))

    first, second = world.trail.entries
    assert (first.subject, second.subject) == ("mappings", "mappings")
    assert second.before == world.trail.results[first.id].after


async def test_job_makes_a_chain(world: World) -> None:
    """
    A start names what was started and the job that came of it, which the next entry goes on from.
    """
    started = await jobs.start(a_call("POST", body={"kind": JobKind.CONTACTS_TO_SPOTLER}))
    id_ = said(started)["id"]
    await jobs.pause(a_call("POST", route={"id": id_}))
    await jobs.pause(a_call("POST", route={"id": "contacts_to_spotler-999999"}))

    start, pause, lost = world.trail.entries
    results = [world.trail.results[one.id] for one in world.trail.entries]
    assert [*start.named] == ["contacts_to_spotler"]
    assert [*results[0].named] == [id_, "running"]
    assert (start.before, results[0].subject) == (None, f"job/{id_}")
    assert (pause.subject, pause.before) == (f"job/{id_}", results[0].after)
    assert results[1].after != pause.before
    assert (lost.subject, results[2].status) == (None, 404)


async def test_preview_is_named(world: World) -> None:
    """
    A preview writes nothing, and its entry says that it was one.
    """
    body = {"kind": JobKind.LEADS_TO_SPOTLER, "preview": True}
    await jobs.start(a_call("POST", body=body))

    assert [*last(world)[0].named] == ["leads_to_spotler", "preview"]


@pytest.mark.parametrize(
    ("failure", "after"),
    [
        pytest.param(None, "second", id="done"),
        pytest.param(RefusedError(HTTPStatus.CONFLICT, "overtaken", "x"), "first", id="overtaken"),
        pytest.param(MappingsChangedError("x"), "first", id="changed meanwhile"),
        pytest.param(ConfigurationError("x"), "second", id="a system that refuses, perhaps late"),
        pytest.param(TransientError("x"), "second", id="cut short"),
    ],
)
async def test_refused_change_leaves_what_it_found(
    world: World, failure: Exception | None, after: str
) -> None:
    """
    What somebody else changed in the same moment is not told as the doing of who was refused.
    """
    state = "first"

    async def find(req: func.HttpRequest, made: str | None) -> Subject:
        return Subject("thing", state)

    @guarded(Role.ADMIN, subject=find)
    async def change(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
        """Is a route under which the state changes."""
        nonlocal state
        state = "second"
        if failure is not None:
            raise failure
        return document({"by": caller.object_id, "how": req.method})

    await change(a_call("POST"))

    entry, result = last(world)
    found, left = (Subject("thing", one).digest for one in ("first", after))
    assert (entry.before, result.subject, result.after) == (found, "thing", left)


async def test_looks_at_people_name_them(world: World) -> None:
    """
    Looking a person up, and seeing examples of the newest, is noted with whose values were shown.
    """
    person = a_person()
    world.crm.put(person)
    route = {"table": person.key.table, "id": person.key.id}
    await record_lookup.look_up(a_call(token="reader", route=route))
    entry, result = last(world)
    assert (entry.caller, entry.target) == ("object-id-of-reader", f"contact/{person.key.id}")
    assert result.status == 200

    world.editing.newest.people = {person.key.table: person}
    await mappings.examples(a_call())
    assert [*last(world)[1].named] == [f"contact/{person.key.id}"]

    assert told(await mappings.examples(a_call(token="reader"))) == (403, "role_missing")
    assert last(world)[1].status == 403


async def test_unclear_body_names_nothing(world: World) -> None:
    """
    A body that nobody understands is refused and noted without anything of it.
    """
    await records.send(a_call("POST", body={"canary": "jan@example.nl"}))

    entry, result = last(world)
    assert ([*entry.named], result.status) == ([], 400)


class Names(Shape):
    """Is a shape whose names a test says."""

    names: list[str]

    def audit_names(self) -> list[str]:
        """Return them."""
        return self.names


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        pytest.param(["contact/7", "a=b"], ["contact/7", "a=b"], id="ids"),
        pytest.param(["jan@example.nl", "Jan de Wit"], ["?", "?"], id="values"),
        pytest.param(["a" * 201], ["?"], id="long"),
        pytest.param(["a" * 199] * 151, ["a" * 199] * 150, id="many"),
    ],
)
def test_names_are_bounded(names: list[str], kept: list[str]) -> None:
    """
    Whatever a shape names, an entry holds what looks like an id, and as much as a row can.
    """
    bounded = auditing._bounded(Names(names=names).audit_names())

    assert [*bounded] == kept
    assert len(",".join(bounded)) <= MOST_NAMED


async def test_entries_are_listed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An administrator sees who did what, the newest first and page by page, also what was cut short.
    """
    monkeypatch.setattr(audit, "PAGE", 1)
    await parked.discard(a_call("POST", body={"ids": ["contact-7"]}))
    await world.trail.begin(
        AuditEntry(id="f" * 32, at=NOW.replace(year=2030), caller="x", action="jobs.start")
    )

    first = said(await audit.list_entries(a_call()))
    last_ = said(await audit.list_entries(a_call(query={"cursor": first["cursor"]})))

    [cut_short], [discarded] = first["entries"], last_["entries"]
    assert (cut_short["action"], cut_short["status"], cut_short["after"]) == (
        "jobs.start",
        None,
        None,
    )
    assert (discarded["caller"], discarded["action"]) == ("object-id-of-admin", "parked.discard")
    assert (discarded["named"], discarded["led_to"]) == (["contact-7"], ["discarded=0"])
    assert last_["cursor"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({}, 2, id="all"),
        pytest.param({"day": "2026-11-23"}, 1, id="day"),
        pytest.param({"day": "2026-11-24"}, 1, id="the day after, here"),
        pytest.param({"action": "jobs.start"}, 1, id="route"),
        pytest.param({"caller": "somebody"}, 1, id="caller"),
        pytest.param({"caller": "nobody"}, 0, id="none"),
    ],
)
async def test_entries_are_filtered(world: World, query: dict[str, str], found: int) -> None:
    """
    Entries are found by day, route and caller; a day is one where the customer is.
    """
    for number, (hour, action, caller) in enumerate(
        [(22, "jobs.start", "admin"), (23, "jobs.pause", "somebody")]
    ):
        entry = AuditEntry(
            id=f"{number:032x}", at=NOW.replace(hour=hour), caller=caller, action=action
        )
        await world.trail.begin(entry)

    assert len(said(await audit.list_entries(a_call(query=query)))["entries"]) == found


@pytest.mark.parametrize(
    "query",
    [{"day": "yesterday"}, {"action": "x' or '1"}, {"cursor": "0"}, {"caller": "a b"}, {"x": "1"}],
    ids=str,
)
async def test_strange_queries_are_refused(world: World, query: dict[str, str]) -> None:
    """
    What is no filter of ours is refused as the caller's fault.
    """
    assert told(await audit.list_entries(a_call(query=query))) == (400, "invalid_query")


async def test_readers_see_no_audit(world: World) -> None:
    """
    Who did what is for administrators, and a reader's look at it is an entry itself.
    """
    assert told(await audit.list_entries(a_call(token="reader"))) == (403, "role_missing")
    assert last(world)[0].action == "audit.list_entries"
