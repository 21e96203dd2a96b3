"""What cannot go on is kept: for later, or for whoever puts it right."""

import asyncio

import pytest

from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.batch import Work
from connector.domain.errors import TransientError
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
