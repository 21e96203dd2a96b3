"""A batch whose tables are away: everything comes back once, and nothing is given up."""

from collections.abc import Collection, Sequence

import pytest

from connector.domain.contact import ExternalId, RecordKey, Rejection
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError
from connector.domain.outcome import Outcome
from connector.domain.parking import ParkedEvent
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from tests.builders import a_change, a_person
from tests.fakes import FakeParking, FakeRecords
from tests.unit.application.syncing_world import World

AWAY = TransientError("table storage must be reachable")
LAST = 9


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("error", [AWAY, ConfigurationError("table storage must accept us")])
async def test_unparkable_events_wait(world: World, error: ConnectorError) -> None:
    """
    What was tried too often and cannot be parked waits for its last attempt, its neighbours too.
    """
    people = [a_person() for _ in range(3)]
    world.crm.put(*people)
    world.crm.errors = [TransientError("dataverse answered 503")]
    world.parking.errors = [error]
    attempts = (LAST, 0, LAST)

    outcomes = await world.sync(
        *(a_change(one.key, attempt=n) for one, n in zip(people, attempts, strict=True))
    )

    assert outcomes == [Outcome.RETRIED] * 3
    assert sorted(one.attempt for one in world.queue.events) == [1, LAST, LAST]
    assert all(one.forced for one in world.queue.events)
    assert None not in world.queue.delays


async def test_parked_before_outage_stays_parked(world: World) -> None:
    """
    What could be parked before the tables went is parked; only the rest comes back.
    """
    people = [a_person() for _ in range(2)]
    world.crm.errors = [TransientError("dataverse answered 503")]
    world.parking = FullParking()

    outcomes = await world.sync(*(a_change(one.key, attempt=LAST) for one in people))

    assert outcomes == [Outcome.PARKED, Outcome.RETRIED]
    assert [one.key for one in world.queue.events] == [people[1].key]
    assert world.state(people[0].key).reason == Reason.GAVE_UP


async def test_unnoted_parking_comes_back(world: World) -> None:
    """
    What was parked and could not be noted is tried once more, and leaves the parking when done.
    """
    person = a_person()
    world.crm.put(person)
    world.crm.errors = [TransientError("dataverse answered 503")]
    world.records = ReadOnlyRecords()

    outcomes = await world.sync(a_change(person.key, attempt=LAST))
    assert outcomes == [Outcome.RETRIED]
    assert len(world.parking.parked) == 1

    world.records = FakeRecords()
    await world.settle()
    assert world.parking.parked == {}
    assert world.state(person.key).status is SyncStatus.IN_SYNC


async def test_outage_halfway_doubles_nobody(world: World) -> None:
    """
    Who was sent back before the tables failed is not sent back twice: copies would multiply.
    """
    refused, fine = a_person(), a_person()
    world.crm.put(refused, fine)
    broken = Rejection("ERROR", is_transient=True)
    world.marketing.rejections[ExternalId(refused.key.id)] = broken
    world.records = ReadOnlyRecords()

    outcomes = await world.sync(a_change(refused.key), a_change(fine.key))

    assert outcomes == [Outcome.RETRIED] * 2
    assert sorted(one.key for one in world.queue.events) == sorted([refused.key, fine.key])


class FullParking(FakeParking):
    """Takes one event and no more."""

    async def park(self, parked: ParkedEvent) -> None:
        if self.parked:
            raise AWAY

        await super().park(parked)


class ReadOnlyRecords(FakeRecords):
    """Can be read and not be written, as storage that failed over."""

    async def save(self, states: Sequence[SyncState]) -> Collection[RecordKey]:
        if states:
            raise AWAY

        return []
