"""Who did what, through the front door: a chain of changes, looks at people, and refusals."""

import uuid

import pytest
import pytest_asyncio

from devstack.stack import TRIAL
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def newest(admin: Administrator, count: int, query: str = "") -> list[Json]:
    """Return the newest entries."""
    status, answer = await admin.call("GET", f"/audit?{query}")
    assert status == 200, answer

    return list(answer["entries"][:count])


async def test_changes_make_a_chain(local: Local, admin: Administrator) -> None:
    """
    Each change of the connection names what was given, and begins where the last one ended.
    """
    trial = TRIAL.code_for(local.stack.organisation)
    key = local.stack.connection_values()["key"]
    await admin.call("PUT", "/connection", {"licence": trial})
    await admin.call("PUT", "/connection", {"licence": trial, "replace_licence": True})
    await admin.call("PUT", "/connection", local.stack.connection_values())

    full, insisted, refused = await newest(admin, 3, "action=connection.save")

    assert [one["status"] for one in (refused, insisted, full)] == [409, 200, 200]
    assert refused["before"] == refused["after"] == insisted["before"] != insisted["after"]
    assert insisted["after"] == full["before"] != full["after"]
    assert insisted["named"] == ["licence", "replace_licence"]
    assert full["named"] == ["key", "secret", "licence", f"key_ends={key[-4:]}"]
    assert trial not in str([full, insisted, refused])


async def test_looks_and_refusals_are_told(local: Local, admin: Administrator) -> None:
    """
    Who looked a person up, and who was refused what, stands in the list, refusals once a minute.
    """
    person = await local.crm.create("contact", lastname="Blik", emailaddress1="blik@example.nl")
    await local.spotler.until(person)
    token = await local.stack.token("reader", oid=str(uuid.uuid4()))
    reader = Administrator(local.stack, token)
    await reader.call("GET", f"/records/contact/{person}")
    wanted = {"records": [{"table": "contact", "id": person}]}
    assert (await reader.call("POST", "/records/send", wanted))[0] == 403
    assert (await reader.call("GET", "/mappings/examples"))[0] == 403
    assert [(await reader.call("GET", "/audit"))[0] for _ in range(10)] == [403] * 10

    audit, examples, send, look = await newest(admin, 4)

    assert [one["action"] for one in (look, send, examples, audit)] == [
        "record_lookup.look_up",
        "records.send",
        "mappings.examples",
        "audit.list_entries",
    ]
    assert (look["target"], look["status"]) == (f"contact/{person}", 200)
    assert (send["named"], send["status"]) == ([f"contact/{person}"], 403)
    assert len({one["caller"] for one in (look, send, examples, audit)}) == 1
    assert "blik" not in str([look, send, examples, audit]).lower()


async def test_what_was_started_is_told(admin: Administrator) -> None:
    """
    Who started a job stands there with its kind and its id, and who steered it with the id.
    """
    job = await admin.until(await admin.preview("leads_to_spotler"))
    await admin.call("POST", f"/jobs/{job['id']}/pause")

    [steered, started] = await newest(admin, 2)

    assert (started["action"], started["named"]) == (
        "jobs.start",
        ["leads_to_spotler", "preview"],
    )
    assert job["id"] in " ".join(started["led_to"])
    assert (steered["action"], steered["target"]) == ("jobs.pause", job["id"])
    assert {started["caller"], steered["caller"]} == {started["caller"]}


async def test_large_body_is_refused_unread(local: Local, admin: Administrator) -> None:
    """
    A body over the limit is refused for its size, whoever signed in, and nothing of it is noted.
    """
    wanted = {"records": [{"table": "contact", "id": str(uuid.uuid4())} for _ in range(5_000)]}
    for role in (None, "reader", "admin"):
        caller = str(uuid.uuid4())
        signed_in = Administrator(local.stack, await local.stack.token(role, oid=caller))

        status, said = await signed_in.call("POST", "/records/send", wanted)

        [entry] = await newest(admin, 1, f"caller={caller}")
        assert (status, said["code"]) == (413, "too_large")
        assert (entry["status"], entry["named"]) == (413, [])


@pytest.mark.parametrize(
    "path",
    [
        "audit?day=9999-12-31",
        "audit?day=0001-01-01",
        "records?since=9999-12-31",
        "records/export?since=9999-12-31",
        "columns?table=contact&lcid=99999999999999999999",
    ],
)
async def test_impossible_question_is_the_callers_fault(local: Local, path: str) -> None:
    """
    A day after which there is none, and a number that is too large, are refused as any other.
    """
    headers = {"Authorization": f"Bearer {await local.stack.token('admin')}"}
    url = f"{local.stack.address}/api/manage/{path}"
    async with local.stack.http.get(url, headers=headers) as answer:
        said = await answer.json(content_type=None)

    assert (answer.status, said["code"]) == (400, "invalid_query")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_pages_hold_each_entry_once(admin: Administrator) -> None:
    """
    Entries come page by page, the newest first, each once; a day without any has none.
    """
    for _ in range(55):
        await admin.call("POST", "/parked/discard", {"ids": ["contact-1"]})

    _, first = await admin.call("GET", "/audit?action=parked.discard")
    _, rest = await admin.call("GET", f"/audit?action=parked.discard&cursor={first['cursor']}")
    entries = [*first["entries"], *rest["entries"]]

    assert (len(first["entries"]), len(rest["entries"]), rest["cursor"]) == (50, 5, None)
    assert len({one["id"] for one in entries}) == 55
    told = {(*one["named"], *one["led_to"]) for one in entries}
    assert told == {("contact-1", "discarded=0")}
    assert [one["at"] for one in entries] == sorted((one["at"] for one in entries), reverse=True)
    assert await newest(admin, 1, "day=2001-01-01") == []
