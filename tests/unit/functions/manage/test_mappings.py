"""The routes of mappings: what they answer, and to whom."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.crm_column import ColumnType
from connector.domain.errors import TransientError
from connector.domain.mapping import Mapping, Origin, Target
from connector.domain.parking import CONFIGURATION, park_event
from connector.domain.property import PropertyKind, PropertyType
from connector.domain.step_filter import FilterOutcome
from connector.functions.manage import mappings
from tests.builders import a_catalogue, a_change, a_contact_key, a_person, a_property
from tests.mappings import a_column
from tests.unit.functions.manage.calls import a_call, told
from tests.unit.functions.world import World

FIELD = {
    "target": "name:profileField3",
    "contact_column": "jobtitle",
    "lead_column": None,
    "converter": "text",
    "lead_converter": None,
}
ASKED = ("target", "contact_column", "lead_column", "converter", "lead_converter")
CANARY = "canary-Zilverspoor"

type Json = dict[str, Any]


@pytest.fixture
def world(world: World) -> World:
    """Let the account show a profile field that is not mapped."""
    field = a_property("profileField3", "Functie", kind=PropertyKind.PROFILE)
    world.marketing.catalogue = (*a_catalogue(), field)

    return world


def said(answer: func.HttpResponse) -> Json:
    return dict(json.loads(answer.get_body()))


async def shown() -> tuple[Json, str]:
    """Return the mappings and their ETag."""
    answer = await mappings.show(a_call())
    assert answer.status_code == 200

    return said(answer), answer.headers["ETag"]


def to_wishes(view: Json) -> list[Json]:
    return [{name: one[name] for name in ASKED} for one in view["mappings"]]


async def save(wanted: list[Json], etag: str | None) -> func.HttpResponse:
    call = a_call("PUT", body={"mappings": wanted}, headers={"If-Match": etag})
    answer: func.HttpResponse = await mappings.save(call)

    return answer


@pytest.mark.feature("F44", "F45", "F55", "F58")
async def test_mappings_are_shown(world: World) -> None:
    """
    Each mapping tells its property, its columns, whether it is locked and whether rarely used.
    """
    view, etag = await shown()

    by_target = {one["target"]: one for one in view["mappings"]}
    assert etag == '"0"'
    assert by_target["profile:Owner"] == {
        "target": "profile:Owner",
        "property": "profileField1",
        "label": "Owner",
        "kind": "profile",
        "type": "string",
        "fit": {"columns": ["lookup", "owner"], "converters": ["lookup_name", "owner_name"]},
        "contact_column": "ownerid",
        "lead_column": "ownerid",
        "converter": "owner_name",
        "lead_converter": None,
        "origin": "default",
        "required": True,
        "rarely_used": False,
    }
    street = by_target["name:street"]
    assert (street["property"], street["label"], street["rarely_used"]) == (None, "street", True)
    assert "name:street" in view["missing"]
    [addable] = view["addable"]
    fit = addable.pop("fit")
    assert addable == {
        "target": "name:profileField3",
        "property": "profileField3",
        "label": "Functie",
        "type": "string",
    }
    assert {*fit["columns"]} == {*ColumnType} - {ColumnType.OTHER}
    assert {*fit["converters"]} == {*Converter}
    assert view["gone"] == []
    assert (view["deleted"], view["filters"]) == ([], {"outcome": "current"})
    assert world.editing.filters.followed == []


async def test_gone_columns_are_shown(world: World) -> None:
    """
    A mapped column that Dynamics lost is told beside the mappings.
    """
    city = Mapping(Target.named("city"), "new_city", None, Converter.TEXT)
    world.mappings.write(city)

    view, _ = await shown()

    assert view["gone"] == [
        {"target": "name:city", "table": "contact", "column": "new_city", "why": "gone"}
    ]


async def test_national_numbers_are_warned_of(world: World) -> None:
    """
    A column that holds a national number by its name is taken, with a warning that stays.
    """
    columns = world.editing.columns.tables
    columns[Table.CONTACT] = (*columns[Table.CONTACT], a_column("governmentid"))
    view, etag = await shown()
    assert view["warnings"] == []

    answer = await save([*to_wishes(view), FIELD | {"contact_column": "governmentid"}], etag)

    warning = {
        "code": "national_number",
        "target": "name:profileField3",
        "table": "contact",
        "column": "governmentid",
    }
    assert (answer.status_code, said(answer)["warnings"]) == (200, [warning])
    assert (await shown())[0]["warnings"] == [warning]


@pytest.mark.feature("F46", "F54", "F56")
async def test_saving_answers_what_changed(world: World) -> None:
    """
    A save tells what changed, which sync fills it, what became of the filters, and the new ETag.
    """
    view, etag = await shown()
    wanted = [one for one in to_wishes(view) if one["target"] != "name:city"]
    world.editing.filters.outcome = FilterOutcome.NOT_ALLOWED

    answer = await save([*wanted, FIELD], etag)

    saved = said(answer)
    assert answer.status_code == 200
    assert saved["changed"] == ["name:city", "name:profileField3"]
    assert saved["fills"] == ["contacts_to_spotler"]
    assert saved["filters"] == {"outcome": "not_allowed", "detail": None}
    assert saved["mappings"]["deleted"] == [{"target": "name:city", "label": "city"}]
    assert (saved["mappings"], answer.headers["ETag"]) == await shown()


@pytest.mark.feature("F59")
async def test_restoring_brings_defaults_back(world: World) -> None:
    """
    Restoring answers as a save does.
    """
    city = Target.named("city")
    world.mappings.write(Mapping(city, None, None, Converter.TEXT, deleted=True))

    answer = await mappings.restore(a_call("POST", body={}))

    assert said(answer)["changed"] == ["name:city"]
    assert said(answer)["mappings"]["deleted"] == []


async def test_all_faults_are_answered(world: World) -> None:
    """
    What cannot work is a problem with each fault, and nothing is stored.
    """
    view, etag = await shown()
    wanted = [one for one in to_wishes(view) if one["target"] != "profile:Owner"]

    answer = await save([*wanted, FIELD | {"contact_column": CANARY}], etag)

    assert told(answer) == (422, "invalid_mappings")
    errors = said(answer)["errors"]
    assert [(one["target"], one["field"], one["code"]) for one in errors] == [
        ("profile:Owner", "target", "required"),
        ("name:profileField3", "contact_column", "unknown_column"),
    ]
    assert CANARY not in answer.get_body().decode()
    assert said(answer)["correlation_id"]
    assert [*world.mappings.changes] == []


@pytest.mark.parametrize(
    ("etag", "status", "code"),
    [
        pytest.param('"7"', 412, "mappings_changed", id="another version"),
        pytest.param("*", 412, "mappings_changed", id="any version"),
        pytest.param(None, 428, "if_match_needed", id="no version"),
        pytest.param('W/"0"', 200, None, id="weak"),
    ],
)
async def test_version_must_be_seen(
    world: World, etag: str | None, status: int, code: str | None
) -> None:
    """
    Nobody changes what they have not seen.
    """
    view, _ = await shown()

    assert told(await save(to_wishes(view), etag)) == (status, code)
    assert world.editing.sets is world.mappings


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"mappings": [FIELD | {"converter": CANARY}]}, id="unknown converter"),
        pytest.param({"mappings": [FIELD | {CANARY: 1}]}, id="a member too many"),
        pytest.param({"mappings": [FIELD] * 501}, id="too many"),
        pytest.param({"mappings": [FIELD | {"target": "x" * 2001}]}, id="too long"),
        pytest.param({}, id="nothing"),
        pytest.param(b"{", id="broken"),
    ],
)
async def test_unclear_save_is_refused(world: World, body: object) -> None:
    """
    What is no set of mappings is refused, and no value comes back.
    """
    answer = await mappings.save(a_call("PUT", body=body, headers={"If-Match": '"0"'}))

    assert told(answer) == (400, "invalid_body")
    assert CANARY not in answer.get_body().decode()
    assert [*world.mappings.changes] == []


@pytest.mark.parametrize("route", [mappings.restore, mappings.refresh])
async def test_nothing_more_may_be_asked(route: Any, world: World) -> None:  # noqa: ANN401 - a route
    """
    Restoring and refreshing take nothing.
    """
    assert told(await route(a_call("POST", body={"all": True}))) == (400, "invalid_body")
    assert world.editing.columns.refreshed == 0


@pytest.mark.feature("F51", "F52")
async def test_refreshing_shows_new_fields(world: World) -> None:
    """
    A field that was made visible meanwhile can be added.
    """
    fields = world.marketing.catalogue
    more = a_property("profileField4", "Omzet", PropertyType.MONEY, PropertyKind.PROFILE)
    world.marketing.catalogue = (*fields, more)

    answer = await mappings.refresh(a_call("POST", body={}))

    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"0"'
    assert [one["label"] for one in said(answer)["addable"]] == ["Functie", "Omzet"]


def ask_columns(**query: str) -> func.HttpRequest:
    call = a_call()

    return func.HttpRequest("GET", call.url, headers=dict(call.headers), params=query, body=b"")


@pytest.mark.feature("F53")
async def test_columns_are_listed(world: World) -> None:
    """
    A column comes with its label in the page's language, its type and its converters.
    """
    column = a_column("birthdate", ColumnType.DATE, "Birthday")
    world.editing.columns.tables[Table.LEAD] = [column]

    english = said(await mappings.list_columns(ask_columns(table="lead")))
    dutch = said(await mappings.list_columns(ask_columns(table="lead", lcid="1043")))

    assert english["columns"] == [
        {"name": "birthdate", "label": "Birthday", "type": "date", "converters": ["date"]}
    ]
    assert dutch["columns"][0]["label"] == "Kolom"


@pytest.mark.parametrize(
    "query",
    [{}, {"table": "account"}, {"table": "contact", "lcid": "nl"}, {"table": "contact')/x"}],
)
async def test_other_tables_are_refused(world: World, query: dict[str, str]) -> None:
    """
    Only contacts and leads have columns to map.
    """
    assert told(await mappings.list_columns(ask_columns(**query))) == (400, "invalid_query")
    assert world.editing.columns.refreshed == 0


async def test_examples_stay_in_the_answer(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """
    What a real person's values become is answered, not to be stored, and in no log.
    """
    person = a_person(a_contact_key(), jobtitle=CANARY)
    world.editing.newest.people[Table.CONTACT] = person
    field = Target.named("profileField3")
    world.mappings.write(Mapping(field, "jobtitle", "jobtitle", Converter.TEXT, Origin.USER))

    with caplog.at_level(logging.DEBUG):
        answer = await mappings.examples(a_call())

    examples = {one["target"]: one for one in said(answer)["examples"]}
    assert examples[field.key] == {"target": field.key, "contact": CANARY, "lead": None}
    assert (said(answer)["contact_id"], said(answer)["lead_id"]) == (person.key.id, None)
    assert answer.headers["Cache-Control"] == "no-store"
    assert CANARY not in caplog.text


@pytest.mark.parametrize("broken", [False, True], ids=["at once", "queue away"])
@pytest.mark.parametrize("what", ["refresh", "save", "restore"])
async def test_what_waits_goes_on(world: World, what: str, *, broken: bool) -> None:
    """
    What waits for an operator is tried as soon as one acts; with the queue away the act stands.
    """
    await world.parking.park(park_event(a_change(), CONFIGURATION, datetime.now(UTC)))
    if broken:
        world.queue.errors.append(TransientError("service bus must take the event"))

    match what:
        case "refresh":
            answer = await mappings.refresh(a_call("POST", body={}))
        case "save":
            view, etag = await shown()
            answer = await save(to_wishes(view), etag)
        case _:
            answer = await mappings.restore(a_call("POST", body={}))

    assert answer.status_code == 200
    assert len(world.queue.events) == (0 if broken else 1)
    assert len(world.parking.parked) == 1
