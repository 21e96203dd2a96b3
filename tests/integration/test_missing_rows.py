"""Rows of which no webhook told that they are gone, and rows that we may not see any more."""

from collections.abc import Sequence

import pytest

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.synced_people import KINDS, PEOPLE, synced, synced_people, withdrawn

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

MISSING = {"status": "failing", "reason": "not_in_dynamics"}
LISTED = "/records?status=failing&reason=not_in_dynamics"


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack where a reading person meets no limit, and a change comes again soon."""
    return StackOptions(
        dataverse=("--limit-requests", "0"), settings={"RETRY_FIRST_SECONDS": "0.1"}
    )


async def listed(admin: Administrator) -> set[str]:
    """Return who is listed as missing, which fits two pages."""
    _, first = await admin.call("GET", LISTED)
    rest: list[Json] = []
    if first["cursor"]:
        _, more = await admin.call("GET", f"{LISTED}&cursor={first['cursor']}")
        rest = more["records"]

    return {one["id"] for one in [*first["records"], *rest]}


async def last_sends(admin: Administrator, most: int) -> Sequence[Json]:
    _, audit = await admin.call("GET", "/audit?action=records.send_all")

    return [*audit["entries"][:most]]


@pytest.mark.feature("F103", "F104")
@pytest.mark.parametrize("table", ["contact", "lead"])
async def test_lost_deletions_are_found_and_withdrawn(local: Local, table: str) -> None:
    """
    An initial sync lists who was deleted without a word; sent again they are withdrawn, only they.
    """
    people = await synced_people(local, table)
    gone = {*people[3:40:9]}
    admin, dynamics = await Administrator.of(local.stack), DynamicsAdmin(local)
    await dynamics.delete_silently(*gone, table=table)

    preview = await admin.until(await admin.preview(KINDS[table]))
    foreseen = await listed(admin)
    job = await synced(local, table)
    found, ended = await listed(admin), await withdrawn(local)
    sent = await admin.call("POST", "/records/send-all", MISSING)
    await local.stack.settle()

    assert len(gone) == 5
    assert (preview["details"]["not_in_dynamics"], foreseen) == (5, set())
    assert (job["details"]["not_in_dynamics"], job["done"], job["failed"]) == (5, PEOPLE - 5, 0)
    assert (found, ended) == (gone, set())
    assert (sent[0], sent[1]["sent"], sent[1]["cursor"]) == (202, 5, None)
    [noted] = await last_sends(admin, 1)
    assert {*noted["led_to"]} == {"sent=5", *(f"{table}/{one}" for one in gone)}
    assert await withdrawn(local) == gone
    assert await listed(admin) == set()
    assert (await synced(local, table))["details"]["not_in_dynamics"] == 0


@pytest.mark.feature("F104")
async def test_brake_holds_many(local: Local) -> None:
    """
    More than fifty go only when an administrator lifts the brake, and the audit says so.
    """
    people = await synced_people(local)
    gone = {*people[:51]}
    admin = await Administrator.of(local.stack)
    await DynamicsAdmin(local).delete_silently(*gone)
    await synced(local)

    status, refused = await admin.call("POST", "/records/send-all", MISSING)
    await local.stack.settle()
    ended = await withdrawn(local)
    lifted, sent = await admin.call("POST", "/records/send-all", MISSING | {"lift_brake": True})
    await local.stack.settle()

    assert (status, refused["code"]) == (409, "brake")
    assert (refused["count"], refused["limit"]) == (51, 50)
    assert ended == set()
    assert (lifted, sent["sent"]) == (202, 51)
    assert await withdrawn(local) == gone
    entries = await last_sends(admin, 2)
    assert ["lift_brake" in one["named"] for one in entries] == [True, False]
    assert [one["status"] for one in entries] == [202, 409]


@pytest.mark.feature("F104")
async def test_hidden_rows_are_left_alone(local: Local) -> None:
    """
    Who is hidden from us is listed too, and nobody is withdrawn; seen again they are in sync.
    """
    people = await synced_people(local)
    hidden = people[:7]
    admin, dynamics = await Administrator.of(local.stack), DynamicsAdmin(local)
    await dynamics.hide(*hidden)

    job = await synced(local)
    sent = await admin.call("POST", "/records/send-all", MISSING)
    await local.stack.settle()

    assert (job["details"]["not_in_dynamics"], sent[1]["sent"]) == (7, 7)
    assert await listed(admin) == {*hidden}
    assert await withdrawn(local) == set()

    await dynamics.hide(*hidden[1:])
    await local.crm.update("contact", hidden[0], lastname="Terug")
    await local.spotler.until(hidden[0], lastName="Terug")
    await local.stack.settle()
    assert await listed(admin) == {*hidden[1:]}

    await dynamics.hide()
    assert (await synced(local))["details"]["not_in_dynamics"] == 0
    assert await listed(admin) == set()
