"""The gateway asks for exactly what is needed, and answers in our own words."""

import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from connector.adapters.dataverse.gateway import DataverseGateway
from connector.domain.contact import Column, Record, RecordId, RecordKey, Table
from connector.domain.errors import ConfigurationError, InvalidEventError, TransientError
from tests.unit.adapters.dataverse.crm_rows import COLUMNS, LEAD, SANNE, a_lead, a_row, selected
from tests.unit.adapters.dataverse.scripted import API, ScriptedDataverse, a_page

PIETER = RecordId("48a1d6f0-1a1f-f111-8341-6045bd9c4e03")
OLDER = RecordId("11111111-0f1c-f111-8341-6045bd9c4e03")
JEROEN = "c8d64f10-5a0b-ef11-9f89-6045bd9a1c22"
CONTACTS_PAGE = Path("tests/payloads/dataverse/contacts_page.json").read_bytes()


async def test_rows_become_records() -> None:
    """
    A row is told by logical names: plain values, a lookup's id, and labels for what has one.
    """
    crm = ScriptedDataverse(httpx.Response(200, content=CONTACTS_PAGE))

    records = await DataverseGateway(crm.client()).list_records(
        Table.CONTACT, [SANNE, PIETER], COLUMNS
    )

    assert records[SANNE] == Record(
        key=RecordKey(Table.CONTACT, SANNE),
        version=4216301,
        columns={
            "firstname": "Sanne",
            "gendercode": 2,
            "birthdate": "1979-05-23",
            "ownerid": JEROEN,
            "donotemail": False,
        },
        labels={
            "gendercode": "Vrouw",
            "birthdate": "23-5-1979",
            "ownerid": "Jeroen Bakker",
            "donotemail": "Toestaan",
        },
        modified_on=datetime(2026, 3, 12, 13, 2, 5, tzinfo=UTC),
    )
    assert records[PIETER].value("gendercode") is None
    assert records[PIETER].label("gendercode") is None
    assert records[PIETER].value("donotemail") is True


async def test_query_is_minimal() -> None:
    """
    Nothing is read but the key, the version, the time and what was asked for.
    """
    crm = ScriptedDataverse(a_page())

    await DataverseGateway(crm.client()).list_records(
        Table.CONTACT, [SANNE, PIETER, SANNE], [*COLUMNS, Column("modifiedon")]
    )

    [request] = crm.requests
    assert request.url.path == "/api/data/v9.2/contacts"
    assert dict(request.url.params) == {
        "$select": "contactid,versionnumber,modifiedon,"
        "firstname,gendercode,birthdate,_ownerid_value,donotemail",
        "$filter": f"contactid eq {SANNE} or contactid eq {PIETER}",
    }
    wish = 'odata.include-annotations="OData.Community.Display.V1.FormattedValue"'
    assert request.headers["Prefer"] == wish


async def test_leads_are_read_alike() -> None:
    """
    A lead is read from its own table by its own key.
    """
    crm = ScriptedDataverse(a_page({"leadid": LEAD, "versionnumber": 3}))

    records = await DataverseGateway(crm.client()).list_records(Table.LEAD, [LEAD], [])

    assert records == {LEAD: Record(RecordKey(Table.LEAD, LEAD), 3, {})}
    assert selected(crm.requests[0])[0] == "leadid"
    assert crm.requests[0].url.path == "/api/data/v9.2/leads"


async def test_no_ids_no_query() -> None:
    """
    Who asks for nobody costs nothing.
    """
    crm = ScriptedDataverse(a_page())
    gateway = DataverseGateway(crm.client())

    assert await gateway.list_records(Table.CONTACT, [], COLUMNS) == {}
    assert await gateway.find_originating_leads([]) == {}
    assert crm.requests == []


async def test_hundred_ids_in_one_query() -> None:
    """
    A hundred ids are one query that fits in an address; more are more queries.
    """
    ids = [RecordId(str(uuid.UUID(int=number))) for number in range(201)]
    crm = ScriptedDataverse(a_page())

    await DataverseGateway(crm.client()).list_records(Table.CONTACT, ids, COLUMNS)

    asked = [re.findall(r"eq ([0-9a-f-]{36})", r.url.params["$filter"]) for r in crm.requests]
    assert [len(some) for some in asked] == [100, 100, 1]
    assert [id_ for some in asked for id_ in some] == ids
    assert max(len(str(request.url)) for request in crm.requests) < 8_000


async def test_rows_come_in_pages() -> None:
    """
    Rows that Dataverse holds back for a next page are read too.
    """
    link = f"{API}/contacts?$skiptoken=2"
    crm = ScriptedDataverse(a_page(a_row(SANNE), next_link=link), a_page(a_row(PIETER)))

    records = await DataverseGateway(crm.client()).list_records(Table.CONTACT, [SANNE, PIETER], [])

    assert set(records) == {SANNE, PIETER}


@pytest.mark.parametrize("id_", ["", "1 or 1 eq 1", f"{SANNE}' or true"])
async def test_id_cannot_inject(id_: str) -> None:
    """
    What is not an id never gets into a filter.
    """
    crm = ScriptedDataverse(a_page())
    gateway = DataverseGateway(crm.client())

    with pytest.raises(InvalidEventError, match="must be a GUID"):
        await gateway.list_records(Table.CONTACT, [RecordId(id_)], [])
    with pytest.raises(InvalidEventError, match="must be a GUID"):
        await gateway.find_originating_leads([RecordId(id_)])

    assert crm.requests == []


@pytest.mark.parametrize("name", ["a,b", "a&$top=1", "A", "", "a/b", "1a", "a" * 129, "é"])
async def test_column_cannot_inject(name: str) -> None:
    """
    A column that is not named like one is for an operator, and never reaches Dataverse.
    """
    crm = ScriptedDataverse(a_page())

    with pytest.raises(ConfigurationError, match="must be named"):
        await DataverseGateway(crm.client()).list_records(Table.CONTACT, [SANNE], [Column(name)])

    assert crm.requests == []


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"contactid": SANNE.upper(), "versionnumber": "7"}, id="text"),
        pytest.param({"contactid": SANNE, "@odata.etag": 'W/"7"'}, id="etag-only"),
    ],
)
async def test_version_is_found(row: dict[str, object]) -> None:
    """
    A row's version is also its etag, and its id is written as we write ids.
    """
    crm = ScriptedDataverse(a_page(row))

    records = await DataverseGateway(crm.client()).list_records(Table.CONTACT, [SANNE], [])

    assert records == {SANNE: Record(RecordKey(Table.CONTACT, SANNE), 7, {})}


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"versionnumber": 7}, id="no-id"),
        pytest.param(a_row("canary"), id="strange-id"),
        pytest.param({"contactid": SANNE}, id="no-version"),
        pytest.param(a_row(versionnumber="canary"), id="strange-version"),
        pytest.param(a_row(versionnumber=1.5), id="broken-version"),
        pytest.param(a_row(versionnumber=2**63), id="version-too-high"),
        pytest.param(a_row(modifiedon="canary"), id="strange-time"),
        pytest.param(a_row(modifiedon="0001-01-01T00:00:00+14:00"), id="time-before-time"),
    ],
)
async def test_unusable_row_comes_back(row: dict[str, object]) -> None:
    """
    A row without what every row has is no answer, and is not repeated in the error.
    """
    crm = ScriptedDataverse(a_page(row))

    with pytest.raises(TransientError) as caught:
        await DataverseGateway(crm.client()).list_records(Table.CONTACT, [SANNE], [])

    assert "canary" not in str(caught.value)


async def test_highest_version_is_one() -> None:
    """
    A version may be as high as Dataverse and our tables can count.
    """
    crm = ScriptedDataverse(a_page(a_row(versionnumber=2**63 - 1)))

    records = await DataverseGateway(crm.client()).list_records(Table.CONTACT, [SANNE], [])

    assert records[SANNE].version == 2**63 - 1


async def test_row_of_nobody_is_left() -> None:
    """
    A row that was not asked for is not taken, in whichever table.
    """
    rows = ScriptedDataverse(a_page(a_row(PIETER), a_row(SANNE)))
    leads = ScriptedDataverse(a_page(a_lead(LEAD, PIETER), a_lead(OLDER, SANNE)))

    records = await DataverseGateway(rows.client()).list_records(Table.CONTACT, [SANNE], [])
    qualified = await DataverseGateway(leads.client()).find_originating_leads([SANNE])

    assert records.keys() == {SANNE}
    assert qualified == {SANNE: OLDER}


async def test_oldest_lead_wins() -> None:
    """
    Of the qualified leads of a contact, the oldest is the one that became it.
    """
    crm = ScriptedDataverse(
        a_page(a_lead(OLDER, SANNE), next_link=f"{API}/leads?$skiptoken=2"),
        a_page(a_lead(LEAD, SANNE.upper())),
    )

    leads = await DataverseGateway(crm.client()).find_originating_leads([SANNE, PIETER])

    assert leads == {SANNE: OLDER}
    assert crm.requests[0].url.path == "/api/data/v9.2/leads"
    assert "Prefer" not in crm.requests[0].headers
    assert dict(crm.requests[0].url.params) == {
        "$select": "leadid,_parentcontactid_value",
        "$filter": f"statecode eq 1 and (_parentcontactid_value eq {SANNE}"
        f" or _parentcontactid_value eq {PIETER})",
        "$orderby": "createdon asc,leadid asc",
    }


@pytest.mark.parametrize(
    ("ask", "table"),
    [
        pytest.param(
            lambda crm: crm.list_records(Table.LEAD, [SANNE], COLUMNS), Table.LEAD, id="rows"
        ),
        pytest.param(lambda crm: crm.find_originating_leads([SANNE]), Table.LEAD, id="leads"),
        pytest.param(lambda crm: crm.find_heirs([SANNE]), Table.CONTACT, id="heirs"),
        pytest.param(
            lambda crm: crm.list_by_address(Table.LEAD, "emailaddress1", ["jan@example.nl"]),
            Table.LEAD,
            id="address",
        ),
        pytest.param(lambda crm: crm.find_deleted(Table.LEAD, [SANNE]), Table.LEAD, id="deleted"),
        pytest.param(
            lambda crm: crm.look_at_columns(Table.CONTACT, ["emailaddress1"]),
            Table.CONTACT,
            id="columns",
        ),
    ],
)
async def test_failure_names_its_table(
    ask: Callable[[DataverseGateway], Awaitable[object]], table: Table
) -> None:
    """
    Whatever is asked of one table, what goes wrong says of which.
    """
    crm = ScriptedDataverse(httpx.Response(503))

    with pytest.raises(TransientError) as caught:
        await ask(DataverseGateway(crm.client()))

    assert caught.value.table is table
