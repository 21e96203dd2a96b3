"""What a licence does not allow is held, one per record, and goes on by itself in the end."""

import pytest

from connector.application.held_events import PORTION, release_held
from connector.domain.errors import TransientError
from connector.domain.event import Change
from connector.domain.parking import LICENCE, ParkedEvent, park_event
from tests.builders import NOW, a_change, a_contact_key
from tests.connections import FakeGate
from tests.fakes import FakeParking, FakeQueue


class World:
    """Is the parking, the queue and the licence."""

    def __init__(self) -> None:
        self.parking = FakeParking()
        self.queue = FakeQueue()
        self.gate = FakeGate()

    async def hold(self, count: int, reason: str = LICENCE) -> None:
        for number in range(1, count + 1):
            event = a_change(a_contact_key(number), Change.DELETED, attempt=7)
            await self.parking.park(park_event(event, reason, NOW))

    async def release(self, most: int = 1000) -> int:
        return await release_held(licence=self.gate, held=self.parking, queue=self.queue, most=most)


@pytest.fixture
def world() -> World:
    return World()


async def test_held_events_go_on(world: World) -> None:
    """
    All that was held goes back on the queue as new, a deletion as a deletion.
    """
    await world.hold(PORTION + 1)

    assert await world.release() == PORTION + 1

    assert world.parking.parked == {}
    assert len({one.key for one in world.queue.events}) == PORTION + 1
    assert {(one.change, one.attempt, one.forced) for one in world.queue.events} == {
        (Change.DELETED, 0, True)
    }


async def test_other_reasons_stay(world: World) -> None:
    """
    What waits for a person is not touched.
    """
    await world.hold(3, "rejected")

    assert await world.release() == 0
    assert len(world.parking.parked) == 3


async def test_nothing_goes_without_licence(world: World) -> None:
    """
    As long as the licence allows nothing, all stays where it is.
    """
    world.gate.allows = False
    await world.hold(3)

    assert await world.release() == 0
    assert world.queue.events == []


async def test_portion_is_bounded(world: World) -> None:
    """
    One run takes so many and leaves the others for the next.
    """
    await world.hold(5)

    assert await world.release(most=2) == 2
    assert len(world.parking.parked) == 3
    assert await world.release(most=3) == 3


async def test_queue_down_loses_nothing(world: World) -> None:
    """
    What the queue does not take stays held.
    """
    await world.hold(3)
    world.queue.errors.append(TransientError("service bus must take the event"))

    with pytest.raises(TransientError):
        await world.release()

    assert len(world.parking.parked) == 3


@pytest.mark.parametrize("count", [1, PORTION, PORTION + 1])
async def test_unreadable_stay_and_hold_up_nobody(world: World, count: int) -> None:
    """
    What nobody would understand stays parked, and what lies behind it goes on.
    """
    unreadable = [ParkedEvent(f"a-{number}", LICENCE, NOW, body="?") for number in range(count)]
    world.parking.parked = {one.id: one for one in unreadable}
    await world.hold(PORTION + 1)

    assert await world.release() == PORTION + 1

    assert [*world.parking.parked.values()] == unreadable
    assert len(world.queue.events) == PORTION + 1
    assert await world.release() == 0
