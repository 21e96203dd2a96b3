"""The gateway before the simulated Dataverse, over real sockets: what only the vendor does."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.adapters.dataverse.refusals import (
    PreconditionFailedError,
    RefusedError,
    RowNotFoundError,
)
from connector.domain.contact import Column, RecordId, Table
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


async def test_unknown_column_is_named() -> None:
    """
    A mapped column that the environment lacks is for an operator, by its name.
    """
    columns = [Column("firstname"), Column("spot_nothing")]
    async with simulated() as world:
        with pytest.raises(ConfigurationError, match="column spot_nothing must exist"):
            await world.gateway.list_records(Table.CONTACT, [SANNE.id], columns)


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
        await world.gateway.check()
        world.simulator.tokens.forget_all()

        await world.gateway.check()

        assert world.simulator.tokens.issued == 2


async def test_wrong_secret_needs_operator() -> None:
    """
    A wrong secret is told by Entra's number.
    """
    async with simulated(secret="wrong") as world:
        with pytest.raises(ConfigurationError, match=r"\(invalid_client AADSTS7000215\)"):
            await world.gateway.check()


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
        await world.gateway.check()
        await world.gateway.check()

        with pytest.raises(RateLimitedError) as caught:
            await world.gateway.check()

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
        await world.gateway.check()
        world.break_once(fault)

        with pytest.raises(TransientError):
            await world.gateway.check()

        await world.gateway.check()


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
