"""What waits for a licence or an operator is held, one per record, and goes on in the end."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from connector.application.held_events import PORTION, release_held, retry_configured
from connector.domain.errors import TransientError
from connector.domain.event import Change
from connector.domain.parking import CONFIGURATION, LICENCE, ParkedEvent, park_event
from tests.builders import NOW, a_change, a_contact_key, a_rename
from tests.connections import FakeGate
from tests.fakes import FakeParking, FakeQueue

LATER = NOW + timedelta(minutes=1)


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

    async def retry(
        self, now: datetime = LATER, *, most: int = 1000, all_at_once: bool = False
    ) -> int:
        return await retry_configured(
            held=self.parking, queue=self.queue, now=now, most=most, all_at_once=all_at_once
        )


class Late(FakeParking):
    """Shows what was parked once, and writes to the real parking: a host that is late."""

    def __init__(self, real: FakeParking) -> None:
        super().__init__()
        self._seen = [*real.parked.values()]
        self.parked = real.parked

    async def list_for(
        self, reason: str, *, most: int, due: datetime | None = None
    ) -> Sequence[ParkedEvent]:
        found = [one for one in self._seen if one.reason == reason]

        return [one for one in found if due is None or one.is_due(due)][:most]


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


async def test_waiting_for_operator_is_tried_and_kept(world: World) -> None:
    """
    What waits for an operator is sent again as new, and stays parked until it has succeeded.
    """
    await world.hold(2, CONFIGURATION)

    assert await world.retry() == 2

    assert [(one.change, one.attempt, one.forced) for one in world.queue.events] == [
        (Change.DELETED, 0, True)
    ] * 2
    assert [one.parked_at for one in world.parking.parked.values()] == [LATER] * 2


async def test_rename_waits_for_operator_as_people_do(world: World) -> None:
    """
    A rename that waits for an operator is sent again as new, and its row notes when.
    """
    rename = a_rename(attempt=21)
    await world.parking.park(park_event(rename, CONFIGURATION, NOW))

    assert await world.retry(NOW + timedelta(seconds=59)) == 0
    assert await world.retry() == 1

    [tried] = world.queue.related
    assert (tried.key, tried.attempt, tried.page) == (rename.key, 0, 0)
    assert tried.message_id != rename.message_id
    assert [one.parked_at for one in world.parking.parked.values()] == [LATER]


async def test_other_reasons_are_not_tried(world: World) -> None:
    """
    What was refused, or waits for the licence, is not tried for an operator.
    """
    await world.hold(1, "rejected")
    await world.hold(2, LICENCE)

    assert await world.retry() == 0
    assert world.queue.events == []


async def test_tried_a_moment_ago_waits(world: World) -> None:
    """
    What is not due waits for its turn; an administrator who put something right does not.
    """
    await world.hold(3, CONFIGURATION)

    assert await world.retry(NOW + timedelta(seconds=59)) == 0
    assert await world.retry(NOW + timedelta(seconds=59), all_at_once=True) == 3


async def test_two_timers_try_once(world: World) -> None:
    """
    Of two hosts that look at the same moment one sends an event.
    """
    await world.hold(1, CONFIGURATION)
    late = Late(world.parking)
    await world.retry()

    assert await retry_configured(held=late, queue=world.queue, now=LATER, most=10) == 0
    assert len(world.queue.events) == 1


async def test_queue_down_keeps_what_waits(world: World) -> None:
    """
    What the queue does not take stays parked, and is tried when its next turn comes.
    """
    await world.hold(1, CONFIGURATION)
    world.queue.errors.append(TransientError("service bus must take the event"))

    with pytest.raises(TransientError):
        await world.retry()

    assert await world.retry(LATER + timedelta(minutes=1)) == 1


async def test_unreadable_is_not_tried(world: World) -> None:
    """
    What nobody would understand stays as it is, whatever it waits for.
    """
    unreadable = ParkedEvent("a", CONFIGURATION, NOW, body="?")
    world.parking.parked = {unreadable.id: unreadable}

    assert await world.retry(all_at_once=True) == 0
    assert [*world.parking.parked.values()] == [unreadable]
