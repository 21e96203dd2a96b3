"""The gateway before the simulated Dataverse, over real sockets: what only the vendor does."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.adapters.dataverse.columns import DataverseColumns
from connector.adapters.dataverse.gateway import DataverseGateway
from connector.adapters.dataverse.refusals import (
    PreconditionFailedError,
    RefusedError,
    RowNotFoundError,
)
from connector.domain.contact import Column, RecordId, RecordKey, Table
from connector.domain.converters.unusable import Note
from connector.domain.errors import ConfigurationError, RateLimitedError, TransientError
from devstack.dataverse import DataverseOptions
from devstack.faults import Fault
from tests.builders import a_contact_key, a_lead_key, an_id
from tests.contract.crm_worlds import SimulatedWorld, simulated

CAME_FROM = Column("originatingleadid", is_lookup=True)
SANNE = a_contact_key(1)
PERSON: dict[str, str | int] = {
    "firstname": "Sanne",
    "lastname": "de Vries",
    "birthdate": "1979-05-23",
    "gendercode": 2,
    "emailaddress1": "sanne@example.nl",
}


async def test_values_and_labels() -> None:
    """
    Dates come as days, choices as numbers with a label, lookups as ids with a name.
    """
    columns = [Column(name) for name in PERSON] + [Column("ownerid", is_lookup=True)]
    async with simulated() as world:
        await world.put(SANNE, **PERSON)

        [record] = (await world.gateway.list_records(Table.CONTACT, [SANNE.id], columns)).values()

    assert {name: record.value(name) for name in PERSON} == PERSON
    assert record.label("gendercode") == "Vrouw"
    assert record.label("ownerid") == "Jeroen Bakker"
    assert record.label("firstname") is None
    assert record.modified_on is not None
    assert abs(record.modified_on - datetime.now(UTC)) < timedelta(minutes=1)


async def test_rows_come_in_pages() -> None:
    """
    Rows are read to the end, however few Dataverse puts on a page.
    """
    ids = [an_id(number) for number in range(1, 8)]
    async with simulated(DataverseOptions(page_cap=3)) as world:
        for number in range(1, 8):
            await world.put(a_contact_key(number), **PERSON)

        records = await world.gateway.list_records(Table.CONTACT, ids, [Column("firstname")])
        pages = [p async for p in world.client.iter_pages("contacts", {"$select": "contactid"})]

    assert set(records) == set(ids)
    assert [len(page.rows) for page in pages] == [3, 3, 1]


@pytest.mark.parametrize("table", Table)
async def test_gone_column_is_unknown(table: Table) -> None:
    """
    A mapped column that the environment lacks costs its own values: nothing is known of them.
    """
    key = RecordKey(table, an_id(1))
    columns = [Column("firstname"), Column("spot_nothing")]
    async with simulated() as world:
        await world.put(key, firstname="Sanne", lastname="de Vries", emailaddress1="s@example.nl")

        [listed] = (await world.gateway.list_records(table, [key.id], columns)).values()
        [paged] = (await world.gateway.read_page(table, columns, size=10)).records
        [found] = await world.gateway.list_by_address(
            table, "emailaddress1", ["s@example.nl"], columns
        )

    for row in (listed, paged, found):
        assert row.value("firstname") == "Sanne"
        assert row.unknown == {"spot_nothing": Note.GONE}


async def test_deleted_column_is_unknown() -> None:
    """
    A column that is deleted while we read is left out from then on, though rows still held it.
    """
    columns = [Column("firstname"), Column("jobtitle")]
    async with simulated() as world:
        await world.put(SANNE, **PERSON, jobtitle="Inkoper")
        [before] = (await world.gateway.list_records(Table.CONTACT, [SANNE.id], columns)).values()
        await world.delete_column(Table.CONTACT, "jobtitle")
        [after] = (await world.gateway.list_records(Table.CONTACT, [SANNE.id], columns)).values()

    assert (before.value("jobtitle"), before.unknown) == ("Inkoper", {})
    assert (after.value("jobtitle"), after.unknown) == (None, {"jobtitle": Note.GONE})


@pytest.mark.parametrize(
    ("behaviour", "shown"),
    [
        pytest.param("TimeZoneIndependent", "2026-05-01T23:30:00", id="the digits count"),
        pytest.param("UserLocal", "2026-05-01T23:30:00Z", id="a moment"),
        pytest.param("DateOnly", "2026-05-01", id="a day"),
    ],
)
async def test_zone_counts_where_there_is_one(behaviour: str, shown: str) -> None:
    """
    A moment whose column has no zone is told without one; a day and a real moment stay.
    """
    column = Column("lastusedincampaign", is_date=True)
    async with simulated() as world:
        await world.set_column(Table.CONTACT, column.name, behaviour=behaviour)
        given = "2026-05-01" if behaviour == "DateOnly" else "2026-05-01T23:30:00Z"
        await world.put(SANNE, **PERSON, **{column.name: given})

        [listed] = (await world.gateway.list_records(Table.CONTACT, [SANNE.id], [column])).values()
        [paged] = (await world.gateway.read_page(Table.CONTACT, [column], size=10)).records

    assert [row.value(column.name) for row in (listed, paged)] == [shown, shown]


async def test_gone_address_finds_nobody() -> None:
    """
    Where the column of addresses is gone, nobody is found by one.
    """
    async with simulated() as world:
        await world.put(SANNE, **PERSON)
        await world.delete_column(Table.CONTACT, "emailaddress1")

        found = await world.gateway.list_by_address(
            Table.CONTACT, "emailaddress1", ["sanne@example.nl"]
        )

    assert found == []


@pytest.mark.parametrize(
    ("differs", "unsecured"),
    [
        pytest.param({}, {"jobtitle"}, id="usual"),
        pytest.param({"secured": True, "readable": True}, set(), id="secured"),
        pytest.param({"mask": "stars"}, set(), id="masked"),
    ],
)
async def test_text_that_looks_masked(differs: dict[str, object], unsecured: set[str]) -> None:
    """
    A text that looks masked is one for certain only where nobody secured its column.
    """
    async with simulated() as world:
        await world.put(SANNE, **PERSON, jobtitle="C##")
        await world.set_column(Table.CONTACT, "jobtitle", **differs)

        listed = await world.gateway.list_records(Table.CONTACT, [SANNE.id], [Column("jobtitle")])

    assert {*listed[SANNE.id].unsecured} == unsecured


async def test_masked_address_is_found_and_unknown() -> None:
    """
    Who has an address that a masking rule hides is found by it, and nobody takes them for absent.
    """
    async with simulated() as world:
        await world.put(SANNE, **PERSON)
        await world.set_column(Table.CONTACT, "emailaddress1", mask="stars")

        [found] = await world.gateway.list_by_address(
            Table.CONTACT, "emailaddress1", ["sanne@example.nl"]
        )

    assert (found.key, found.unknown) == (SANNE, {"emailaddress1": Note.MASKED})


@pytest.mark.parametrize(
    ("differs", "unreadable"),
    [
        pytest.param({}, set(), id="usual"),
        pytest.param({"secured": True}, {"jobtitle"}, id="secured"),
        pytest.param({"secured": True, "readable": True}, set(), id="allowed by a profile"),
        pytest.param({"mask": "stars"}, set(), id="masked"),
    ],
)
async def test_security_of_a_column(differs: dict[str, object], unreadable: set[str]) -> None:
    """
    Unreadable is a secured column for which our user has no profile, whether rows hold any or not.
    """
    async with simulated() as world:
        await world.set_column(Table.CONTACT, "jobtitle", **differs)

        found = await world.gateway.look_at_columns(Table.CONTACT, ["jobtitle", "firstname"])

    assert {name for name, column in found.items() if not column.is_readable} == unreadable


async def test_security_of_a_column_changes_at_once() -> None:
    """
    What our user may read is asked anew each time, whatever was known of the columns.
    """
    async with simulated() as world:
        columns = DataverseColumns(world.client)
        gateway = DataverseGateway(world.client, columns)
        told: list[tuple[bool, bool]] = []
        for differs in ({}, {"secured": True}, {}):
            await world.set_column(Table.CONTACT, "jobtitle", **differs)
            found = await gateway.look_at_columns(Table.CONTACT, ["jobtitle"])
            listed = {one.name: one for one in await columns.list_columns(Table.CONTACT)}
            told.append((found["jobtitle"].is_readable, listed["jobtitle"].is_readable))

    assert told == [(True, True), (False, False), (True, True)]


async def test_environment_without_sales() -> None:
    """
    Where there are no leads, contacts are read all the same.
    """
    async with simulated(DataverseOptions(sales=False)) as world:
        await world.put(SANNE, **PERSON)

        for _ in range(2):
            records = await world.gateway.list_records(
                Table.CONTACT, [SANNE.id], [Column("firstname"), CAME_FROM]
            )
            assert records[SANNE.id].columns == {"firstname": "Sanne"}
            assert await world.gateway.find_originating_leads([SANNE.id]) == {}
            assert await world.gateway.find_heirs([SANNE.id]) == {}


async def test_no_leads_to_page_through() -> None:
    """
    Where there are no leads, there are none to count and to read, and contacts come page by page.
    """
    async with simulated(DataverseOptions(sales=False)) as world:
        await world.put(SANNE, **PERSON)

        counts = [await world.gateway.count(table) for table in Table]
        leads = await world.gateway.read_page(Table.LEAD, [Column("firstname")], size=10)
        columns = [Column("firstname"), CAME_FROM]
        contacts = await world.gateway.read_page(Table.CONTACT, columns, size=10)

    assert counts == [1, 0]
    assert (leads.records, leads.cursor) == ((), None)
    assert [one.columns for one in contacts.records] == [{"firstname": "Sanne"}]


async def test_qualification_is_seen_from_both_sides() -> None:
    """
    A contact that a qualification made names its lead, and the lead is found by its contact.
    """
    lead = a_lead_key(1)
    async with simulated() as world:
        await world.put(lead, lastname="Jansen", subject="brochure")
        wanted = {"CreateContact": True, "CreateAccount": False, "CreateOpportunity": False}
        await world.write(
            "POST",
            f"leads({lead.id})/Microsoft.Dynamics.CRM.QualifyLead",
            {**wanted, "Status": 3},
        )
        parent = Column("parentcontactid", is_lookup=True)
        [row] = (await world.gateway.list_records(Table.LEAD, [lead.id], [parent])).values()
        contact = RecordId(str(row.value("parentcontactid")))

        ids = [a_contact_key().id, contact]
        records = await world.gateway.list_records(Table.CONTACT, ids, [CAME_FROM])
        found = await world.gateway.find_originating_leads(ids)

    assert [one.value("originatingleadid") for one in records.values()] == [lead.id]
    assert found == {contact: lead.id}


async def test_forgotten_token_is_renewed() -> None:
    """
    A token that Dataverse no longer takes costs one renewal and nothing else.
    """
    async with simulated() as world:
        await world.gateway.count(Table.CONTACT)
        world.simulator.tokens.forget_all()

        await world.gateway.count(Table.CONTACT)

        assert world.simulator.tokens.issued == 2


async def test_wrong_secret_needs_operator() -> None:
    """
    A wrong secret is told by Entra's number.
    """
    async with simulated(secret="wrong") as world:
        with pytest.raises(ConfigurationError, match=r"\(invalid_client AADSTS7000215\)"):
            await world.gateway.count(Table.CONTACT)


async def test_missing_privilege_is_named() -> None:
    """
    A role that lacks a privilege is told which.
    """
    async with simulated(DataverseOptions(denied=frozenset({"prvReadContact"}))) as world:
        with pytest.raises(ConfigurationError, match="privilege prvReadContact"):
            await world.gateway.list_records(Table.CONTACT, [SANNE.id], [])


async def test_service_limit_says_how_long() -> None:
    """
    Who asks too much is told when the window has room again.
    """
    async with simulated(DataverseOptions(limit_requests=2)) as world:
        await world.gateway.count(Table.CONTACT)
        await world.gateway.count(Table.CONTACT)

        with pytest.raises(RateLimitedError) as caught:
            await world.gateway.count(Table.CONTACT)

    assert timedelta(0) < caught.value.retry_after <= timedelta(seconds=300)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault("reset"), id="reset"),
        pytest.param(Fault("garbage"), id="garbage"),
        pytest.param(Fault(status=502), id="bad-gateway"),
        pytest.param(Fault(status=500), id="server-error"),
    ],
)
async def test_breakdown_passes(fault: Fault) -> None:
    """
    Whatever breaks on the way breaks once, and is not repeated behind the caller's back.
    """
    async with simulated() as world:
        await world.gateway.count(Table.CONTACT)
        world.break_once(fault)

        with pytest.raises(TransientError):
            await world.gateway.count(Table.CONTACT)

        await world.gateway.count(Table.CONTACT)


async def test_row_changes_only_as_it_was_read() -> None:
    """
    A change with the etag that was read is taken once; a row that is gone is not made anew.
    """
    async with simulated() as world:
        await world.put(SANNE, **PERSON)
        etag = await etag_of(world)
        path = f"contacts({SANNE.id})"

        await world.client.patch(path, {"firstname": "Anna"}, if_match=etag)
        with pytest.raises(PreconditionFailedError):
            await world.client.patch(path, {"firstname": "Emma"}, if_match=etag)
        with pytest.raises(RowNotFoundError):
            await world.client.patch(f"contacts({an_id(9)})", {"firstname": "Emma"})
        with pytest.raises(RefusedError):
            await world.client.patch(path, {"spot_nothing": 1})

        assert (await world.client.get(path))["firstname"] == "Anna"


async def etag_of(world: SimulatedWorld) -> str:
    row = await world.client.get(f"contacts({SANNE.id})", {"$select": "firstname"})

    return str(row["@odata.etag"])
