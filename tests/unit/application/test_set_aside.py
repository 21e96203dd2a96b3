"""What nobody understands: parked, or back on its queue as it came."""

import random
from datetime import timedelta

import pytest

from connector.application.set_aside import SetAside
from connector.domain.back_off import BackOff
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError
from connector.domain.outcome import Outcome
from connector.domain.parking import StrangeMessage
from tests.builders import NOW
from tests.fakes import FakeParking, FakeRawQueue

AWAY = TransientError("table storage must be reachable")
BODIES = (b"", b"{", b"\xff\xfe\x00", random.Random(3).randbytes(200 * 1024))


class World:
    def __init__(self) -> None:
        self.parking = FakeParking()
        self.queue = FakeRawQueue()

    async def set_aside(self, *messages: StrangeMessage) -> list[Outcome]:
        back_off = BackOff(timedelta(seconds=2), timedelta(seconds=60))

        return await SetAside(self.parking, self.queue, back_off, NOW).run(messages)


@pytest.fixture
def world() -> World:
    return World()


def a_message(body: bytes = b"{", attempt: int = 0) -> StrangeMessage:
    return StrangeMessage(body, "a message must be known", attempt)


async def test_strange_message_is_parked(world: World) -> None:
    """
    What nobody understands is parked with its reason, byte for byte.
    """
    outcomes = await world.set_aside(*map(a_message, BODIES))

    assert outcomes == [Outcome.PARKED] * len(BODIES)
    parked = [one.body or "" for one in world.parking.parked.values()]
    assert [body.encode(errors="surrogateescape") for body in parked] == [*BODIES]
    assert world.queue.messages == []


@pytest.mark.parametrize("error", [AWAY, ConfigurationError("table storage must accept us")])
async def test_unparkable_message_comes_back(world: World, error: ConnectorError) -> None:
    """
    When the tables are away the message waits on its queue, as it came and counted.
    """
    world.parking.errors = [error]

    outcomes = await world.set_aside(a_message(BODIES[3], attempt=4))

    assert outcomes == [Outcome.RETRIED]
    assert world.queue.messages == [(BODIES[3], 5)]
    assert timedelta(seconds=16) <= world.queue.delays[0] <= timedelta(seconds=32)


async def test_outage_is_met_once(world: World) -> None:
    """
    After the first message that cannot be parked the rest of a batch waits too, untried.
    """
    world.parking.errors = [AWAY]

    outcomes = await world.set_aside(*map(a_message, BODIES))

    assert outcomes == [Outcome.RETRIED] * len(BODIES)
    assert [body for body, _ in world.queue.messages] == [*BODIES]
    assert world.parking.parked == {}


async def test_no_attempt_is_the_last(world: World) -> None:
    """
    A message that can only be parked is never given up, and waits the longest time at most.
    """
    world.parking.errors = [AWAY]

    await world.set_aside(a_message(attempt=9_999))

    assert world.queue.messages == [(b"{", 10_000)]
    assert world.queue.delays[0] <= timedelta(seconds=60)


async def test_nothing_takes_it_is_told(world: World) -> None:
    """
    When the queue refuses too the caller learns it: the original must stay.
    """
    world.parking.errors = [AWAY]
    world.queue.errors = [TransientError("service bus must take the event")]

    with pytest.raises(TransientError, match="service bus"):
        await world.set_aside(a_message())
