"""Answers that Spotler did not give, or gave in odd forms, through the front door."""

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.spotler_account import PEOPLE, a_crowd, add_people, start, start_empty, table

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

CALLS = "/integrationservice/contact/"
PAGE = "<html><h1>Blocked</h1></html>"
EDITED = 20
"""Are taken as one list, which would be bisected down to single people within 16 calls."""


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack where many attempts take little time."""
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.1", "RETRY_LONGEST_SECONDS": "0.5"})


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(400, PAGE, id="page"),
        pytest.param(400, "", id="empty"),
        pytest.param(403, PAGE, id="forbidden"),
        pytest.param(422, '{"errorType": "NEW_WORD", "message": ""}', id="new word"),
        pytest.param(400, '{"errorType": "BACKEND_EXCEPTION", "message": ""}', id="backend"),
    ],
)
async def test_proxy_refuses_nobody(
    local: Local, admin: Administrator, status: int, body: str
) -> None:
    """
    While a proxy answers, nobody is refused: afterwards all edits arrive, and permissions are off.
    """
    await start_empty(local)
    gone, *others = [
        await local.crm.create(
            "contact", lastname="Voor", emailaddress1=f"p{status}.{number}@example.nl"
        )
        for number in range(EDITED + 1)
    ]
    await local.spotler.until_all([gone, *others], lastName="Voor")
    await local.stack.settle()
    await local.spotler.permit(gone, 2)
    page = {"path": CALLS, "status": status, "body": body}
    writes = [page | {"method": "POST", "times": 16}, page | {"method": "PUT", "times": 4}]
    await local.faults("spotler", *writes)

    await local.crm.delete("contact", gone)
    await local.crm.update_all("contact", {one: {"lastname": "Na"} for one in others})

    await local.spotler.until_all(others, lastName="Na")
    await local.stack.settle()
    permissions = (await local.spotler.contacts())[gone]["permissions"]
    assert set(permissions.values()) == {False}
    assert await parked(admin) == {}


async def test_refused_deletion_keeps_its_code(local: Local, admin: Administrator) -> None:
    """
    A deletion that Spotler itself refuses waits for a person, with Spotler's code.
    """
    await start_empty(local)
    person = await local.crm.create("contact", lastname="Weg", emailaddress1="weg@example.nl")
    await local.spotler.until(person)
    await local.stack.settle()
    refusal = f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{person}"
    await local.stack.control("PUT", refusal, {"code": "CONTACT_OPTOUT"})

    await local.crm.delete("contact", person)
    await local.stack.settle()

    assert (await parked(admin))[person]["reason"] == "rejected:CONTACT_OPTOUT"
    _, found = await admin.call("GET", f"/records/contact/{person}")
    assert (found["record"]["status"], found["record"]["code"]) == ("failing", "CONTACT_OPTOUT")


async def test_odd_people_cost_no_other(local: Local, admin: Administrator) -> None:
    """
    Who cannot be read is counted as unreadable; a bad character or a mark costs nobody anything.
    """
    await start_empty(local)
    control = f"{local.stack.facts('spotler')['url']}/_devstack"
    odd = {"byte_order_mark": True, "raw_characters": True}
    await local.stack.control("PATCH", f"{control}/options", odd)
    crowd = a_crowd(40)
    await add_people(local, *crowd)
    for one in crowd[10:13]:
        url = f"{control}/contacts/{one['externalId']}"
        await local.stack.control("PATCH", url, {"hidesEncryptedId": True})
    for number, name in ((20, "Jan\ud83d"), (21, "Jan\tPiet")):
        url = f"{control}/contacts/shop-{number}"
        await local.stack.control("PATCH", url, {"properties": {"firstName": name}})

    preview = await admin.until(await start(local, admin, preview=True))
    job = await admin.until(await start(local, admin, PEOPLE))

    for one in (preview, job):
        assert (one["in_sync"], one["failed"]) == (37, 3)
        assert one["reasons"] == {"unreadable": 3}
    rows = {row["emailaddress1"]: row["firstname"] for row in await table(local, "contact")}
    missing = {one["email"] for one in crowd} - rows.keys()
    assert missing == {one["email"] for one in crowd[10:13]}
    assert rows[crowd[20]["email"]] == "Jan\ufffd\ufffd\ufffd"
    assert rows[crowd[21]["email"]].split() == ["Jan", "Piet"]


async def parked(admin: Administrator) -> dict[str, Json]:
    """Return what is parked, by the id of the record."""
    status, answer = await admin.call("GET", "/parked")
    assert status == 200, answer

    return {one["record_id"]: one for one in answer["parked"]}
