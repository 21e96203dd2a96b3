"""Mappings through the front door: a field is activated, mapped, saved, synced, and is there."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from devstack.stack import StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

ASKED = ("target", "contact_column", "lead_column", "converter", "lead_converter")
FIELD = "name:profileField7"
STEPS = "/api/data/v9.2/sdkmessageprocessingsteps"
FILTERED = {"contact": ["emailaddress1", "lastname"], "lead": ["emailaddress1", "statecode"]}


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.1"})


class Mapper:
    """Is an administrator at work on the mappings."""

    def __init__(self, local: Local, admin: Administrator) -> None:
        self.local = local
        self.admin = admin

    async def show(self) -> tuple[Json, str]:
        """Return the mappings and by what name they are known."""
        answer, headers = await self.admin.get("/mappings")

        return answer, headers["ETag"]

    async def save(
        self, change: Callable[[list[Json]], list[Json]], etag: str | None = None
    ) -> tuple[int, Json]:
        view, known = await self.show()
        wanted = [{name: one[name] for name in ASKED} for one in view["mappings"]]
        body = {"mappings": change(wanted)}

        return await self.admin.call("PUT", "/mappings", body, {"If-Match": etag or known})

    async def activate(self, name: str, label: str, **members: object) -> None:
        """Make a profile field visible and give it a name, as in Spotler's database fields."""
        url = f"{self.local.stack.facts('spotler')['url']}/_devstack/properties/{name}"
        await self.local.stack.control(
            "PUT", url, {"visible": True, "description": label, **members}
        )


def add(target: str, contact: str | None, lead: str | None = None, **more: object) -> Any:  # noqa: ANN401 - a change
    one = {"target": target, "contact_column": contact, "lead_column": lead, "converter": "text"}

    return lambda wanted: [*wanted, one | more]


def drop(*targets: str) -> Any:  # noqa: ANN401 - a change
    return lambda wanted: [one for one in wanted if one["target"] not in targets]


@pytest_asyncio.fixture(loop_scope="module")
async def mapper(local: Local) -> Mapper:
    """Return an administrator before the defaults, as after the first activation."""
    mapper = Mapper(local, await Administrator.of(local.stack))
    view, _ = await mapper.show()
    await mapper.save(drop(*(one["target"] for one in view["mappings"] if one["origin"] == "user")))
    await mapper.admin.call("POST", "/mappings/restore")

    return mapper


@pytest.mark.feature("F44", "F45", "F55", "F57", "F58")
async def test_defaults_are_there(mapper: Mapper) -> None:
    """
    The default mappings are there from the start, with what is locked and what is rarely used.
    """
    view, _ = await mapper.show()

    locked = {one["target"] for one in view["mappings"] if one["required"]}
    rare = {one["property"] for one in view["mappings"] if one["rarely_used"]}
    assert len(view["mappings"]) == 15
    assert locked == {"name:email", "free:Type", "contact:Birthday", "profile:Owner"}
    assert rare == {"street", "country", "phoneNumber"}
    assert view["missing"] == []


@pytest.mark.feature("F46", "F47", "F49", "F50", "F51", "F52", "F53", "F54")
async def test_field_is_activated_and_mapped(local: Local, mapper: Mapper) -> None:
    """
    A profile field made visible in Spotler is mapped, and a sync fills it for who is there already.
    """
    person = await local.crm.create(
        "contact", lastname="Jansen", emailaddress1="jansen@example.nl", department="Inkoop"
    )
    await local.spotler.until(person, lastName="Jansen")
    before, _ = await mapper.show()

    await mapper.activate("profileField7", "Afdeling")
    _, refreshed = await mapper.admin.call("POST", "/mappings/refresh")
    columns, _ = await mapper.admin.get("/columns?table=contact&lcid=1043")
    status, saved = await mapper.save(add(FIELD, "department"))
    job = await mapper.admin.until(await mapper.admin.start(saved["fills"][0]))

    assert FIELD not in {one["target"] for one in before["addable"]}
    assert {"target": FIELD, "label": "Afdeling"}.items() <= next(
        one for one in refreshed["addable"] if one["target"] == FIELD
    ).items()
    [column] = [one for one in columns["columns"] if one["name"] == "department"]
    assert (column["label"], column["type"]) == ("Afdeling", "text")
    assert (status, saved["changed"]) == (200, [FIELD])
    assert saved["fills"] == ["contacts_to_spotler"]
    assert job["failed"] == 0
    await local.spotler.until(person, profileField7="Inkoop")


@pytest.mark.feature("F46", "F54")
async def test_filter_follows_mapping(local: Local, mapper: Mapper) -> None:
    """
    A column that the webhook did not tell of is told of once it is mapped, and reaches Spotler.
    """
    await rewire(local, filtering=FILTERED)
    await mapper.activate("profileField8", "Functie")
    await mapper.admin.call("POST", "/mappings/refresh")
    person = await local.crm.create("contact", lastname="Smit", emailaddress1="smit@example.nl")
    await local.spotler.until(person, lastName="Smit")
    before, _ = await mapper.show()

    _, saved = await mapper.save(add("name:profileField8", "jobtitle", "jobtitle"))
    await local.crm.update("contact", person, jobtitle="Bakker")

    await local.spotler.until(person, profileField8="Bakker")
    after, _ = await mapper.show()
    assert before["filters"] == {"outcome": "differs"}
    assert saved["filters"] == {"outcome": "updated", "detail": None}
    assert after["filters"] == {"outcome": "current"}
    assert saved["fills"] == ["contacts_to_spotler", "leads_to_spotler"]

    await local.stack.settle()
    told = await deliveries(local)
    await local.crm.update("contact", person, nickname="Niet gekoppeld")
    await local.stack.settle()
    assert await deliveries(local) == told


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        pytest.param({"kind": "status", "status": 503}, "unavailable", id="away"),
        pytest.param({"kind": "status", "status": 403, "method": "PATCH"}, "not_allowed", id="403"),
        pytest.param(None, "not_found", id="no webhook"),
    ],
)
async def test_filter_trouble_fails_no_save(
    local: Local, mapper: Mapper, fault: dict[str, object] | None, outcome: str
) -> None:
    """
    The mapping is saved whatever becomes of the filter, and the page is told.
    """
    await rewire(local, filtering=FILTERED)
    if fault is None:
        await unwire(local)
    else:
        await local.faults("dataverse", {"path": STEPS, **fault})

    status, saved = await mapper.save(add("name:profileField2", "employeeid"))
    await local.faults("dataverse")
    await rewire(local)

    assert (status, saved["filters"]["outcome"]) == (200, outcome)
    assert "name:profileField2" in {one["target"] for one in saved["mappings"]["mappings"]}


@pytest.mark.feature("F46")
async def test_unreachable_crm_fails_no_save(local: Local, mapper: Mapper) -> None:
    """
    While Dataverse does not answer at all, what the page knows already is enough to save.
    """
    for table in ("contact", "lead"):
        await mapper.admin.get(f"/columns?table={table}")
    await local.faults("dataverse", {"path": "/api/data/", "kind": "reset"})

    status, saved = await mapper.save(add("name:profileField2", "employeeid"))
    view, _ = await mapper.show()
    await local.faults("dataverse")

    assert (status, saved["filters"]["outcome"]) == (200, "unavailable")
    assert view["filters"] == {"outcome": "unknown"}


@pytest.mark.feature("F56", "F59")
async def test_deletion_is_kept_and_restored(local: Local, mapper: Mapper) -> None:
    """
    A deleted default stays deleted when something else is saved, and comes back when restored.
    """
    await mapper.save(drop("name:country", "name:street"))
    _, again = await mapper.save(add("name:profileField2", "employeeid"))
    person = await local.crm.create(
        "contact", lastname="Vos", emailaddress1="vos@example.nl", address1_line1="Plein 1"
    )
    without = await local.spotler.until(person, lastName="Vos")

    status, restored = await mapper.admin.call("POST", "/mappings/restore")
    await local.crm.update("contact", person, address1_line1="Plein 2")

    assert again["mappings"]["deleted"] == [
        {"target": "name:street", "label": "Straat"},
        {"target": "name:country", "label": "Land"},
    ]
    assert "street" not in without["properties"]
    assert (status, restored["mappings"]["deleted"]) == (200, [])
    assert "name:profileField2" in {one["target"] for one in restored["mappings"]["mappings"]}
    await local.spotler.until(person, street="Plein 2")


async def test_gone_column_is_told(local: Local, mapper: Mapper) -> None:
    """
    A mapped column that is not in Dynamics is told beside the mappings, and goes by a new choice.
    """
    await mapper.save(add("name:profileField2", "employeeid"))
    await lose_column(local, "name:profileField2")

    view, _ = await mapper.show()
    status, _ = await mapper.save(drop("name:profileField2"))
    after, _ = await mapper.show()

    assert view["gone"] == [
        {"target": "name:profileField2", "table": "contact", "column": "new_gone", "why": "gone"}
    ]
    assert (status, after["gone"]) == (200, [])


@pytest.mark.feature("F58")
async def test_locked_mappings_stay(mapper: Mapper) -> None:
    """
    E-mail, Type, Birthday and Owner stay and stay what they are: all faults are told at once.
    """

    def break_four(wanted: list[Json]) -> list[Json]:
        emptied = {"contact_column": None, "lead_column": None}
        shared = {"contact_column": "all@example.nl", "lead_column": "all@example.nl"}
        spoiled = {
            "contact:Birthday": emptied,
            "name:email": shared | {"converter": "constant"},
            "free:Type": {"lead_column": None},
        }

        return [one | spoiled.get(one["target"], {}) for one in drop("profile:Owner")(wanted)]

    status, refusal = await mapper.save(break_four)

    assert (status, refusal["code"]) == (422, "invalid_mappings")
    assert {(one["target"], one["field"], one["code"]) for one in refusal["errors"]} == {
        ("name:email", "converter", "wrong_type"),
        ("free:Type", "lead_column", "required"),
        ("profile:Owner", "target", "required"),
        ("contact:Birthday", "contact_column", "required"),
    }


@pytest.mark.feature("F48", "F53")
@pytest.mark.parametrize(
    ("target", "column", "code"),
    [
        ("name:freeField2", "department", "not_visible"),
        ("name:taal", "department", "not_profile"),
        ("name:profileField2", "departement", "unknown_column"),
        ("name:profileField2", "emailaddress1,governmentid", "unknown_column"),
        ("name:profileField2", "$expand=ownerid", "unknown_column"),
        ("name:profileField4", "department,", "unknown_column"),
        ("name:profileField4", "gendercode", "wrong_type"),
        ("name:profileField1", "department", "double"),
        ("lucky", "department", "unknown_target"),
    ],
)
async def test_bad_mappings_are_refused(
    mapper: Mapper, target: str, column: str, code: str
) -> None:
    """
    Only visible profile fields may be added, and only columns that are there.
    """
    _, etag = await mapper.show()

    status, refusal = await mapper.save(add(target, column))

    assert status == 422
    assert code in {one["code"] for one in refusal["errors"]}
    assert (await mapper.show())[1] == etag


async def test_two_administrators_are_kept_apart(mapper: Mapper) -> None:
    """
    Of two who change the same mappings the second is told, and loses nothing but that save.
    """
    _, seen = await mapper.show()
    changes = [drop("name:city"), drop("name:infix")]

    answers = await asyncio.gather(*(mapper.save(change, seen) for change in changes))

    assert sorted(status for status, _ in answers) == [200, 412]
    [refusal] = [answer for status, answer in answers if status == 412]
    assert refusal["code"] == "mappings_changed"
    view, etag = await mapper.show()
    assert len(view["deleted"]) == 1
    assert (await mapper.save(changes[0], etag))[0] == 200


@pytest.mark.feature("F45", "F60")
async def test_reader_looks_only(local: Local, mapper: Mapper) -> None:
    """
    A reader sees mappings and columns, no person's examples, and changes nothing.
    """
    reader = await Administrator.of(local.stack, "reader")

    for path in ("/mappings", "/columns?table=lead"):
        assert (await reader.call("GET", path))[0] == 200
    assert (await reader.call("GET", "/mappings/examples"))[0] == 403
    view, etag = await mapper.show()
    for method, path in (
        ("PUT", "/mappings"),
        ("POST", "/mappings/restore"),
        ("POST", "/mappings/refresh"),
    ):
        status, _ = await reader.call(method, path, {"mappings": []}, {"If-Match": etag})
        assert status == 403
    assert await mapper.show() == (view, etag)


@pytest.mark.feature("F45")
async def test_examples_are_of_real_people(local: Local, mapper: Mapper) -> None:
    """
    Each mapping shows what it makes of the newest contact and lead; it is for the answer alone.
    """
    contact = await local.crm.create(
        "contact",
        lastname="Voorbeeld",
        emailaddress1="voorbeeld@example.nl",
        mobilephone="+31 6 18596225",
    )
    lead = await local.crm.create("lead", lastname="Kans", emailaddress1="kans@example.nl")

    answer, headers = await mapper.admin.get("/mappings/examples")

    examples = {one["target"]: one for one in answer["examples"]}
    assert (answer["contact_id"], answer["lead_id"]) == (contact, lead)
    assert examples["type:mobile"]["contact"] == "06-18596225"
    assert examples["name:lastName"]["lead"] == "Kans"
    assert examples["free:Type"] == {"target": "free:Type", "contact": "Contact", "lead": "Lead"}
    assert headers["Cache-Control"] == "no-store"


async def lose_column(local: Local, target: str) -> None:
    """Let a mapping name a column that Dynamics does not have, as after it was deleted there."""
    service = TableServiceClient.from_connection_string(local.stack.settings["TablesConnection"])
    async with service, service.get_table_client("mappings") as table:
        rows = [
            row async for row in table.query_entities("target ne ''") if row["target"] == target
        ]
        for row in rows:
            await table.update_entity(row | {"contact_column": "new_gone"})


async def deliveries(local: Local) -> int:
    events = await local.stack.control(
        "GET", f"{local.stack.facts('dataverse')['url']}/_devstack/events"
    )

    return int(events["accepted"])


async def unwire(local: Local) -> None:
    """Take every webhook away; its steps go with it."""
    user = f"{local.stack.facts('dataverse')['url']}/_devstack/user"
    found = await local.stack.control("GET", f"{user}/serviceendpoints?$select=url")
    for one in found["value"]:
        await local.stack.control("DELETE", f"{user}/serviceendpoints({one['serviceendpointid']})")


async def rewire(local: Local, **webhook: object) -> None:
    """Register our webhook anew."""
    await unwire(local)
    await local.stack.register_webhook(**webhook)


async def test_national_number_is_warned_of(mapper: Mapper) -> None:
    """
    A column with a national number can be mapped, and the answer warns of it.
    """
    status, saved = await mapper.save(add("name:profileField2", "governmentid"))

    assert status == 200, saved
    assert [(one["code"], one["column"]) for one in saved["warnings"]] == [
        ("national_number", "governmentid")
    ]
