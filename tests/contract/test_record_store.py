"""What the use cases may expect of any `RecordStore`, the fake and the real one."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

import pytest

from connector.adapters.tables.keys import partition_key, row_key
from connector.adapters.tables.records import TABLE, TableRecordStore
from connector.application.ports import RecordStore
from connector.domain.contact import Account, ExternalId, Fingerprint, RecordId, RecordKey, Table
from connector.domain.errors import System
from connector.domain.sync_state import Agreement, SyncState, SyncStatus
from tests.builders import a_contact_key, a_lead_key, an_id
from tests.contract.conftest import Tables
from tests.fakes import FakeRecords


class World(Protocol):
    """Is one footing: the port, and a hand that deletes behind it."""

    @property
    def records(self) -> RecordStore:
        """Return what is tested."""

    async def delete(self, key: RecordKey) -> None:
        """Let a row be gone."""


class FakeWorld:
    """Is the fake that the use cases are tested on."""

    def __init__(self) -> None:
        self._fake = FakeRecords()
        self.records: RecordStore = self._fake

    async def delete(self, key: RecordKey) -> None:
        del self._fake.rows[key]


class TableWorld:
    """Is the real adapter before Azurite."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.records: RecordStore = TableRecordStore(tables.service, tables.organisation)

    async def delete(self, key: RecordKey) -> None:
        partition = partition_key(self._tables.organisation, key)
        async with self._tables.service.open(TABLE) as table:
            await table.delete_entity(partition, row_key(key.id))


@pytest.fixture(params=["fake", "azurite"])
def world(request: pytest.FixtureRequest, tables: Tables) -> World:
    return FakeWorld() if request.param == "fake" else TableWorld(tables)


def a_state(key: RecordKey | None = None, version: int = 1) -> SyncState:
    return SyncState(key or a_contact_key(), version=version, status=SyncStatus.IN_SYNC)


def scattered_keys(count: int) -> list[RecordKey]:
    """Return keys in many partitions, the same at every run."""
    dice = random.Random(7)
    ids = (uuid.UUID(int=dice.getrandbits(128), version=4) for _ in range(count))

    return [RecordKey(Table.CONTACT, RecordId(str(one))) for one in ids]


async def stored(records: RecordStore, states: Sequence[SyncState]) -> list[SyncState]:
    """Write new states and return them as they are read."""
    assert await records.save(states) == []
    found = await records.list_states([state.key for state in states])

    return [found[state.key] for state in states]


async def test_unknown_record_has_no_state(world: World) -> None:
    """
    A record that was never written is left out, and asking for nothing gives nothing.
    """
    assert await world.records.list_states([a_contact_key()]) == {}
    assert await world.records.list_states([]) == {}
    assert await world.records.save([]) == []


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(SyncState(a_contact_key()), id="bare"),
        pytest.param(SyncState(a_contact_key(), agreement=Agreement(0)), id="never agreed"),
        pytest.param(
            SyncState(
                a_lead_key(),
                external_id=ExternalId(an_id(1)),
                fingerprint=Fingerprint("f" * 64),
                version=2**62 + 1,
                status=SyncStatus.EXCLUDED,
                reason="rejected:INVALID:mobileNumber",
                notes=("mobileNumber:invalid", "birthday:out_of_range"),
                successor=an_id(2),
                changed_at=datetime(2026, 3, 29, 1, 59, 59, 123456, tzinfo=UTC),
                agreement=Agreement(2**62, Fingerprint("a" * 64)),
                filled=frozenset({"email=emailaddress1", "lastName=lastname"}),
                filled_at=datetime(2026, 3, 29, 1, 59, 58, tzinfo=UTC),
                account=Account("0123456789ab"),
                left_in=Account("ba9876543210"),
                settled_in=frozenset({Account("0123456789ab"), Account("ba9876543210")}),
            ),
            id="full",
        ),
    ],
)
async def test_state_comes_back_whole(world: World, state: SyncState) -> None:
    """
    Every field of a state is read as it was written, the absent ones too.
    """
    [found] = await stored(world.records, [state])

    assert replace(found, etag=None) == state
    assert found.etag


async def test_emptied_fields_are_gone(world: World) -> None:
    """
    A state replaces the one before it: what it does not hold is not left behind.
    """
    [full] = await stored(
        world.records,
        [
            replace(
                a_state(),
                reason="no_email",
                notes=("phoneNumber:invalid",),
                filled=frozenset({"lastName=lastname"}),
                account=Account("0123456789ab"),
            )
        ],
    )

    emptied = replace(full, reason=None, notes=(), filled=frozenset(), account=None)
    assert await world.records.save([emptied]) == []

    found = (await world.records.list_states([full.key]))[full.key]
    assert (found.reason, found.notes, found.account) == (None, (), None)
    assert not found.filled


async def test_update_as_read_wins(world: World) -> None:
    """
    A state that is written as it was read gets a new etag.
    """
    [known] = await stored(world.records, [a_state()])

    lost = await world.records.save([replace(known, version=2)])

    found = (await world.records.list_states([known.key]))[known.key]
    assert lost == []
    assert found.version == 2
    assert found.etag != known.etag


async def test_stale_update_loses(world: World) -> None:
    """
    Who writes what somebody else has written since loses the race and changes nothing.
    """
    [known] = await stored(world.records, [a_state()])
    await world.records.save([replace(known, version=2)])

    lost = await world.records.save([replace(known, version=3)])

    found = (await world.records.list_states([known.key]))[known.key]
    assert lost == [known.key]
    assert found.version == 2


async def test_second_insert_loses(world: World) -> None:
    """
    Of two that both saw no row the first writes it.
    """
    state = a_state()
    await world.records.save([state])

    lost = await world.records.save([replace(state, version=9)])

    found = (await world.records.list_states([state.key]))[state.key]
    assert lost == [state.key]
    assert found.version == 1


async def test_update_of_deleted_row_loses(world: World) -> None:
    """
    A row that was deleted since it was read is not made anew.
    """
    [known] = await stored(world.records, [a_state()])
    await world.delete(known.key)

    lost = await world.records.save([replace(known, version=2)])

    assert lost == [known.key]
    assert await world.records.list_states([known.key]) == {}


@pytest.mark.parametrize("losers", [[0], [50], [99], [3, 4, 70], [*range(100)]], ids=len)
async def test_losers_do_not_hold_up_others(world: World, losers: list[int]) -> None:
    """
    Of a hundred writes those that lost their race are told and all others are written.
    """
    known = await stored(world.records, [a_state() for _ in range(100)])
    await world.records.save([replace(known[number], version=2) for number in losers])

    lost = await world.records.save([replace(state, version=3) for state in known])

    found = await world.records.list_states([state.key for state in known])
    assert {*lost} == {known[number].key for number in losers}
    assert [found[state.key].version for state in known] == [
        2 if number in losers else 3 for number in range(100)
    ]


async def test_many_records_in_many_partitions(world: World) -> None:
    """
    A batch may be of any size and its records may lie anywhere.
    """
    states = [a_state(key, version) for version, key in enumerate(scattered_keys(250))]

    found = await stored(world.records, states)

    assert [replace(state, etag=None) for state in found] == states


async def test_tables_are_kept_apart(world: World) -> None:
    """
    A contact and a lead of the same id are two records.
    """
    contact, lead = a_state(a_contact_key(5), 1), a_state(a_lead_key(5), 2)

    found = await stored(world.records, [contact, lead])

    assert [state.version for state in found] == [1, 2]


def _numbered(number: int, table: Table = Table.CONTACT) -> RecordKey:
    """Return keys that SQL Server and texts sort alike, and that lie in all partitions in turn."""
    return RecordKey(table, RecordId(f"{number:02x}000000-0000-4000-8000-{number:012x}"))


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("after", "until", "found"),
    [
        pytest.param(None, None, range(1, 31), id="all"),
        pytest.param(None, 12, range(1, 13), id="first page"),
        pytest.param(12, 20, range(13, 21), id="behind one, up to and with another"),
        pytest.param(20, None, range(21, 31), id="last page"),
        pytest.param(20, 20, range(0), id="none"),
        pytest.param(200, None, range(0), id="behind all"),
    ],
)
async def test_states_of_a_range_are_listed(
    world: World, size: int, after: int | None, until: int | None, found: range
) -> None:
    """
    The states of a range come in the order of the CRM, piece by piece, and each of them once.
    """
    await stored(world.records, [a_state(_numbered(number)) for number in range(1, 31)])
    await stored(world.records, [a_state(_numbered(number, Table.LEAD)) for number in (5, 15)])

    keys: list[RecordKey] = []
    place = None if after is None else _numbered(after).id
    last = None if until is None else _numbered(until).id
    while True:
        piece = await world.records.list_between(Table.CONTACT, after=place, until=last, size=size)
        keys += [state.key for state in piece.states]
        if piece.last is None:
            break
        place = piece.last.id

    assert keys == [_numbered(number) for number in found]


async def test_state_of_a_range_can_be_written(world: World) -> None:
    """
    A state that was listed by its range is whole, and is written as any other that was read.
    """
    [known] = await stored(world.records, [replace(a_state(), filled=frozenset({"city=city"}))])

    piece = await world.records.list_between(Table.CONTACT, after=None, until=None, size=10)

    assert piece.states == (known,)
    assert await world.records.save([replace(known, version=2)]) == []


async def test_page_of_a_range_takes_a_call_for_each_partition(tables: Tables) -> None:
    """
    What lies between two pages of people is read with one call for each of the four partitions.
    """
    records = TableRecordStore(tables.service, tables.organisation)
    states = [a_state(key) for key in scattered_keys(400)]
    await stored(records, states)
    before = tables.requests

    piece = await records.list_between(Table.CONTACT, after=None, until=None, size=1000)

    assert len(piece.states) == 400
    assert tables.requests - before == 4


async def test_only_a_write_proves_writes(tables: Tables) -> None:
    """
    What is read proves nothing of writes; one that lost its race was allowed all the same.
    """
    told: list[System] = []
    records = TableRecordStore(tables.service, tables.organisation, worked=told.append)
    state = SyncState(a_contact_key(1))

    await records.list_states([state.key])
    assert told == []
    assert [*await records.save([state])] == []
    assert [*await records.save([state])] == [state.key]

    assert told == [System.RECORDS, System.RECORDS]
