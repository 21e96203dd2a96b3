"""What the use cases may expect of any `ContactBook`, the fake and the real one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from connector.adapters.dataverse.contact_book import DataverseContactBook
from connector.application.to_dataverse_ports import ContactBook
from connector.domain.contact import Column, Record, RecordId, Table
from connector.domain.errors import PermanentError, RateLimitedError, TransientError
from connector.domain.way_back import ColumnKind, ColumnType
from devstack.faults import Fault
from tests.builders import a_contact_key, a_lead_key, an_id
from tests.contract.crm_worlds import FakeWorld, SimulatedWorld, World, simulated
from tests.fakes import FakeCrm
from tests.spotler_people import FakeContactBook

NAME, FIRST_NAME = "lastname", Column("firstname")
EMAIL = "emailaddress1"
TAG = "a tag"


@dataclass(frozen=True, slots=True)
class Desk:
    """Is one footing: the port, and the CRM around it."""

    book: ContactBook
    crm: World
    fake: FakeContactBook | None = None
    simulated: SimulatedWorld | None = None

    async def read(self, id_: RecordId) -> Record:
        columns = [Column(name) for name in (EMAIL, "firstname", NAME, "address1_postalcode")]

        return (await self.crm.gateway.list_records(Table.CONTACT, [id_], columns))[id_]

    def refuse(self, id_: RecordId) -> None:
        """Let the CRM's own logic refuse the next write of a contact."""
        if self.fake is not None:
            self.fake.refused.add(id_)
        if self.simulated is not None:
            self.simulated.break_once(Fault(status=400))


@pytest.fixture(params=["fake", "dataverse"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    if request.param == "fake":
        world = FakeWorld()
        assert isinstance(world.gateway, FakeCrm)
        book = FakeContactBook(world.gateway)
        yield Desk(book, world, fake=book)
        return

    async with simulated() as one:
        yield Desk(DataverseContactBook(one.client, TAG), one, simulated=one)


async def test_columns_say_what_they_take(desk: Desk) -> None:
    """
    Writable texts, days and choices are described; nothing else is.
    """
    columns = await desk.book.describe_columns()

    assert columns["firstname"] == ColumnType(ColumnKind.TEXT, 50)
    assert columns["birthdate"].kind is ColumnKind.DAY
    assert columns["gendercode"].kind is ColumnKind.CHOICE
    assert not columns.keys() & {"fullname", "ownerid", "createdon", "parentcustomerid"}


async def test_created_contact_is_there(desk: Desk) -> None:
    """
    A contact is made under the id that we chose, with its values.
    """
    assert await desk.book.create(an_id(1), {EMAIL: "jan@example.nl", NAME: "Jansen"})

    row = await desk.read(an_id(1))
    assert (row.value(EMAIL), row.value(NAME)) == ("jan@example.nl", "Jansen")


async def test_nobody_is_created_twice(desk: Desk) -> None:
    """
    A contact that is there already is left as it is.
    """
    await desk.book.create(an_id(1), {NAME: "Jansen"})

    assert not await desk.book.create(an_id(1), {NAME: "Pietersen"})
    assert (await desk.read(an_id(1))).value(NAME) == "Jansen"


async def test_change_is_written(desk: Desk) -> None:
    """
    Only the columns that are named change.
    """
    await desk.crm.put(a_contact_key(1), firstname="Jan", lastname="Jansen")

    assert await desk.book.update(await desk.read(an_id(1)), {"firstname": "Piet"})

    row = await desk.read(an_id(1))
    assert (row.value("firstname"), row.value(NAME)) == ("Piet", "Jansen")


async def test_change_of_a_newer_row_is_not_written(desk: Desk) -> None:
    """
    A row that somebody changed after it was read stays as they left it.
    """
    await desk.crm.put(a_contact_key(1), firstname="Jan", lastname="Jansen")
    held = await desk.read(an_id(1))
    await desk.crm.put(a_contact_key(1), firstname="Kees", lastname="Jansen")

    assert not await desk.book.update(held, {"firstname": "Piet"})
    assert (await desk.read(an_id(1))).value("firstname") == "Kees"


async def test_change_of_nobody(desk: Desk) -> None:
    """
    A row that is gone is not made anew.
    """
    gone = Record(a_contact_key(1), 5, {})

    assert not await desk.book.update(gone, {"firstname": "Piet"})
    assert await desk.crm.gateway.list_records(Table.CONTACT, [an_id(1)], []) == {}


async def test_refusal_is_permanent(desk: Desk) -> None:
    """
    What the CRM's own logic refuses would be refused again.
    """
    desk.refuse(an_id(1))

    with pytest.raises(PermanentError):
        await desk.book.create(an_id(1), {NAME: "Jansen"})


@pytest.mark.parametrize("name", ["o'neil@example.nl", "o+neil&co@example.nl", "o#neil@example.nl"])
async def test_address_is_found(desk: Desk, name: str) -> None:
    """
    Contacts are found by any address, whatever its signs and case; leads and others are not.
    """
    await desk.crm.put(a_contact_key(1), emailaddress1=name.capitalize(), lastname="A")
    await desk.crm.put(a_contact_key(2), emailaddress1=name, lastname="B")
    await desk.crm.put(a_contact_key(3), emailaddress1="other@example.nl", lastname="C")
    await desk.crm.put(a_lead_key(4), emailaddress1=name, lastname="D")

    found = await desk.crm.gateway.list_by_address(
        Table.CONTACT, EMAIL, [name, "nobody@example.nl"], [FIRST_NAME]
    )

    assert {row.key.id for row in found} == {an_id(1), an_id(2)}
    assert all(row.value(EMAIL) and row.modified_on is not None for row in found if desk.simulated)


async def test_fifty_addresses_at_once(desk: Desk) -> None:
    """
    One question is about fifty addresses; a question about none is not asked.
    """
    addresses = [f"{number:02}{'x' * 60}@example.nl" for number in range(50)]
    await desk.crm.put(a_contact_key(1), emailaddress1=addresses[49], lastname="A")

    assert len(await desk.crm.gateway.list_by_address(Table.CONTACT, EMAIL, addresses, [])) == 1
    assert await desk.crm.gateway.list_by_address(Table.CONTACT, EMAIL, [], []) == []


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(TransientError("the system must be up"), id="down"),
        pytest.param(RateLimitedError("slow down", retry_after=timedelta(seconds=1)), id="busy"),
    ],
)
async def test_outage_passes(desk: Desk, error: TransientError) -> None:
    """
    A CRM that cannot take a write now is a transient error, and the same write works later.
    """
    if desk.fake is not None:
        desk.fake.errors.append(error)
    else:
        desk.crm.fail_once(error)

    with pytest.raises(type(error)):
        await desk.book.create(an_id(1), {NAME: "Jansen"})

    assert await desk.book.create(an_id(1), {NAME: "Jansen"})
