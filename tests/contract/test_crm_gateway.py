"""What the use cases may expect of any `CrmGateway`, the fake and the real one."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from connector.domain.contact import Column, RecordKey, Table
from connector.domain.errors import RateLimitedError, TransientError
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


async def test_check_passes(world: World) -> None:
    """
    A check says nothing when all is well.
    """
    await world.gateway.check()


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
        await world.gateway.check()

    assert caught.value.retry_after == timedelta(seconds=7)
