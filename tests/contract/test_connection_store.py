"""What the use cases may expect of any `ConnectionStore`, the fake and the real one."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables import TableEntity

from connector.adapters.tables.connections import ROW, TABLE, TableConnectionStore
from connector.application.connection_ports import ConnectionStore
from connector.domain.connection import SecretVersion, StoredConnection
from connector.domain.errors import ConfigurationError, TransientError
from tests.builders import NOW
from tests.connections import ADMIN, KEY, FakeConnections
from tests.contract.conftest import Tables

# The SDK reads refusals in XML in a way that Python is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Testing an element's truth value")

SAVED = StoredConnection(KEY, SecretVersion("1"), NOW + timedelta(microseconds=1), ADMIN)


@pytest.fixture(params=["fake", "azurite"])
def store(request: pytest.FixtureRequest, tables: Tables) -> ConnectionStore:
    if request.param == "fake":
        return FakeConnections()

    return TableConnectionStore(tables.service, tables.organisation)


async def found(store: ConnectionStore) -> StoredConnection:
    row = await store.find()
    assert row is not None

    return row


async def test_connection_comes_back_whole(store: ConnectionStore) -> None:
    """
    Nothing saved is nothing; what was saved is found as it was, and with an etag.
    """
    assert await store.find() is None

    assert await store.save(SAVED)

    row = await found(store)
    assert replace(row, etag=None) == SAVED
    assert row.etag


async def test_slower_of_two_loses(store: ConnectionStore) -> None:
    """
    Who did not see what somebody saved since does not write over it, also at first.
    """
    await store.save(SAVED)
    before = await found(store)
    assert await store.save(replace(before, key="newer"))

    assert not await store.save(SAVED)
    assert not await store.save(replace(before, key="late"))
    assert (await found(store)).key == "newer"


async def test_one_of_many_wins(store: ConnectionStore) -> None:
    """
    Of several who save at once from the same reading exactly one succeeds.
    """
    won = await asyncio.gather(*(store.save(replace(SAVED, key=f"key-{n}")) for n in range(5)))

    assert won.count(True) == 1
    assert (await found(store)).key == f"key-{won.index(True)}"


async def test_deleted_table_is_made_anew(tables: Tables) -> None:
    """
    A table deleted behind our back is no lost race: who saves again succeeds.
    """
    store = TableConnectionStore(tables.service, tables.organisation)
    await store.save(SAVED)
    async with tables.open() as client:
        await client.delete_table(TABLE)

    assert await store.find() is None
    with pytest.raises(TransientError, match="404"):
        await store.save(SAVED)

    assert await store.save(SAVED)


async def test_spoilt_row_is_for_operator(tables: Tables) -> None:
    """
    A row that somebody edited connects nobody, and says what to do.
    """
    async with tables.service.open(TABLE) as table:
        await table.create_entity(
            TableEntity(PartitionKey=tables.organisation, RowKey=ROW, key=KEY)
        )

    with pytest.raises(ConfigurationError, match="connect again"):
        await TableConnectionStore(tables.service, tables.organisation).find()
