"""What cannot go on is kept: for later, or for whoever puts it right."""

import asyncio

import pytest

from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.batch import Work
from connector.domain.errors import ConfigurationError, PersonWaitsError, TransientError
from connector.domain.parking import ParkedEvent
from tests.builders import NOW, a_change, a_contact_key
from tests.fakes import FakeParking, FakeQueue


class SlowParking(FakeParking):
    """Takes its time with all but what it refuses."""

    async def park(self, parked: ParkedEvent) -> None:
        self.fail_if_told()
        for _ in range(10):
            await asyncio.sleep(0)
        await super().park(parked)


async def test_one_that_cannot_be_held_waits_for_the_others() -> None:
    """
    When one event cannot be held, nothing is parked any more after that is told.
    """
    parking = SlowParking()
    parking.errors.append(TransientError("table storage must be reachable"))
    work = [Work.of(a_change(a_contact_key(number))) for number in range(1, 4)]

    with pytest.raises(TransientError, match="reachable"):
        await TryAgain(FakeQueue(), parking, BackOff(), NOW).hold(work)

    assert len(parking.parked) == 2


async def test_causes_of_more_than_a_person_are_kept() -> None:
    """
    What keeps more than single people is known afterwards; nothing left over has no cause.
    """
    try_again = TryAgain(FakeQueue(), FakeParking(), BackOff(), NOW)
    work = [Work.of(a_change())]
    down, last = TransientError("down"), ConfigurationError("no right")

    await try_again.later(work, PersonWaitsError("one alone"))
    await try_again.later([], TransientError("nobody"))
    await try_again.later(work, down)
    await try_again.last(work, last)

    assert try_again.causes == [down, last]
