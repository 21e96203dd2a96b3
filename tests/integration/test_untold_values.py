"""What Dynamics does not tell is unknown, and what it never said empties nothing in Spotler."""

import json
from typing import Any

import pytest

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.existing_people import start_anew
from tests.integration.spotler_account import add_people, start
from tests.integration.test_claims import check_now, health

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

CONTACTS = "/api/data/v9.2/contacts"

FORM = {
    "firstName": "Anna",
    "lastName": "Formulier",
    "birthday": "1990-05-05",
    "mobilePhone": "06-18596225",
    "city": "Zwolle",
}
"""What a person filled in at Spotler."""


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack whose account recognises people by address, as Spotler's do by default."""
    return StackOptions(
        settings={"RETRY_FIRST_SECONDS": "0.1", "RETRY_LONGEST_SECONDS": "1"},
        spotler=("--dedupe", "email,externalId"),
    )


async def _shown(local: Local, external_id: str) -> dict[str, Any]:
    return dict((await local.spotler.contacts())[external_id]["properties"])


async def _record(local: Local, contact: str) -> Json:
    admin = await Administrator.of(local.stack)
    _, answer = await admin.call("GET", f"/records/contact/{contact}")

    return dict(answer["record"])


@pytest.mark.feature("F66", "F69")
async def test_first_meeting_empties_nothing(local: Local) -> None:
    """
    A contact that says less than the person filled in at Spotler takes nothing away from them.
    """
    await add_people(local, {"externalId": "form-1", "email": "anna@voorbeeld.nl", **FORM})

    contact = await local.crm.create("contact", emailaddress1="anna@voorbeeld.nl")
    await local.stack.settle()

    shown = await _shown(local, contact)
    assert {name: shown.get(name) for name in FORM} == FORM
    assert shown["freeField1"] == "Contact"


@pytest.mark.feature("F66")
async def test_only_what_we_filled_is_emptied(local: Local) -> None:
    """
    A column that is emptied in Dynamics empties the field that it filled, and no other.
    """
    address = {"emailaddress1": "bas@voorbeeld.nl"}
    contact = await local.crm.create("contact", lastname="Bas", address1_city="Ede", **address)
    await local.spotler.until(contact, city="Ede")
    url = f"{local.stack.facts('spotler')['url']}/_devstack/contacts/{contact}"
    await local.stack.control("PATCH", url, {"properties": {"street": "Kerkstraat 1"}})

    await local.crm.update("contact", contact, address1_city=None, firstname="Bas")
    await local.spotler.until(contact, firstName="Bas")
    await local.stack.settle()

    shown = await _shown(local, contact)
    assert (shown.get("city"), shown["street"]) == (None, "Kerkstraat 1")


@pytest.mark.feature("F38", "F39")
async def test_first_sync_empties_nothing_and_counts_the_risk(local: Local) -> None:
    """
    The first sync finds people by address, and writes over what Dynamics says otherwise alone.

    The preview counts the values that they lose by that.
    """
    await start_anew(local, 0)
    dynamics, admin = DynamicsAdmin(local), await Administrator.of(local.stack)
    names = ("anna", "bram", "cleo")
    await add_people(
        local,
        *({"externalId": f"f-{n}", "email": f"{n}@voorbeeld.nl", **FORM} for n in names),
    )
    await dynamics.switch_steps(on=False)
    for name in names:
        address = f"{name}@voorbeeld.nl"
        await local.crm.create("contact", emailaddress1=address, lastname=name.title())

    preview = await admin.until(await admin.preview("contacts_to_spotler"))
    job = await admin.until(await admin.start("contacts_to_spotler"))
    await dynamics.switch_steps(on=True)

    assert (preview["details"]["created"], preview["details"]["changed"]) == (0, 3)
    assert preview["at_risk"] == {"lastName": 3}
    assert job["in_sync"] == 3
    people = {
        one["properties"]["email"]: one["properties"]
        for one in (await local.spotler.contacts()).values()
    }
    assert len(people) == 3
    for name in names:
        shown = people[f"{name}@voorbeeld.nl"]
        assert {one: shown[one] for one in FORM} == FORM | {"lastName": name.title()}


@pytest.mark.feature("F66")
async def test_secured_column_keeps_what_spotler_has(local: Local) -> None:
    """
    A column that somebody secures reads empty and empties nothing, until we may read it.
    """
    dynamics = DynamicsAdmin(local)
    contact = await local.crm.create(
        "contact", lastname="Geheim", emailaddress1="g@voorbeeld.nl", mobilephone="06-18596225"
    )
    await local.spotler.until(contact, lastName="Geheim")
    await local.stack.settle()

    await dynamics.set_column("mobilephone", secured=True)
    await local.crm.update("contact", contact, firstname="Pim")
    await local.spotler.until(contact, firstName="Pim")
    await local.stack.settle()

    assert (await _shown(local, contact))["mobilePhone"] == "06-18596225"
    record = await _record(local, contact)
    assert record["status"] == "in_sync"
    assert [one["reason"] for one in record["notes"]] == ["unreadable"]
    admin = await Administrator.of(local.stack)
    assert "contact.mobilephone" in await _columns_missing(local)
    view, _ = await admin.get("/mappings")
    assert [(one["column"], one["why"]) for one in view["gone"]][:1] == [
        ("mobilephone", "unreadable")
    ]

    await dynamics.set_column("mobilephone", secured=True, readable=True)
    _, view = await admin.call("POST", "/mappings/refresh")
    await local.crm.update("contact", contact, mobilephone=None)
    await local.stack.settle()

    assert view["gone"] == []
    assert (await _shown(local, contact)).get("mobilePhone") is None
    assert (await check_now(admin, "dataverse"))["code"] is None
    assert await health(local) == "ok"
    await dynamics.map("profileField5", "mobilephone")
    await dynamics.set_column("mobilephone")


@pytest.mark.feature("F66")
@pytest.mark.parametrize(
    "column", [{"secured": True}, {"mask": "hashes"}], ids=["secured", "masked"]
)
@pytest.mark.parametrize("table", ["contact", "lead"])
async def test_hidden_values_stay_as_they_are(
    local: Local, table: str, column: dict[str, Any]
) -> None:
    """
    A name and a birthday that are hidden from us are not told in any form; the rest goes over.
    """
    dynamics = DynamicsAdmin(local)
    birthday = {"birthdate": "1990-05-05"} if table == "contact" else {}
    address = f"{table}.{next(iter(column))}@voorbeeld.nl"
    person = await local.crm.create(
        table, firstname="Ina", lastname="Klaver", emailaddress1=address, **birthday
    )
    await local.spotler.until(person, lastName="Klaver")
    await local.stack.settle()

    await dynamics.set_column("lastname", table, **column)
    if birthday:
        await dynamics.set_column("birthdate", table, secured=True)
    await local.crm.update(table, person, firstname="Ina-Mei")
    await local.spotler.until(person, firstName="Ina-Mei")
    await local.stack.settle()
    shown = await _shown(local, person)
    await dynamics.set_column("lastname", table)
    if birthday:
        await dynamics.set_column("birthdate", table)

    assert shown["lastName"] == "Klaver"
    assert shown.get("birthday") == birthday.get("birthdate")


@pytest.mark.feature("F66", "F112")
@pytest.mark.parametrize(
    "column", [{"secured": True}, {"mask": "stars"}], ids=["secured", "masked"]
)
async def test_hidden_address_leaves_nobody_out(local: Local, column: dict[str, Any]) -> None:
    """
    An address that we may not read is waited for, and goes on once it can be read.

    Nobody is left out, nor sent with what a mask left of it.
    """
    dynamics = DynamicsAdmin(local)
    address = f"mia.{next(iter(column))}@voorbeeld.nl"
    contact = await local.crm.create("contact", lastname="Masker", emailaddress1=address)
    await local.spotler.until(contact, lastName="Masker")
    await local.stack.settle()

    await dynamics.set_column("emailaddress1", **column)
    await local.crm.update("contact", contact, firstname="Mies")
    record = await _until_failing(local, contact)
    held = await _shown(local, contact)
    _, parked = await (await Administrator.of(local.stack)).call("GET", "/parked")
    reasons = [one["reason"] for one in parked["parked"]]
    await dynamics.set_column("emailaddress1")
    await (await Administrator.of(local.stack)).call("POST", "/mappings/refresh")
    await local.spotler.until(contact, firstName="Mies")
    await local.stack.settle()

    assert (record["status"], record["reason"]) == ("failing", "unreadable")
    assert reasons == ["configuration"]
    assert (held["email"], held.get("firstName")) == (address, None)
    assert (await _record(local, contact))["status"] == "in_sync"


@pytest.mark.feature("F66")
async def test_masks_by_their_looks_alone_hold_nobody(local: Local) -> None:
    """
    Where nothing is secured a text that looks masked is a text, and no address is no address.
    """
    named = await local.crm.create("contact", lastname="C#", emailaddress1="o'neil#1@voorbeeld.nl")
    filled = await local.crm.create("contact", lastname="Ster", emailaddress1="onbekend*")
    await local.spotler.until(named, lastName="C#")
    await local.stack.settle()

    assert (await _shown(local, named))["email"] == "o'neil#1@voorbeeld.nl"
    assert (await _record(local, named))["notes"] == []
    record = await _record(local, filled)
    assert (record["status"], record["reason"]) == ("excluded", "invalid_email")


@pytest.mark.feature("F39", "F66")
async def test_masked_address_makes_nobody_twice(local: Local) -> None:
    """
    Who has an address in Dynamics that a rule masks is not made there a second time.
    """
    await start_anew(local, 0)
    dynamics, admin = DynamicsAdmin(local), await Administrator.of(local.stack)
    await dynamics.switch_steps(on=False)
    contact = await local.crm.create("contact", lastname="Echt", emailaddress1="bea@voorbeeld.nl")
    await add_people(
        local, {"externalId": "shop-bea", "email": "bea@voorbeeld.nl", "lastName": "Echt"}
    )
    await dynamics.set_column("emailaddress1", mask="stars")

    job = await start(local, admin)
    cause = await _until_held(admin, job)
    rows = await local.crm.rows("contact", "lastname")
    await admin.do("cancel", job)
    await dynamics.set_column("emailaddress1")
    await dynamics.switch_steps(on=True)

    assert cause == "configuration"
    assert {*rows} == {contact}


@pytest.mark.feature("F66")
async def test_deleted_column_stops_nobody(local: Local) -> None:
    """
    A mapped column that is deleted in Dynamics costs its own field; people and deletions go on.
    """
    dynamics = DynamicsAdmin(local)
    await dynamics.map("profileField7", "department")
    ada = await local.crm.create(
        "contact", lastname="Ada", emailaddress1="ada@voorbeeld.nl", department="Inkoop"
    )
    bob = await local.crm.create("contact", lastname="Bob", emailaddress1="bob@voorbeeld.nl")
    await local.spotler.until(ada, profileField7="Inkoop")
    await local.spotler.until(bob, lastName="Bob")
    await local.spotler.permit(bob, 1)
    await local.stack.settle()

    await dynamics.delete_column("department")
    await local.crm.update("contact", ada, firstname="Ada2")
    await local.crm.delete("contact", bob)
    await local.spotler.until(ada, firstName="Ada2")
    await local.stack.settle()

    people = await local.spotler.contacts()
    assert not any(people[bob]["permissions"].values())
    assert people[ada]["properties"]["profileField7"] == "Inkoop"
    assert [one["reason"] for one in (await _record(local, ada))["notes"]] == ["gone"]
    assert "contact.department" in await _columns_missing(local)
    await dynamics.make_column("department")
    again = await check_now(await Administrator.of(local.stack), "dataverse")
    assert (again["code"], await health(local)) == (None, "ok")


@pytest.mark.feature("F66")
async def test_column_made_anew_empties_nothing(local: Local) -> None:
    """
    A column that was deleted and made anew, unseen by any change, was emptied by nobody.
    """
    dynamics = DynamicsAdmin(local)
    await dynamics.map("profileField9", "spousesname")
    cas = await local.crm.create(
        "contact", lastname="Cas", emailaddress1="cas@voorbeeld.nl", spousesname="Lux"
    )
    await local.spotler.until(cas, profileField9="Lux")
    await local.stack.settle()

    await dynamics.delete_column("spousesname")
    await dynamics.make_column("spousesname")
    for name in ("Cas2", "Cas3"):
        await local.crm.update("contact", cas, firstname=name)
        await local.spotler.until(cas, firstName=name)
        await local.stack.settle()

    assert (await local.spotler.contacts())[cas]["properties"]["profileField9"] == "Lux"


@pytest.mark.feature("F66")
@pytest.mark.parametrize(
    ("behaviour", "day", "moment"),
    [
        ("TimeZoneIndependent", "2026-05-01", "2026-05-01T23:30:00+02:00"),
        ("UserLocal", "2026-05-02", "2026-05-02T01:30:00+02:00"),
    ],
)
async def test_moment_keeps_its_day(local: Local, behaviour: str, day: str, moment: str) -> None:
    """
    A moment is the day that people see in Dynamics: without a zone as it is, with one in ours.
    """
    dynamics = DynamicsAdmin(local)
    await dynamics.set_column("lastusedincampaign", behaviour=behaviour)
    await dynamics.map("profileField6", "lastusedincampaign", converter="date", type="date")
    await dynamics.map("profileField4", "lastusedincampaign", converter="date", type="dateTime")

    contact = await local.crm.create(
        "contact",
        lastname="Avond",
        emailaddress1=f"{behaviour.lower()}@voorbeeld.nl",
        lastusedincampaign="2026-05-01T23:30:00Z",
    )
    await local.spotler.until(contact, lastName="Avond")

    shown = await _shown(local, contact)
    assert (shown["profileField6"], shown["profileField4"]) == (day, moment)
    await dynamics.set_column("lastusedincampaign")


async def _columns_missing(local: Local) -> str:
    """Return what the check of Dynamics says of columns, while the health is not well."""
    check = await check_now(await Administrator.of(local.stack), "dataverse")

    assert (check["code"], await health(local)) == ("columns_missing", "degraded")
    return str(check["detail"])


async def _until_failing(local: Local, contact: str) -> Json:
    admin = await Administrator.of(local.stack)
    for _ in range(600):
        _, answer = await admin.call("GET", f"/records/contact/{contact}")
        if answer["record"] and answer["record"]["status"] == "failing":
            return dict(answer["record"])

    pytest.fail("the record must be failing")


async def _until_held(admin: Administrator, job: Json) -> str:
    for _ in range(600):
        shown = await admin.show(job)
        if shown["cause"]:
            return str(shown["cause"])

    pytest.fail(f"the job must wait: {shown}")


@pytest.mark.feature("F66")
async def test_column_is_gone_in_other_words(local: Local) -> None:
    """
    A column that Dataverse says it lacks in words of the query costs its own field as well.
    """
    await DynamicsAdmin(local).map("profileField8", "jobtitle")
    ada, bob = [
        await local.crm.create("contact", lastname=name, emailaddress1=f"{name}8@voorbeeld.nl")
        for name in ("Ada", "Bob")
    ]
    await local.spotler.until_all([ada, bob])
    await local.spotler.permit(bob, 1)
    await local.stack.settle()
    message = "'Contact' entity doesn't contain attribute with Name = 'jobtitle'"
    refusal = json.dumps({"error": {"code": "0x80041103", "message": message}})
    fault = {"path": CONTACTS, "method": "GET", "status": 400, "body": refusal, "times": 1}

    await local.faults("dataverse", fault)
    await local.crm.delete("contact", bob)
    await local.stack.settle()
    permissions = (await local.spotler.contacts())[bob]["permissions"]
    await local.crm.update("contact", ada, firstname="Nu")
    await local.spotler.until(ada, firstName="Nu")
    await local.stack.settle()

    assert set(permissions.values()) == {False}
    notes = {one["property"]: one["reason"] for one in (await _record(local, ada))["notes"]}
    assert notes["profileField8"] == "gone"


@pytest.mark.feature("F66")
async def test_page_of_a_proxy_is_waited_out(local: Local) -> None:
    """
    A page that somebody on the way to Dataverse answers with is an outage: nothing is parked.
    """
    people = [
        await local.crm.create("contact", lastname=name, emailaddress1=f"{name}9@voorbeeld.nl")
        for name in ("Cas", "Dee")
    ]
    await local.spotler.until_all(people)
    await local.stack.settle()
    faults: list[dict[str, object]] = [
        {"path": CONTACTS, "method": "GET", "status": status, "body": "<h1>No</h1>", "times": 1}
        for status in (400, 403, 404, 412, 413)
    ]

    await local.faults("dataverse", *faults)
    await local.crm.update_all("contact", {one: {"firstname": "Nu"} for one in people})
    await local.spotler.until_all(people, firstName="Nu")
    await local.stack.settle()

    _, answer = await (await Administrator.of(local.stack)).call("GET", "/parked")
    assert answer["parked"] == []
    assert await health(local) == "ok"
