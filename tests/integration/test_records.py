"""What did not go through, looked at and sent again through the front door."""

import asyncio
import csv
import io
from collections import Counter
from typing import Any

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import MANAGE, POLL_SECONDS, Administrator, Json
from tests.integration.conftest import Local
from tests.integration.existing_people import CONTACTS, start_anew

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

PEOPLE = 500
EACH = 20
"""So many people have an address that cannot work, are refused, or have a foreign number."""

FAILING = "status=failing&reason=rejected"


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack where a reading person meets no limit, and a change comes again soon."""
    return StackOptions(
        dataverse=("--limit-requests", "0"), settings={"RETRY_FIRST_SECONDS": "0.1"}
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def groups(shared: Local) -> dict[str, list[str]]:
    """Sync five hundred people of whom some cannot go over, and return who is in which group."""
    await start_anew(shared, count=PEOPLE)
    rows = await shared.crm.rows("contact", "emailaddress1")
    reachable = sorted(key for key, row in rows.items() if row["emailaddress1"])
    groups = {
        "no_email": sorted(rows.keys() - set(reachable)),
        "invalid_email": reachable[:EACH],
        "rejected": reachable[EACH : 2 * EACH],
        "notes": reachable[2 * EACH : 3 * EACH],
    }
    for person in groups["rejected"]:
        await refuse(shared, person)
    await shared.crm.update_all(
        "contact",
        {person: {"emailaddress1": "kapot@"} for person in groups["invalid_email"]}
        | {person: {"mobilephone": "+32 470 12 34 56"} for person in groups["notes"]},
    )
    admin = await Administrator.of(shared.stack)
    await admin.until(await admin.start(CONTACTS))
    await shared.stack.settle()

    return groups


async def refuse(local: Local, person: str, code: str = "PROPERTY_INVALID") -> None:
    url = f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{person}"
    await local.stack.control("PUT", url, {"code": code})


async def accept(local: Local, *people: str) -> None:
    for person in people:
        url = f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{person}"
        await local.stack.control("DELETE", url)


async def listed(admin: Administrator, query: str = "") -> list[Json]:
    """Return the records of all pages."""
    found: list[Json] = []
    cursor: str | None = ""
    while cursor is not None:
        status, page = await admin.call("GET", f"/records?{query}&cursor={cursor}")
        assert status == 200, page
        found += page["records"]
        cursor = page["cursor"]

    return found


async def until_gone(admin: Administrator, people: set[str], query: str) -> None:
    """Wait until nobody of these is in a list."""
    async with asyncio.timeout(20):
        while True:
            if not people & {one["id"] for one in await listed(admin, query)}:
                return
            await asyncio.sleep(POLL_SECONDS)


async def exported(local: Local, query: str = "") -> list[list[str]]:
    headers = {"Authorization": f"Bearer {await local.stack.token('reader')}"}
    url = f"{local.stack.address}{MANAGE}/records/export?{query}"
    async with local.stack.http.get(url, headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"

        return [*csv.reader(io.StringIO(await answer.text()))]


@pytest.mark.feature("F103", "F112", "F113")
async def test_counts_add_up_to_the_table(
    local: Local, admin: Administrator, groups: dict[str, list[str]]
) -> None:
    """
    Everybody is counted once, in a group that says why, and the lists hold the same people.
    """
    sizes = {name: len(people) for name, people in groups.items()}

    status, counts = await admin.call("GET", "/records/counts")

    assert status == 200
    assert counts["in_sync"] + counts["excluded"] + counts["failing"] == PEOPLE
    assert EACH <= counts["with_notes"] == len(await listed(admin, "status=in_sync&notes=true"))
    assert counts["not_looked_at"] == 0
    assert {one["reason"]: one["count"] for one in counts["reasons"]} == {
        name: size for name, size in sizes.items() if name != "notes"
    }
    everybody = await listed(admin)
    assert len({one["id"] for one in everybody}) == len(everybody) == PEOPLE
    assert Counter(one["status"] for one in everybody) == {
        name: counts[name] for name in ("in_sync", "excluded", "failing")
    }
    for name in ("no_email", "invalid_email", "rejected"):
        assert {one["id"] for one in await listed(admin, f"reason={name}")} == {*groups[name]}


@pytest.mark.feature("F103", "F112", "F113")
async def test_each_says_why(
    local: Local, admin: Administrator, groups: dict[str, list[str]]
) -> None:
    """
    A record says by codes why it is where it is, and leads to its form in Dynamics.
    """
    [*failing] = await listed(admin, FAILING)
    [*noted] = await listed(admin, "status=in_sync&notes=true&table=contact&since=2026-01-01")

    assert {one["code"] for one in failing} == {"PROPERTY_INVALID"}
    url = local.stack.settings["DATAVERSE_URL"]
    assert {one["link"] for one in failing} == {
        f"{url}/main.aspx?etn=contact&id={person}&pagetype=entityrecord"
        for person in groups["rejected"]
    }
    assert {*groups["notes"]} <= {one["id"] for one in noted}
    assert all(one["notes"] for one in noted)
    assert {"property": "mobilePhone", "reason": "not_dutch"} in noted[0]["notes"]


@pytest.mark.feature("F113")
async def test_file_holds_the_same(
    local: Local, admin: Administrator, groups: dict[str, list[str]]
) -> None:
    """
    The file lists the same people as the page, by their ids and codes.
    """
    headings, *lines = await exported(local, "status=excluded")

    shown = await listed(admin, "status=excluded")
    assert headings[:2] == ["table", "id"]
    assert {line[1] for line in lines} == {one["id"] for one in shown}
    assert {line[4] for line in lines} == {"no_email", "invalid_email"}


@pytest.mark.feature("F113")
async def test_mended_person_leaves_the_list(
    local: Local, admin: Administrator, groups: dict[str, list[str]]
) -> None:
    """
    Who is put right in Dynamics goes over by themselves, and is not in the list any more.
    """
    person = groups["invalid_email"][0]

    await local.crm.update("contact", person, emailaddress1="weer.heel@example.nl")

    await local.spotler.until(person, email="weer.heel@example.nl")
    await until_gone(admin, {person}, "reason=invalid_email")


@pytest.mark.feature("F104", "F105")
async def test_one_then_all_are_sent_again(
    local: Local, admin: Administrator, groups: dict[str, list[str]]
) -> None:
    """
    Once Spotler takes them, one is sent again, then all with the same reason; the list is empty.
    """
    first, *others = groups["rejected"]
    await accept(local, first, *others)

    sent = await admin.call(
        "POST", "/records/send", {"records": [{"table": "contact", "id": first}]}
    )
    await local.spotler.until(first)
    await until_gone(admin, {first}, FAILING)
    assert {one["id"] for one in await listed(admin, FAILING)} == {*others}
    all_ = await admin.call(
        "POST", "/records/send-all", {"status": "failing", "reason": "rejected"}
    )

    one = {"table": "contact", "id": first}
    assert sent == (202, {"sent": 1, "records": [one], "skipped": []})
    assert (all_[0], all_[1]["sent"], all_[1]["cursor"]) == (202, len(others), None)
    assert {one["id"] for one in all_[1]["records"]} == {*others}
    await local.spotler.until_all(others)
    await until_gone(admin, {*others}, FAILING)


@pytest.mark.feature("F104")
async def test_who_has_no_address_is_not_sent_again(
    local: Local, admin: Administrator, groups: dict[str, list[str]]
) -> None:
    """
    Who has no address is not sent again in vain: the answer counts them by their reason.
    """
    size = len(groups["no_email"])

    wanted = {"status": "excluded", "reason": "no_email"}
    answer = await admin.call("POST", "/records/send-all", wanted)

    assert size > 0
    [skipped] = answer[1].pop("skipped")
    assert answer == (202, {"sent": 0, "records": [], "cursor": None})
    assert (skipped["reason"], skipped["count"]) == ("no_email", size)


@pytest.mark.feature("F112")
async def test_who_left_spotler_is_excluded(
    local: Local, admin: Administrator, groups: dict[str, list[str]]
) -> None:
    """
    Who opted out in Spotler is excluded and waits for nobody; they come back by themselves.
    """
    person = groups["notes"][1]
    await refuse(local, person, "CONTACT_OPTOUT")
    await local.crm.update("contact", person, lastname="Afgemeld")
    await local.stack.settle()

    _, parked = await admin.call("GET", "/parked")
    [shown] = await listed(admin, "status=excluded&reason=rejected")
    await accept(local, person)
    await local.crm.update("contact", person, lastname="Terug")

    assert (shown["id"], shown["code"], shown["can_be_sent"]) == (person, "CONTACT_OPTOUT", True)
    assert person not in {one["record_id"] for one in parked["parked"]}
    await local.spotler.until(person, lastName="Terug")
    await until_gone(admin, {person}, "status=excluded")


@pytest.mark.feature("F105")
async def test_sent_though_nothing_changed(
    local: Local, admin: Administrator, groups: dict[str, list[str]]
) -> None:
    """
    Who is in sync by our books, but was lost in Spotler, is made anew there by sending them.
    """
    person = groups["notes"][-1]
    await local.stack.control("POST", f"{local.stack.facts('spotler')['url']}/_devstack/reset")

    await admin.call("POST", "/records/send", {"records": [{"table": "contact", "id": person}]})

    await local.spotler.until(person)


@pytest.mark.feature("F104")
async def test_deletion_is_sent_again(local: Local, admin: Administrator) -> None:
    """
    Who was deleted while Spotler kept permissions loses them when sent again.
    """
    person = await local.crm.create("contact", lastname="Weg", emailaddress1="weg@example.nl")
    await local.spotler.until(person)
    await local.crm.delete("contact", person)
    await local.stack.settle()
    await local.spotler.permit(person, 1)

    wanted = {"records": [{"table": "contact", "id": person}]}
    _, answer = await admin.call("POST", "/records/send", wanted)
    [skipped] = answer["skipped"]
    assert (answer["sent"], skipped["reason"]) == (0, "deleted")
    assert '"insists": true' in skipped["advice"]
    assert (await admin.call("POST", "/records/send", wanted | {"insists": True}))[0] == 202
    await local.stack.settle()

    assert not any((await local.spotler.contacts())[person]["permissions"].values())


HOSTILE: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/records?status=' or 1 eq 1", None),
    ("GET", "/records?cursor=eyJuZXh0IjoxfQ==", None),
    ("GET", "/records?cursor=contact." + "0" * 33, None),
    ("GET", "/records?since=9999-99-99", None),
    ("GET", "/records?since=0001-01-01", None),
    ("GET", "/records?table=systemuser", None),
    ("GET", "/records?reason=%00", None),
    ("GET", "/records/export?status=<script>", None),
    ("GET", "/records/export?cursor=contact." + "0" * 32, None),
    ("POST", "/records/send", {"records": [{"table": "contact", "id": "1) or (1 eq 1"}]}),
    ("POST", "/records/send", {"records": [{"table": "account", "id": "0" * 32}]}),
    ("POST", "/records/send", [1]),
    (
        "POST",
        "/records/send",
        {"records": [{"table": "contact", "id": f"{one:032x}"} for one in range(51)]},
    ),
    ("POST", "/records/send-all", {"status": "failing", "cursor": "x" * 5000}),
    (
        "POST",
        "/records/send-all",
        {"status": "failing", "table": "lead", "cursor": "contact." + "0" * 32},
    ),
    ("POST", "/records/send-all", {"status": None}),
)


@pytest.mark.parametrize(("method", "path", "body"), HOSTILE)
async def test_hostile_input_is_refused(
    admin: Administrator, method: str, path: str, body: object
) -> None:
    """
    Whatever is sent as a parameter, what is no such parameter is refused as the caller's fault.
    """
    status, answer = await admin.call(method, path, body)

    assert (status, answer["code"].partition("_")[0]) == (400, "invalid")


async def test_reader_reads_and_sends_nothing(local: Local) -> None:
    """
    A reader sees counts, lists and files, and may send nothing.
    """
    reader = await Administrator.of(local.stack, "reader")

    for path in ("/records", "/records/counts"):
        assert (await reader.call("GET", path))[0] == 200
    assert await exported(local)
    for path, body in (("send", {"records": []}), ("send-all", {"status": "failing"})):
        assert (await reader.call("POST", f"/records/{path}", body))[0] == 403
