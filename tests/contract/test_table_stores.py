"""What the stores owe the table service: few requests, and every failure by its right name."""

import asyncio
import uuid
from dataclasses import replace
from itertools import batched

import pytest
from azure.data.tables.aio import TableServiceClient

from connector.adapters.tables.keys import PARTITIONS, row_key
from connector.adapters.tables.mappings import TableMappingStore
from connector.adapters.tables.parked import TableParkingStore
from connector.adapters.tables.records import TABLE, TableRecordStore
from connector.adapters.tables.service import TableService
from connector.application.ports import RecordStore
from connector.domain.contact import OrganisationId, RecordKey
from connector.domain.errors import ConfigurationError, TransientError
from connector.domain.parking import park_event
from tests.builders import NOW, ORGANISATION, a_change, a_contact_key
from tests.contract.conftest import Tables
from tests.contract.test_record_store import a_state, scattered_keys, stored

# The SDK reads refusals in XML in a way that Python is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Testing an element's truth value")


@pytest.fixture
def records(tables: Tables) -> TableRecordStore:
    return TableRecordStore(tables.service, tables.organisation)


async def test_page_is_one_query_and_one_transaction(
    records: TableRecordStore, tables: Tables
) -> None:
    """
    A hundred records that lie side by side are read with one request and written with one.
    """
    known = await stored(records, [a_state() for _ in range(100)])
    tables.requests = 0

    await records.list_states([state.key for state in known])
    lost = await records.save([replace(state, version=2) for state in known])

    assert lost == []
    assert tables.requests == 2


async def test_lost_race_costs_little(records: TableRecordStore, tables: Tables) -> None:
    """
    However many of a hundred writes lose their race, that costs two more requests.
    """
    known = await stored(records, [a_state() for _ in range(100)])
    await records.save([replace(state, version=2) for state in known[:60]])
    tables.requests = 0

    lost = await records.save([replace(state, version=3) for state in known])

    assert len(lost) == 60
    assert tables.requests == 3


async def test_scattered_records_cost_a_request_for_each_partition(
    records: TableRecordStore, tables: Tables
) -> None:
    """
    250 records with random ids cost as many requests as there are partitions, per direction.
    """
    states = [a_state(key) for key in scattered_keys(250)]
    await records.save(states[:1])  # makes the table
    tables.requests = 0

    await records.save(states[1:])
    writes, tables.requests = tables.requests, 0
    found = await records.list_states([state.key for state in states])

    assert len(found) == 250
    assert (writes, tables.requests) == (PARTITIONS, PARTITIONS)


async def test_arranged_hundreds_lie_together(records: TableRecordStore, tables: Tables) -> None:
    """
    Hundreds in the order that the store likes best cost a transaction each, and few more.
    """
    hundreds = [*batched(records.arrange(scattered_keys(1000)), 100, strict=True)]
    await records.save([a_state()])  # makes the table
    tables.requests = 0

    for hundred in hundreds:
        await records.save([a_state(key) for key in hundred])

    assert tables.requests < len(hundreds) + PARTITIONS


async def test_range_longer_than_page(records: TableRecordStore, tables: Tables) -> None:
    """
    A page reads along forty rows for each that is wanted; who lies further is looked up alone.
    """
    in_order = await stored_in_order(records, 400)
    near, far = [in_order[n] for n in (0, 1, 30, 31)], [in_order[n] for n in (321, 340, 398, 399)]
    tables.requests = 0

    found = await records.list_states(near + far)

    assert {*found} == {*near, *far}
    assert tables.requests == 1 + len(far)


async def test_pages_go_on(records: TableRecordStore, tables: Tables) -> None:
    """
    Who lie scattered through a partition are read a page at a time, not one by one.
    """
    scattered = (await stored_in_order(records, 1200))[::20]
    tables.requests = 0

    found = await records.list_states(scattered)

    assert {*found} == {*scattered}
    assert tables.requests == 2


async def stored_in_order(records: TableRecordStore, count: int) -> list[RecordKey]:
    known = await stored(records, [a_state(a_contact_key(n)) for n in range(1, count + 1)])

    return sorted((state.key for state in known), key=lambda key: row_key(key.id))


async def test_organisations_are_kept_apart(records: TableRecordStore, tables: Tables) -> None:
    """
    The rows of one organisation are not there for another.
    """
    [known] = await stored(records, [a_state()])
    other = TableRecordStore(tables.service, OrganisationId(str(uuid.uuid4())))

    assert await other.list_states([known.key]) == {}
    assert await other.save([replace(known, etag=None)]) == []


async def test_first_use_side_by_side(records: TableRecordStore) -> None:
    """
    Who comes first makes the table, and who comes at the same time waits for that.
    """
    states = [a_state() for _ in range(8)]

    lost = await asyncio.gather(*(records.save([state]) for state in states))

    assert lost == [[]] * 8


async def test_deleted_table_is_made_anew(records: TableRecordStore, tables: Tables) -> None:
    """
    A table deleted behind our back is no lost race: it comes back later, and then it is there.
    """
    [known] = await stored(records, [a_state()])
    async with tables.open() as client:
        await client.delete_table(TABLE)

    with pytest.raises(TransientError, match="404"):
        await records.save([replace(known, version=2)])

    assert await records.save([replace(known, etag=None)]) == []


async def test_unreachable_storage_is_transient(unused_tcp_port: int) -> None:
    """
    Nobody listening means to come back later, whatever was asked.
    """
    service = TableService(lambda: _client(_connection_string(unused_tcp_port)))
    records = TableRecordStore(service, ORGANISATION)

    with pytest.raises(TransientError, match="must be reachable"):
        await records.list_states([a_contact_key()])
    with pytest.raises(TransientError):
        await records.save([a_state()])
    with pytest.raises(TransientError):
        await TableMappingStore(service, ORGANISATION).list_changes()
    with pytest.raises(TransientError):
        await TableParkingStore(service, ORGANISATION).park(park_event(a_change(), "spent", NOW))

    await service.close()


async def test_wrong_key_is_for_operator(azurite: str) -> None:
    """
    A key that the account does not know needs an operator, not patience.
    """
    service = TableService(lambda: _client(_with_another_key(azurite)))
    records: RecordStore = TableRecordStore(service, ORGANISATION)

    with pytest.raises(ConfigurationError, match="table storage must"):
        await records.list_states([a_contact_key()])

    await service.close()


async def test_closed_service_opens_again(records: TableRecordStore, tables: Tables) -> None:
    """
    Closing frees the connection, and the next use opens another.
    """
    [known] = await stored(records, [a_state()])

    await tables.service.close()
    await tables.service.close()

    assert [*await records.list_states([known.key])] == [known.key]


def _client(connection_string: str) -> TableServiceClient:
    return TableServiceClient.from_connection_string(connection_string, retry_total=0)


def _connection_string(port: int) -> str:
    return (
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=YQ==;"
        f"TableEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
    )


def _with_another_key(connection_string: str) -> str:
    parts = dict(part.split("=", 1) for part in connection_string.rstrip(";").split(";"))

    return ";".join(f"{name}={value}" for name, value in (parts | {"AccountKey": "YQ=="}).items())
