"""What the use cases may expect of any `RelatedReader`, the fake and the real one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from connector.adapters.dataverse.related import DataverseRelated
from connector.application.ports import RelatedReader
from connector.domain.contact import RecordId, RecordKey, Table
from connector.domain.errors import InvalidEventError, RateLimitedError, TransientError
from tests.builders import a_contact_key, a_lead_key, a_person, an_id
from tests.contract import crm_worlds
from tests.fakes import FakeCrm, FakeRelated

COMPANY, OTHER = an_id(900), an_id(901)
LOOKUPS = ("parentcustomerid",)
LEAD_LOOKUPS = ("parentaccountid",)


class World(Protocol):
    """One footing: the port, and a way to employ people behind it."""

    @property
    def reader(self) -> RelatedReader:
        """Return what is tested."""

    async def employ(self, key: RecordKey, company: RecordId) -> None:
        """Let a person be of a company that is there."""

    def fail_once(self, error: TransientError) -> None:
        """Let the next call meet an outage."""


class FakeWorld:
    """The fake that the use cases are tested on."""

    def __init__(self) -> None:
        self._crm = FakeCrm()
        self._fake = FakeRelated(self._crm)
        self.reader: RelatedReader = self._fake

    async def employ(self, key: RecordKey, company: RecordId) -> None:
        column = "parentcustomerid" if key.table is Table.CONTACT else "parentaccountid"
        person = a_person(key)
        self._crm.put(replace(person, columns={**person.columns, column: company}))

    def fail_once(self, error: TransientError) -> None:
        self._fake.errors.append(error)


class SimulatedWorld:
    """The real adapter, over real sockets, before the simulated vendor."""

    def __init__(self, world: crm_worlds.SimulatedWorld) -> None:
        self._world = world
        self.reader: RelatedReader = DataverseRelated(world.client)

    async def open(self) -> None:
        for company in (COMPANY, OTHER):
            await self._world.write("PATCH", f"accounts({company})", {"name": f"Bedrijf {company}"})

    async def employ(self, key: RecordKey, company: RecordId) -> None:
        lookup = "parentcustomerid_account" if key.table is Table.CONTACT else "parentaccountid"
        body = {"lastname": "Jansen", f"{lookup}@odata.bind": f"/accounts({company})"}
        await self._world.write("PATCH", f"{crm_worlds.SETS[key.table]}({key.id})", body)

    def fail_once(self, error: TransientError) -> None:
        self._world.fail_once(error)


@pytest.fixture(params=["fake", "dataverse"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return

    async with crm_worlds.simulated() as simulated:
        one = SimulatedWorld(simulated)
        await one.open()
        yield one


async def test_people_of_a_row_are_found(world: World) -> None:
    """
    Who has the row in a lookup is found by id, in each table, and nobody else.
    """
    await world.employ(a_contact_key(1), COMPANY)
    await world.employ(a_contact_key(2), OTHER)
    await world.employ(a_lead_key(3), COMPANY)

    contacts = await world.reader.read_related(Table.CONTACT, LOOKUPS, [COMPANY], size=10)
    leads = await world.reader.read_related(Table.LEAD, LEAD_LOOKUPS, [COMPANY], size=10)

    assert (contacts.shown, contacts.cursor) == ({an_id(1): [COMPANY]}, None)
    assert (leads.shown, leads.cursor) == ({an_id(3): [COMPANY]}, None)


async def test_rows_are_looked_for_together(world: World) -> None:
    """
    People of several rows are told apart by the row that they show.
    """
    await world.employ(a_contact_key(1), COMPANY)
    await world.employ(a_contact_key(2), OTHER)

    page = await world.reader.read_related(Table.CONTACT, LOOKUPS, [COMPANY, OTHER], size=10)

    assert page.shown == {an_id(1): [COMPANY], an_id(2): [OTHER]}


async def test_pages_hold_everybody_once(world: World) -> None:
    """
    Page after page shows everybody once, and the last one has no cursor.
    """
    keys = [a_contact_key(number) for number in range(1, 8)]
    for key in keys:
        await world.employ(key, COMPANY)

    found: list[RecordId] = []
    sizes: list[int] = []
    cursor: str | None = None
    while not sizes or cursor is not None:
        page = await world.reader.read_related(
            Table.CONTACT, LOOKUPS, [COMPANY], size=3, cursor=cursor
        )
        found += page.shown
        sizes.append(len(page.shown))
        cursor = page.cursor

    assert sizes == [3, 3, 1]
    assert sorted(found) == sorted(key.id for key in keys)


async def test_nobody_is_an_empty_page(world: World) -> None:
    """
    A row that nobody shows has no people.
    """
    page = await world.reader.read_related(Table.CONTACT, LOOKUPS, [OTHER], size=3)

    assert (page.shown, page.cursor) == ({}, None)


async def test_column_that_is_not_there_holds_nobody(world: World) -> None:
    """
    A mapped lookup that the CRM does not have costs nobody else their pointer.
    """
    await world.employ(a_contact_key(1), COMPANY)

    page = await world.reader.read_related(
        Table.CONTACT, ("new_absentid", *LOOKUPS), [COMPANY], size=3
    )

    assert page.shown == {an_id(1): [COMPANY]}


async def test_foreign_cursor_is_refused(world: World) -> None:
    """
    A cursor that the CRM did not give is not followed.
    """
    with pytest.raises(InvalidEventError, match="cursor"):
        await world.reader.read_related(
            Table.CONTACT, LOOKUPS, [COMPANY], size=3, cursor="https://example.com/contacts?"
        )


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(TransientError("the CRM must be reachable"), id="away"),
        pytest.param(
            RateLimitedError("slow down", retry_after=timedelta(seconds=7)), id="too busy"
        ),
    ],
)
async def test_outage_is_told(world: World, error: TransientError) -> None:
    """
    While the CRM is away the caller learns it, and the next call works.
    """
    world.fail_once(error)

    with pytest.raises(type(error)):
        await world.reader.read_related(Table.CONTACT, LOOKUPS, [COMPANY], size=3)

    await world.reader.read_related(Table.CONTACT, LOOKUPS, [COMPANY], size=3)
