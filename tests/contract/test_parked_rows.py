"""What the use cases may expect of any `ParkedRows`, the fake and the real one."""

from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from connector.adapters.tables.parked import PIECE, TableParkingStore
from connector.adapters.tables.parked_rows import TableParkedRows
from connector.application.ports import ParkingStore
from connector.application.review_ports import ParkedRows
from connector.domain.event import JOBS, Change
from connector.domain.parking import LICENCE, ParkedEvent, StrangeMessage, park_event, parking_id
from tests.builders import NOW, a_change, a_contact_key, a_lead_key, a_rename
from tests.contract.conftest import Tables
from tests.fakes import FakeParking
from tests.review import FakeParkedRows

# The SDK reads refusals in XML in a way that Python is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Testing an element's truth value")


class World(Protocol):
    """Is one footing: the port, and where the workers park."""

    @property
    def rows(self) -> ParkedRows:
        """Return what is tested."""

    @property
    def parking(self) -> ParkingStore:
        """Return where rows come from."""


class FakeWorld:
    """Is the fake that the use cases are tested on."""

    def __init__(self) -> None:
        fake = FakeParking()
        self.parking: ParkingStore = fake
        self.rows: ParkedRows = FakeParkedRows(fake)


class TableWorld:
    """Is the real adapter before Azurite."""

    def __init__(self, tables: Tables) -> None:
        self.parking: ParkingStore = TableParkingStore(tables.service, tables.organisation)
        self.rows: ParkedRows = TableParkedRows(tables.service, tables.organisation)


@pytest.fixture(params=["fake", "azurite"])
def world(request: pytest.FixtureRequest, tables: Tables) -> World:
    return FakeWorld() if request.param == "fake" else TableWorld(tables)


def strange(body: bytes = b"{", queue: str = JOBS) -> ParkedEvent:
    return StrangeMessage(body, "a message must be known", queue=queue).parked(NOW)


async def found(world: World, id_: str) -> ParkedEvent:
    [row] = await world.rows.find_parked([id_])

    return row


async def test_rename_comes_back_as_event(world: World) -> None:
    """
    A rename is kept as one that begins at its first page, and tells of no deletion.
    """
    rename, key = a_rename(attempt=21), a_contact_key(1)
    parked = park_event(rename, "spent", NOW)
    deleted = park_event(a_change(key, Change.DELETED), "spent", NOW)
    await world.parking.park(parked)
    await world.parking.park(deleted)

    assert parking_id(rename.key) == f"related-{rename.key.table}-{rename.key.id}"
    assert await found(world, parked.id) == replace(parked, first_parked_at=NOW)
    assert parked in [replace(one, first_parked_at=None) for one in await world.rows.list_parked(9)]
    assert await world.rows.list_deleted([key, a_contact_key(2)]) == {key}


async def test_rows_come_back_as_parked(world: World) -> None:
    """
    What is parked is listed and found as it was, and whoever is not there is left out.
    """
    event = park_event(a_change(change=Change.DELETED), "spent", NOW)
    for one in (event, strange()):
        await world.parking.park(one)

    kept = [replace(one, first_parked_at=NOW) for one in (event, strange())]
    assert [*await world.rows.list_parked(10)] == kept
    assert [*await world.rows.find_parked([strange().id, "contact-x", event.id])] == kept[::-1]
    assert await world.rows.find_parked([]) == []


async def test_list_ends_where_it_must(world: World) -> None:
    """
    A list holds at most as many as are asked for, and the beginning of long bodies at least.
    """
    for number in range(3):
        await world.parking.park(strange(b"x" * PIECE * 3 + bytes([number])))

    rows = await world.rows.list_parked(2)

    assert len(rows) == 2
    assert all(row.raw.startswith(b"x" * PIECE) for row in rows)


async def test_what_is_held_hides_nothing(world: World) -> None:
    """
    What waits for a licence comes after what waits for a person, however many there are.
    """
    held, stuck = park_event(a_change(), LICENCE, NOW), strange()
    for one in (held, stuck):
        await world.parking.park(one)

    assert [one.id for one in await world.rows.list_parked(1)] == [stuck.id]
    assert [one.id for one in await world.rows.list_parked(2)] == [stuck.id, held.id]


async def test_queues_do_not_collide(world: World) -> None:
    """
    The same body from two queues is two rows, and each knows its queue.
    """
    for queue in ("changes", "jobs"):
        await world.parking.park(strange(queue=queue))

    rows = await world.rows.list_parked(10)

    assert {(row.queue, row.raw) for row in rows} == {("changes", b"{"), ("jobs", b"{")}


async def test_row_as_read_is_removed(world: World) -> None:
    """
    A row that nobody touched goes, and removing it once more does no harm.
    """
    await world.parking.park(strange())
    row = await found(world, strange().id)

    assert await world.rows.remove(row)
    assert await world.rows.remove(row)

    assert await world.rows.list_parked(10) == []


async def test_row_parked_again_stays(world: World) -> None:
    """
    A row that was parked again since it was read is not removed.
    """
    key = a_contact_key()
    await world.parking.park(park_event(a_change(key), "spent", NOW))
    [row] = await world.rows.list_parked(10)
    await world.parking.park(park_event(a_change(key), "again", NOW + timedelta(days=1)))

    assert not await world.rows.remove(row)

    assert (await found(world, row.id)).reason == "again"


async def test_deletions_are_told(world: World) -> None:
    """
    Of many records those are told of which a deletion is parked.
    """
    deleted = [a_contact_key() for _ in range(20)]
    changed = a_lead_key()
    for key in deleted:
        await world.parking.park(park_event(a_change(key, Change.DELETED), "spent", NOW))
    await world.parking.park(park_event(a_change(changed), "spent", NOW))

    told = await world.rows.list_deleted([*deleted, changed, a_contact_key()])

    assert {*told} == {*deleted}
