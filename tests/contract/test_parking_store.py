"""What the use cases may expect of any `ParkingStore`, the fake and the real one."""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from connector.adapters.tables.parked import PIECE, PIECES, TableParkingStore
from connector.application.licence_ports import HeldEvents
from connector.application.ports import ParkingStore
from connector.domain.errors import System
from connector.domain.event import Change
from connector.domain.parking import CONFIGURATION, LICENCE, ParkedEvent, park_event
from tests.builders import NOW, a_change, a_contact_key, a_lead_key
from tests.contract.conftest import Tables
from tests.fakes import FakeParking

# The SDK reads refusals in XML in a way that Python is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Testing an element's truth value")

MESSAGE = 256 * 1024
"""The most that a message of the standard tier holds."""


class Parking(ParkingStore, HeldEvents, Protocol):
    """Is all that the parking is to others."""


class World(Protocol):
    """Is one footing: the port, and a look at what it keeps."""

    @property
    def parking(self) -> Parking:
        """Return what is tested."""

    async def parked(self) -> Sequence[ParkedEvent]:
        """Return all that is kept."""


class FakeWorld:
    """Is the fake that the use cases are tested on."""

    def __init__(self) -> None:
        self._fake = FakeParking()
        self.parking: Parking = self._fake

    async def parked(self) -> Sequence[ParkedEvent]:
        return [*self._fake.parked.values()]


class TableWorld:
    """Is the real adapter before Azurite."""

    def __init__(self, tables: Tables) -> None:
        self._store = TableParkingStore(tables.service, tables.organisation)
        self.parking: Parking = self._store

    async def parked(self) -> Sequence[ParkedEvent]:
        return await self._store.list_parked()


@pytest.fixture(params=["fake", "azurite"])
def world(request: pytest.FixtureRequest, tables: Tables) -> World:
    return FakeWorld() if request.param == "fake" else TableWorld(tables)


def an_unreadable(body: bytes) -> ParkedEvent:
    text = body.decode(errors="surrogateescape")

    return ParkedEvent("message-1", "a message must be known; wrong: body", NOW, body=text)


async def test_event_comes_back_whole(world: World) -> None:
    """
    A parked event can be sent again as it was, attempts and all.
    """
    parked = park_event(a_change(change=Change.DELETED, forced=True, attempt=21), "spent", NOW)

    await world.parking.park(parked)

    assert [*await world.parked()] == [replace(parked, first_parked_at=NOW)]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"v": 2, "kind": "from tomorrow"}', id="another version"),
        pytest.param("é€\U0001f600".encode() * 9_000, id="longer than a property"),
        pytest.param(b"x" * PIECE, id="exactly a property"),
        pytest.param(random.Random(7).randbytes(MESSAGE), id="the largest message, no text"),
    ],
)
async def test_unreadable_body_comes_back_whole(world: World, body: bytes) -> None:
    """
    What could not be read is kept byte for byte, whatever it is and however long.
    """
    await world.parking.park(an_unreadable(body))

    [found] = await world.parked()
    assert found == replace(an_unreadable(body), first_parked_at=NOW)
    assert (found.body or "").encode(errors="surrogateescape") == body


async def test_parking_again_replaces(world: World) -> None:
    """
    A record has one parked event at most, and of an earlier one only its first time is left.
    """
    long = an_unreadable(b"x" * PIECE * 2)
    await world.parking.park(long)

    short = replace(long, body="y", reason="again", parked_at=NOW + timedelta(days=1))
    await world.parking.park(short)

    assert [*await world.parked()] == [replace(short, first_parked_at=NOW)]


async def test_parked_is_found_by_record(world: World) -> None:
    """
    What is parked of a record is listed as it is now; of others there is nothing.
    """
    done, waiting = a_contact_key(1), a_lead_key(1)
    for key in (done, waiting):
        await world.parking.park(park_event(a_change(key), "spent", NOW))

    found = await world.parking.list_of([done, a_contact_key(404)])
    await world.parking.forget([*found.values()])

    assert found.keys() == {done}
    assert [one.event and one.event.key for one in await world.parked()] == [waiting]


async def test_held_by_another_is_not_released(world: World) -> None:
    """
    Whoever succeeds forgets what was parked before, never what somebody holds since then.
    """
    key = a_contact_key(1)
    await world.parking.park(park_event(a_change(key), "rejected", NOW))
    before = await world.parking.list_of([key])
    await world.parking.park(park_event(a_change(key, Change.DELETED), LICENCE, NOW))

    await world.parking.forget([*before.values()])

    [kept] = await world.parked()
    assert kept.reason == LICENCE
    assert kept.is_deletion


async def test_deletion_survives_company(world: World) -> None:
    """
    Of several who park one record at the same time none makes a deletion undone.
    """
    key = a_contact_key(1)
    changes = [Change.UPDATED, Change.DELETED, Change.UPDATED, Change.UPDATED]
    parked = [park_event(a_change(key, change), LICENCE, NOW) for change in changes]

    await asyncio.gather(*map(world.parking.park, parked))

    [kept] = await world.parked()
    assert kept.is_deletion


async def test_one_reason_is_listed(world: World) -> None:
    """
    What is parked for one reason is listed, so many at most; nothing means that there is none.
    """
    for number in range(1, 6):
        reason = LICENCE if number < 4 else "spent"
        await world.parking.park(park_event(a_change(a_contact_key(number)), reason, NOW))

    assert len(await world.parking.list_for(LICENCE, most=2)) == 2
    assert len(await world.parking.list_for(LICENCE, most=100)) == 3
    assert [*await world.parking.list_for("other", most=100)] == []


async def test_due_is_listed_behind_what_is_not(world: World) -> None:
    """
    What was tried a moment ago takes no place from what is due, wherever that lies.
    """
    for number in range(1, 6):
        await world.parking.park(park_event(a_change(a_contact_key(number)), CONFIGURATION, NOW))
    listed = await world.parking.list_for(CONFIGURATION, most=5)
    await world.parking.postpone(listed[:4], NOW + timedelta(minutes=1))

    due = NOW + timedelta(minutes=1)
    assert [*await world.parking.list_for(CONFIGURATION, most=1, due=due)] == [listed[4]]
    assert [*await world.parking.list_for(CONFIGURATION, most=1, due=NOW)] == []


async def test_parked_anew_is_not_forgotten(world: World) -> None:
    """
    Forgetting takes only what is as it was listed; forgetting twice is fine.
    """
    for number in (1, 2):
        await world.parking.park(park_event(a_change(a_contact_key(number)), LICENCE, NOW))
    listed = await world.parking.list_for(LICENCE, most=100)
    again = park_event(a_change(a_contact_key(2), Change.DELETED), LICENCE, NOW)
    await world.parking.park(again)

    for _ in range(2):
        await world.parking.forget(listed)

    assert [one.id for one in await world.parked()] == [again.id]


async def test_tried_event_stays_and_is_noted(world: World) -> None:
    """
    What is tried again stays parked, with when that was; since when it waits does not change.
    """
    later = NOW + timedelta(hours=1)
    await world.parking.park(park_event(a_change(a_contact_key(1)), CONFIGURATION, NOW))

    listed = await world.parking.list_for(CONFIGURATION, most=10)
    noted = await world.parking.postpone(listed, later)

    assert [(one.parked_at, one.first_parked_at) for one in noted] == [(later, NOW)]
    assert [*await world.parked()] == [*noted]
    assert [*await world.parking.postpone([], later)] == []


async def test_event_is_tried_by_one_alone(world: World) -> None:
    """
    Of several who try what they listed at the same time one does; what is gone nobody tries.
    """
    for number in (1, 2):
        await world.parking.park(park_event(a_change(a_contact_key(number)), CONFIGURATION, NOW))
    listed = await world.parking.list_for(CONFIGURATION, most=10)
    await world.parking.forget([one for one in listed if one.id == listed[0].id])

    first = await world.parking.postpone(listed, NOW + timedelta(minutes=1))
    second = await world.parking.postpone(listed, NOW + timedelta(minutes=2))

    assert [one.id for one in first] == [listed[1].id]
    assert [*second] == []


async def test_tried_event_succeeds_as_it_was_noted(world: World) -> None:
    """
    Whoever succeeds forgets what was noted as tried; what was parked anew meanwhile is not noted.
    """
    key = a_contact_key(1)
    await world.parking.park(park_event(a_change(key), CONFIGURATION, NOW))
    listed = await world.parking.list_for(CONFIGURATION, most=10)
    await world.parking.park(park_event(a_change(key, Change.DELETED), "rejected", NOW))
    assert [*await world.parking.postpone(listed, NOW)] == []

    found = await world.parking.list_of([key])
    await world.parking.forget([*await world.parking.postpone([*found.values()], NOW)])

    assert [*await world.parked()] == []


async def test_giant_is_cut_aloud(tables: Tables, caplog: pytest.LogCaptureFixture) -> None:
    """
    A body beyond what a row holds is cut, and the log says so, rather than hold up its batch.
    """
    store = TableParkingStore(tables.service, tables.organisation)

    with caplog.at_level(logging.WARNING):
        await store.park(an_unreadable(b"x" * (PIECE * PIECES + 1)))

    [found] = await store.list_parked()
    assert len(found.body or "") == PIECE * PIECES
    assert "is cut" in caplog.text


async def test_reading_is_told_and_parking_is_not(tables: Tables) -> None:
    """
    That the table can be read proves nothing of what is kept there, nor does asking for nobody.
    """
    told: list[System] = []
    parking = TableParkingStore(tables.service, tables.organisation, worked=told.append)

    await parking.list_of([])
    await parking.forget([])
    await parking.park(park_event(a_change(), "why", NOW))
    assert told == []

    await parking.list_of([a_contact_key()])
    assert told == [System.PARKED]
