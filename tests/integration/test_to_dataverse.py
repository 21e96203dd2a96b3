"""Spotler's people and mailings come to Dynamics through the front door, and nothing comes back."""

import csv
import io

import pytest
import pytest_asyncio

from connector.application.receive_webhook import OUR_TAG
from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.existing_people import start_anew
from tests.integration.spotler_account import (
    MAILINGS,
    PEOPLE,
    a_crowd,
    add_people,
    edit,
    start,
    start_empty,
    table,
)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

COUNT = 1230
SOME = 600
"""More than a page."""

SPOTLER = "/integrationservice"
FORMULA = "\ufeff =1+1"
WRITES = ("POST /contact", "POST /contact/list", "PUT /contact/{externalContactId}")


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack where nobody meets a limit, and a wait is short."""
    return StackOptions(
        dataverse=("--limit-requests", "1000000", "--limit-seconds", "0"),
        settings={"RETRY_FIRST_SECONDS": "0.1"},
    )


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def writes(local: Local) -> int:
    """Return how often Spotler was written to."""
    return sum([await local.spotler.calls(one) for one in WRITES])


def counted(job: Json) -> tuple[int, ...]:
    """Return how many were created, changed and left as they were."""
    return tuple(job["details"][one] for one in ("created", "changed", "unchanged"))


@pytest.mark.feature("F38", "F39", "F40", "F41", "F43", "F70", "F107", "F109")
async def test_everybody_comes_over(local: Local, admin: Administrator) -> None:
    """
    All people of Spotler are contacts of Dynamics once, as the preview said, and none is sent back.
    """
    await start_empty(local)
    await add_people(local, *a_crowd(COUNT))
    await local.spotler.forget_calls()

    preview = await admin.until(await start(local, admin, preview=True))
    assert await table(local, "contact") == []
    job = await admin.until(await start(local, admin))
    await local.stack.settle()

    assert (job["done"], job["total"], job["in_sync"]) == (COUNT, COUNT, COUNT)
    assert counted(job) == counted(preview) == (COUNT, 0, 0)
    rows = await table(local, "contact")
    assert {row["emailaddress1"] for row in rows} == {one["email"] for one in a_crowd(COUNT)}
    assert len(rows) == COUNT
    assert await writes(local) == 0
    bookmark = await admin.bookmark(PEOPLE)
    assert (bookmark["PageNumber"], bookmark["IsProcessed"]) == (3, True)

    again = await admin.until(await start(local, admin))
    assert counted(again) == (0, 0, COUNT)


@pytest.mark.feature("F43", "F69", "F71")
async def test_change_comes_over_when_asked(local: Local, admin: Administrator) -> None:
    """
    A change in Spotler reaches Dynamics when the sync is started, and is never sent back.
    """
    await start_empty(local)
    contact = await local.crm.create(
        "contact", firstname="Jan", lastname="Jansen", emailaddress1="jan@example.nl"
    )
    await local.spotler.until(contact, firstName="Jan", freeField1="Contact")
    await local.stack.settle()
    await edit(local, contact, firstName="Piet", mobilePhone="06-18596225")
    before = await local.crm.rows("contact", "firstname", "mobilephone")
    assert before[contact]["firstname"] == "Jan"
    await local.spotler.forget_calls()

    job = await admin.until(await start(local, admin))
    await local.stack.settle()
    back = await admin.until(await admin.start("contacts_to_spotler"))

    after = await local.crm.rows("contact", "firstname", "lastname", "mobilephone")
    assert after[contact]["firstname"] == "Piet"
    assert after[contact]["lastname"] == "Jansen"
    assert job["details"]["changed"] == 1
    assert job["fields"] == {"firstname": 1, "mobilephone": 1}
    assert back["in_sync"] == 1
    assert await writes(local) == 0


@pytest.mark.feature("F113")
async def test_file_holds_no_formula(local: Local, admin: Administrator) -> None:
    """
    An id that somebody gave in Spotler is text in the file of records, whatever it begins with.
    """
    await start_empty(local)
    await add_people(local, {"externalId": FORMULA, "email": "som@example.nl"})
    await admin.until(await start(local, admin))
    [contact] = await local.crm.rows("contact", "lastname")
    await local.crm.update("contact", contact, lastname="Som")
    await local.stack.settle()

    url = f"{local.stack.address}/api/manage/records/export"
    headers = {"Authorization": f"Bearer {await local.stack.token('reader')}"}
    async with local.stack.http.get(url, headers=headers) as answer:
        lines = [*csv.DictReader(io.StringIO(await answer.text()))]

    assert {one["external_id"] for one in lines} == {f"'{FORMULA}"}


@pytest.mark.feature("F43", "F71")
async def test_what_spotler_does_not_say_empties_nothing(
    local: Local, admin: Administrator
) -> None:
    """
    A name that is empty in Spotler, beside a change of another field, stays in Dynamics.
    """
    await start_empty(local)
    contact = await local.crm.create(
        "contact", firstname="Jan", lastname="Jansen", emailaddress1="jan@example.nl"
    )
    await local.spotler.until(contact, firstName="Jan")
    await local.stack.settle()
    await edit(local, contact, firstName="", city="Ede")

    await admin.until(await start(local, admin))

    row = (await local.crm.rows("contact", "firstname", "address1_city"))[contact]
    assert (row["firstname"], row["address1_city"]) == ("Jan", "Ede")


@pytest.mark.feature("F71", "F112")
async def test_newer_row_and_doubtful_people_are_left(local: Local, admin: Administrator) -> None:
    """
    What is newer in Dynamics, doubtful, or another spelling is left alone, counted by reason.
    """
    await start_empty(local)
    crowd = [
        {"externalId": "newer", "email": "newer@example.nl", "firstName": "Oud"},
        {"externalId": "double", "email": "double@example.nl", "firstName": "Twee"},
        {"externalId": "alike", "email": "Alike@Example.nl", "mobilePhone": "06-18596225"},
        {"email": "nobody@example.nl"},
    ]
    await local.crm.create("contact", lastname="A", emailaddress1="double@example.nl")
    await local.crm.create("contact", lastname="B", emailaddress1="double@example.nl")
    await local.crm.create(
        "contact", emailaddress1="alike@example.nl", mobilephone="+31 6 18596225"
    )
    await local.stack.settle()
    control = f"{local.stack.facts('spotler')['url']}/_devstack"
    await local.stack.control("POST", f"{control}/reset")
    await add_people(local, *crowd)
    await local.crm.create("contact", firstname="Nieuw", emailaddress1="newer@example.nl")
    await local.stack.settle()

    job = await admin.until(await start(local, admin))

    assert job["state"] == "done"
    assert job["reasons"]["several_match"] == 1
    assert job["reasons"]["no_external_id"] == 1
    rows = {row["emailaddress1"]: row for row in await table(local, "contact")}
    assert rows["newer@example.nl"]["firstname"] == "Nieuw"
    assert rows["alike@example.nl"]["mobilephone"] == "+31 6 18596225"
    assert len(await table(local, "contact")) == 4


@pytest.mark.feature("F71")
async def test_change_that_spotler_has_not_got_is_kept(local: Local, admin: Administrator) -> None:
    """
    While Spotler was away Dynamics changed: a later edit of another field undoes nothing there.
    """
    await start_empty(local)
    contact = await local.crm.create(
        "contact", firstname="Jan", lastname="Oud", emailaddress1="jan@example.nl"
    )
    await local.spotler.until(contact, firstName="Jan", lastName="Oud")
    await local.stack.settle()
    await local.faults(
        "spotler", {"path": f"{SPOTLER}/contact/list", "kind": "status", "status": 500}
    )
    await local.crm.update("contact", contact, lastname="Nieuw")
    await edit(local, contact, firstName="Piet")

    job = await admin.until(await start(local, admin))
    await local.faults("spotler")
    await local.spotler.until(contact, lastName="Nieuw")

    rows = await local.crm.rows("contact", "firstname", "lastname")
    assert (rows[contact]["firstname"], rows[contact]["lastname"]) == ("Jan", "Nieuw")
    assert job["reasons"] == {"newer_in_dynamics": 1}


@pytest.mark.feature("F71")
@pytest.mark.parametrize("is_lost", [False, True], ids=["spotler is away", "the event is lost"])
@pytest.mark.parametrize("is_there", [False, True], ids=["created", "found by address"])
async def test_change_in_a_row_that_was_never_sent_is_kept(
    local: Local, admin: Administrator, *, is_there: bool, is_lost: bool
) -> None:
    """
    What the sync made or found is edited in Dynamics: no later edit in Spotler undoes that.
    """
    await start_anew(local, 1)
    [row] = await local.crm.rows("contact")
    address = "jan@example.nl" if is_there else "nobody@example.nl"
    jan = {"firstname": "Jan", "lastname": "Oud", "emailaddress1": address}
    await local.crm.update("contact", row, tag=OUR_TAG, **jan)
    await add_people(
        local,
        {
            "externalId": "web-1",
            "email": "jan@example.nl",
            "firstName": "Jan",
            "lastName": "Oud",
        },
    )
    await admin.until(await start(local, admin))
    rows = await local.crm.rows("contact", "emailaddress1")
    [contact] = [one for one, held in rows.items() if held["emailaddress1"] == "jan@example.nl"]
    assert (contact == row) is is_there
    if not is_lost:
        await local.faults(
            "spotler", {"path": f"{SPOTLER}/contact/list", "kind": "status", "status": 500}
        )

    await local.crm.update("contact", contact, tag=OUR_TAG if is_lost else None, lastname="Nieuw")
    await edit(local, "web-1", row=contact, firstName="Piet")
    preview = await admin.until(await start(local, admin, preview=True))
    job = await admin.until(await start(local, admin))
    await local.faults("spotler")
    if is_lost:
        await admin.until(await admin.start("contacts_to_spotler"))

    await local.spotler.until("web-1", firstName="Jan", lastName="Nieuw")
    rows = await local.crm.rows("contact", "firstname", "lastname")
    assert (rows[contact]["firstname"], rows[contact]["lastname"]) == ("Jan", "Nieuw")
    assert job["reasons"] == preview["reasons"] == {"newer_in_dynamics": 1}


@pytest.mark.feature("F69")
async def test_deletion_ends_who_has_an_id_of_the_account(
    local: Local, admin: Administrator
) -> None:
    """
    Who came from Spotler, under an id of its own, is withdrawn when the contact is deleted.
    """
    await start_anew(local, 1)
    await add_people(local, {"externalId": "web-2", "email": "els@example.nl", "firstName": "Els"})
    await admin.until(await start(local, admin))
    await local.spotler.permit("web-2", 1)
    rows = await local.crm.rows("contact", "emailaddress1")
    [contact] = [one for one, held in rows.items() if held["emailaddress1"] == "els@example.nl"]

    await local.crm.delete("contact", contact)
    await local.stack.settle()

    assert not any((await local.spotler.contacts())["web-2"]["permissions"].values())


@pytest.mark.feature("F39", "F69", "F103")
async def test_lost_deletion_of_who_came_over_stays(local: Local, admin: Administrator) -> None:
    """
    Who was deleted without a word is listed by an initial sync, and is not made again by an edit.

    That goes for who came from Spotler, and for who was sent there; sent again they are withdrawn.
    """
    await start_anew(local, 1)
    await add_people(local, {"externalId": "web-3", "email": "bea@example.nl", "firstName": "Bea"})
    await admin.until(await start(local, admin))
    sent = await local.crm.create("contact", lastname="Gestuurd", emailaddress1="ger@example.nl")
    await local.spotler.until(sent, lastName="Gestuurd")
    people = (sent, "web-3")
    for person in people:
        await local.spotler.permit(person, 1)
    rows = await local.crm.rows("contact", "emailaddress1")
    [came] = [one for one, held in rows.items() if held["emailaddress1"] == "bea@example.nl"]
    await DynamicsAdmin(local).delete_silently(came, sent)

    job = await admin.until(await admin.start("contacts_to_spotler"))
    url = f"{local.stack.facts('spotler')['url']}/_devstack/contacts"
    for person in people:
        said = {"properties": {"firstName": "Later"}}
        await local.stack.control("PATCH", f"{url}/{person}", said)
    back = await admin.until(await start(local, admin))
    await admin.call(
        "POST", "/records/send-all", {"status": "failing", "reason": "not_in_dynamics"}
    )
    await local.stack.settle()

    assert job["details"]["not_in_dynamics"] == 2
    assert back["reasons"] == {"deleted": 2}
    assert not {came, sent} & (await local.crm.rows("contact", "lastname")).keys()
    held = await local.spotler.contacts()
    assert not any(is_on for one in people for is_on in held[one]["permissions"].values())


async def test_confirmation_is_needed(local: Local, admin: Administrator) -> None:
    """
    Nobody writes to Dynamics without having named the environment.
    """
    for confirmation in (None, "elsewhere.crm4.dynamics.com"):
        status, refusal = await admin.call(
            "POST", "/jobs", {"kind": PEOPLE, "confirmation": confirmation}
        )
        assert (status, refusal["code"]) == (400, "confirmation_needed")


@pytest.mark.feature("F110", "F112")
async def test_busy_and_refusing_crm(local: Local, admin: Administrator) -> None:
    """
    Through limits, lost answers and refusals the counts add up, and nobody is there twice.
    """
    await start_empty(local)
    await add_people(local, *a_crowd(300))
    api = "/api/data/v9.2/contacts("
    await local.faults(
        "dataverse",
        {"path": api, "method": "PATCH", "kind": "status", "status": 400, "times": 1, "after": 20},
        {"path": api, "method": "PATCH", "kind": "reset_after", "times": 2, "after": 60},
        {
            "path": api,
            "method": "PATCH",
            "kind": "status",
            "status": 429,
            "retry_after": 0.2,
            "times": 4,
            "after": 150,
        },
    )

    job = await admin.until(await start(local, admin))
    await local.faults("dataverse")

    assert (job["done"], job["in_sync"] + job["failed"]) == (300, 300)
    assert job["failed"] <= 1
    assert job["details"]["created"] == job["in_sync"]
    rows = await table(local, "contact")
    assert len({row["emailaddress1"] for row in rows}) == len(rows) == job["in_sync"]


@pytest.mark.feature("F111")
async def test_paused_resumed_and_cancelled(local: Local, admin: Administrator) -> None:
    """
    A sync that is paused and resumed ends with the right counts; a cancelled one may begin anew.
    """
    await start_empty(local)
    await add_people(local, *a_crowd(SOME))
    job = await start(local, admin)
    for _ in range(5):
        await admin.do("pause", job)
        await admin.do("resume", job)

    done = await admin.until(job)
    assert (done["done"], done["in_sync"]) == (SOME, SOME), done
    assert len(await table(local, "contact")) == SOME

    await admin.do("cancel", await start(local, admin))
    await local.stack.settle()
    again = await admin.until(await start(local, admin))
    assert again["details"]["unchanged"] == SOME


@pytest.mark.feature("F39", "F107")
async def test_nobody_is_missed_when_many_change(local: Local, admin: Administrator) -> None:
    """
    Hundreds who are edited in Spotler between two pages hide nobody, and nobody counts twice.
    """
    await start_anew(local, 0)
    count = 1200
    await add_people(local, *a_crowd(count))
    await local.faults("spotler", {"path": SPOTLER, "kind": "latency", "seconds": 0.3})
    job = await start(local, admin)
    await admin.until(job, pages=1)
    await admin.do("pause", job)
    await local.stack.settle()
    await local.faults("spotler")
    assert (await admin.show(job))["page"] < 3
    control = f"{local.stack.facts('spotler')['url']}/_devstack/contacts"
    for number in range(300):
        changed = {"properties": {"firstName": "Anders"}}
        await local.stack.control("PATCH", f"{control}/shop-{number}", changed)

    await admin.do("resume", job)
    done = await admin.until(job)

    rows = await table(local, "contact", "emailaddress1")
    assert len({row["emailaddress1"] for row in rows}) == len(rows) == count
    assert (done["done"], done["in_sync"], done["details"]["created"]) == (count, count, count)


@pytest.mark.feature("F38", "F39", "F90")
async def test_mailings_come_over(local: Local, admin: Administrator) -> None:
    """
    All mass mailings of Spotler are in our table with their subject, once, whenever it is started.
    """
    await start_empty(local)
    control = f"{local.stack.facts('spotler')['url']}/_devstack/mailings"
    for number in range(30):
        moment = f"20{10 + number % 12}-06-01T12:00:00+02:00"
        mailing = {
            "name": f"Mailing {number}",
            "subject": f"Nieuws {number}",
            "scheduledStartDate": moment,
        }
        await local.stack.control("PUT", f"{control}/t-{number}", mailing)

    preview = await admin.until(await start(local, admin, MAILINGS, preview=True))
    assert await table(local, "spot_mailing") == []
    first = await admin.until(await start(local, admin, MAILINGS))
    second = await admin.until(await start(local, admin, MAILINGS))

    rows = {row["spot_externalid"]: row for row in await table(local, "spot_mailing")}
    assert rows["t-7"]["spot_subject"] == "Nieuws 7"
    assert counted(first) == counted(preview) == (len(rows), 0, 0)
    assert counted(second) == (0, 0, len(rows))
