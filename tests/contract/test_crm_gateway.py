"""What the use cases may expect of any `CrmGateway`, the fake and the real one."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from connector.domain.contact import Column, Record, RecordId, RecordKey, Table
from connector.domain.errors import RateLimitedError, TransientError
from devstack.dataverse import DataverseOptions
from tests.builders import a_contact_key, a_lead_key, an_id
from tests.contract.crm_worlds import FakeWorld, World, simulated

FIRST_NAME = Column("firstname")
OWNER = Column("ownerid", is_lookup=True)


@pytest.fixture(params=["fake", "dataverse"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return

    async with simulated() as one:
        yield one


@pytest.fixture(params=["fake", "dataverse"])
async def hiding(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Yield a world in which our user has lost the privilege to read people."""
    if request.param == "fake":
        yield FakeWorld(hides=True)
        return

    denied = frozenset({"prvReadContact", "prvReadLead"})
    async with simulated(DataverseOptions(denied=denied)) as one:
        yield one


@pytest.mark.parametrize(
    "key", [pytest.param(a_contact_key(1), id="contact"), pytest.param(a_lead_key(1), id="lead")]
)
async def test_person_is_read(world: World, key: RecordKey) -> None:
    """
    A person is found by id, with the columns that were asked for and no others.
    """
    await world.put(key, firstname="Jan", lastname="Jansen")

    records = await world.gateway.list_records(key.table, [key.id], [FIRST_NAME, OWNER])

    record = records[key.id]
    assert record.key == key
    assert record.value("firstname") == "Jan"
    assert record.value("lastname") is None
    assert record.value("ownerid")
    assert record.label("ownerid")


async def test_absent_person_is_left_out(world: World) -> None:
    """
    Who is not there is not in the answer.
    """
    await world.put(a_contact_key(1), lastname="Jansen")

    records = await world.gateway.list_records(Table.CONTACT, [an_id(1), an_id(2)], [])

    assert set(records) == {an_id(1)}


async def test_tables_are_apart(world: World) -> None:
    """
    A lead is not found among the contacts.
    """
    await world.put(a_lead_key(1), lastname="Jansen")

    assert await world.gateway.list_records(Table.CONTACT, [an_id(1)], []) == {}


async def test_change_raises_version(world: World) -> None:
    """
    A row that was written has a greater version and its new values.
    """
    key = a_contact_key(1)
    await world.put(key, firstname="Jan", lastname="Jansen")
    [before] = (await world.gateway.list_records(key.table, [key.id], [FIRST_NAME])).values()

    await world.put(key, firstname="Piet")
    [after] = (await world.gateway.list_records(key.table, [key.id], [FIRST_NAME])).values()

    assert after.version > before.version
    assert after.value("firstname") == "Piet"


async def test_hundred_at_once(world: World) -> None:
    """
    One call reads a hundred people.
    """
    ids = [an_id(number) for number in range(1, 101)]
    for id_ in ids:
        await world.put(RecordKey(Table.CONTACT, id_), firstname=id_[:8], lastname="Jansen")

    records = await world.gateway.list_records(Table.CONTACT, ids, [FIRST_NAME])

    assert {id_: record.value("firstname") for id_, record in records.items()} == {
        id_: id_[:8] for id_ in ids
    }


async def test_nobody_to_read(world: World) -> None:
    """
    Asking for nobody is answered with nobody.
    """
    assert await world.gateway.list_records(Table.CONTACT, [], [FIRST_NAME]) == {}
    assert await world.gateway.find_originating_leads([]) == {}
    assert await world.gateway.find_heirs([]) == {}


async def test_oldest_qualified_lead_wins(world: World) -> None:
    """
    A contact came from its oldest qualified lead; who has none is left out.
    """
    for number in (1, 2):
        await world.put(a_contact_key(number), lastname="Jansen")
    for number in (11, 12, 13):
        await world.put(a_lead_key(number), lastname="Jansen")
    await world.qualify(an_id(13), an_id(1))
    await world.qualify(an_id(12), an_id(1))

    leads = await world.gateway.find_originating_leads([an_id(1), an_id(2)])

    assert leads == {an_id(1): an_id(12)}


async def test_heirs_name_their_lead(world: World) -> None:
    """
    A contact that names a lead is found by it; who names none of those asked for is left out.
    """
    await world.put(a_lead_key(11), lastname="Jansen")
    for number in (1, 2):
        await world.put(a_contact_key(number), lastname="Jansen")
    await world.come_from(an_id(1), an_id(11))

    heirs = await world.gateway.find_heirs([an_id(11), an_id(12)])

    assert heirs == {an_id(1): an_id(11)}


@pytest.mark.parametrize("name", ["o'neil@example.nl", "o+neil&co@example.nl", "o#neil@example.nl"])
@pytest.mark.parametrize("table", Table)
async def test_rows_of_an_address(world: World, table: Table, name: str) -> None:
    """
    The rows of one table that hold an address are found, whatever its signs and case.
    """
    await world.put(RecordKey(table, an_id(1)), emailaddress1=name.capitalize(), lastname="A")
    await world.put(RecordKey(table, an_id(2)), emailaddress1="other@example.nl", lastname="B")
    other = Table.LEAD if table is Table.CONTACT else Table.CONTACT
    await world.put(RecordKey(other, an_id(3)), emailaddress1=name, lastname="C")

    found = await world.gateway.list_by_address(table, "emailaddress1", [name, "x@example.nl"])

    assert [(row.key.id, row.value("emailaddress1")) for row in found] == [
        (an_id(1), name.capitalize())
    ]
    assert await world.gateway.list_by_address(table, "emailaddress1", []) == []


@pytest.mark.parametrize("table", Table)
async def test_row_of_an_address_has_other_columns(world: World, table: Table) -> None:
    """
    A row that is found by its address is read with the columns that were asked for besides.
    """
    await world.put(
        RecordKey(table, an_id(1)), emailaddress1="jan@example.nl", firstname="Jan", lastname="A"
    )

    [row] = await world.gateway.list_by_address(
        table, "emailaddress1", ["JAN@example.nl"], [FIRST_NAME, OWNER]
    )

    assert row.value("emailaddress1") == "jan@example.nl"
    assert row.value("firstname") == "Jan"
    assert row.label("ownerid")


@pytest.mark.parametrize("table", Table)
async def test_rows_that_were_merged_are_found(world: World, table: Table) -> None:
    """
    The rows that were merged into others are found, each with the one into which it was.
    """
    master, merged, alone = [RecordKey(table, an_id(number)) for number in (1, 2, 3)]
    for key in (master, merged, alone):
        await world.put(key, lastname="Jansen")
    await world.merge(master, merged)

    found = await world.gateway.find_merged(table, [master.id, alone.id])

    assert found == {merged.id: master.id}
    assert await world.gateway.find_merged(table, []) == {}


@pytest.mark.parametrize("table", Table)
async def test_deleted_rows_are_told(world: World, table: Table) -> None:
    """
    Deleted is what was there and what never was; a row that is there is not.
    """
    there, gone = RecordKey(table, an_id(1)), RecordKey(table, an_id(2))
    for key in (there, gone):
        await world.put(key, lastname="Jansen")
    await world.delete(gone)

    deleted = await world.gateway.find_deleted(table, [there.id, gone.id, an_id(3)])

    assert {*deleted} == {gone.id, an_id(3)}
    assert [*await world.gateway.find_deleted(table, [])] == []


@pytest.mark.parametrize("table", Table)
async def test_hidden_row_is_not_deleted(hiding: World, table: Table) -> None:
    """
    A row that we may not see any more is not taken for deleted.
    """
    await hiding.put(RecordKey(table, an_id(1)), lastname="Jansen")

    assert [*await hiding.gateway.find_deleted(table, [an_id(1)])] == []


async def test_deletion_is_proven_by_an_answer_alone(world: World) -> None:
    """
    A CRM that does not answer proves no deletion.
    """
    world.fail_once(TransientError("the system must be up"))

    with pytest.raises(TransientError):
        await world.gateway.find_deleted(Table.CONTACT, [an_id(1)])


async def test_unreadable_column_is_told(world: World) -> None:
    """
    Of the columns that are asked for those are told that our user may not read, table by table.
    """
    await world.put(a_contact_key(1), firstname="Jan", lastname="Jansen", mobilephone="06-18596225")
    await world.secure(Table.CONTACT, "mobilephone")
    await world.secure(Table.CONTACT, "birthdate")
    asked = ["firstname", "mobilephone"]

    found = [await world.gateway.look_at_columns(table, asked) for table in Table]

    unreadable = [{name for name, one in each.items() if not one.is_readable} for each in found]
    assert unreadable == [{"mobilephone"}, set()]


async def test_outage_passes(world: World) -> None:
    """
    A system that is down is a transient error, and the same call works later.
    """
    world.fail_once(TransientError("the system must be up"))

    with pytest.raises(TransientError):
        await world.gateway.list_records(Table.CONTACT, [an_id(1)], [])

    assert await world.gateway.list_records(Table.CONTACT, [an_id(1)], []) == {}


async def test_limit_says_how_long(world: World) -> None:
    """
    A system that is too busy says how long to stay away.
    """
    world.fail_once(RateLimitedError("slow down", retry_after=timedelta(seconds=7)))

    with pytest.raises(RateLimitedError) as caught:
        await world.gateway.count(Table.CONTACT)

    assert caught.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("table", Table)
async def test_pages_hold_everybody(world: World, table: Table) -> None:
    """
    Page after page gives every row once, until there is no cursor any more.
    """
    wanted = {an_id(number) for number in range(1, 8)}
    for id_ in wanted:
        await world.put(RecordKey(table, id_), firstname=id_[:8], lastname="Jansen")

    cursor: str | None = None
    sizes: list[int] = []
    found: dict[RecordId, Record] = {}
    while not sizes or cursor:
        page = await world.gateway.read_page(table, [FIRST_NAME, OWNER], size=3, cursor=cursor)
        cursor = page.cursor
        sizes.append(len(page.records))
        found |= {record.key.id: record for record in page.records}

    assert sizes == [3, 3, 1]
    assert {id_: record.value("firstname") for id_, record in found.items()} == {
        id_: id_[:8] for id_ in wanted
    }
    assert all(record.label("ownerid") and record.version for record in found.values())


async def test_other_columns_behind_a_cursor(world: World) -> None:
    """
    When the mappings change, the next page has the new columns.
    """
    for number in range(1, 5):
        await world.put(a_contact_key(number), firstname="Jan", lastname="Jansen")
    first = await world.gateway.read_page(Table.CONTACT, [FIRST_NAME], size=2)

    last_name = Column("lastname")
    page = await world.gateway.read_page(Table.CONTACT, [last_name], size=2, cursor=first.cursor)

    assert [record.columns for record in page.records] == [{"lastname": "Jansen"}] * 2


async def test_cursor_holds_no_person(world: World) -> None:
    """
    A cursor may be kept and told: it names nobody.
    """
    for number in range(1, 4):
        await world.put(a_contact_key(number), firstname="Zebedeus", lastname="Kanarie")

    page = await world.gateway.read_page(Table.CONTACT, [FIRST_NAME], size=1)

    assert page.cursor
    assert "://" not in page.cursor
    assert not any(name in page.cursor.lower() for name in ("zebedeus", "kanarie"))


async def test_rows_are_counted(world: World) -> None:
    """
    The rows of each table are counted apart.
    """
    for number in range(1, 4):
        await world.put(a_contact_key(number), lastname="Jansen")
    await world.put(a_lead_key(1), lastname="Jansen")

    assert [await world.gateway.count(table) for table in Table] == [3, 1]
