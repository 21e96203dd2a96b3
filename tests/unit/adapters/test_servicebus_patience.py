"""What becomes of callers who can wait while Service Bus does not take messages."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from connector.adapters import servicebus
from connector.adapters.servicebus import ServiceBusQueue
from connector.adapters.waiting_sends import MOST_PATIENT
from connector.domain.errors import TransientError
from tests.builders import a_change
from tests.unit.adapters.test_servicebus import BREAKS, Sdk, Step, fails_with, hangs

AWAY = fails_with(OSError("reset"))
ALWAYS = 10_000


class Outage:
    """A Service Bus that is away: `has_struck` is set when it was tried so many times."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.has_struck = asyncio.Event()

    async def __call__(self) -> None:
        self.left -= 1
        if self.left <= 0:
            self.has_struck.set()
        raise OSError("reset")


def freezes(thaw: asyncio.Event) -> Step:
    async def waits() -> None:
        await thaw.wait()

    return waits


@pytest.fixture
def sdk() -> Sdk:
    return Sdk()


@pytest.fixture
async def queue(sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ServiceBusQueue]:
    monkeypatch.setattr(servicebus, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(servicebus, "LONGEST_PAUSE_SECONDS", 0.004)
    one = ServiceBusQueue(sdk.open, send_seconds=0.05, close_seconds=0.05)
    async with asyncio.timeout(10):
        yield one
        await one.close()


@pytest.mark.parametrize("step", BREAKS)
async def test_patient_callers_are_served(sdk: Sdk, queue: ServiceBusQueue, step: Step) -> None:
    """
    However often a send breaks, callers with patience have their events sent in the end, once.
    """
    sdk.script = [step] * 4
    events = [a_change() for _ in range(60)]

    await asyncio.gather(*(queue.patiently(5).send([event]) for event in events))

    assert sdk.events == events
    assert sdk.opened == 5


async def test_long_outage_is_outlasted(sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    However many attempts an outage takes, the pause between two stays as short as its longest.
    """
    monkeypatch.setattr(servicebus, "FIRST_PAUSE_SECONDS", 0.0)
    queue = ServiceBusQueue(sdk.open)
    sdk.script = [AWAY] * 2_000

    await queue.patiently(60).send([a_change()])
    await queue.close()

    assert sdk.opened == 2_001


async def test_one_loop_for_all(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    Two hundred who wait cost as many attempts as one does, and two transfers.
    """
    sdk.script = [AWAY] * 3

    await asyncio.gather(*(queue.patiently(5).send([a_change()]) for _ in range(200)))

    assert sdk.opened == 4
    assert [len(bodies) for bodies, _ in sdk.transfers] == [100, 100]


@pytest.mark.parametrize("step", [AWAY, hangs], ids=["refuses", "hangs"])
async def test_patience_ends(sdk: Sdk, queue: ServiceBusQueue, step: Step) -> None:
    """
    Who has waited long enough is told, though a send is still under way.
    """
    sdk.script = [step] * ALWAYS

    with pytest.raises(TransientError, match="in time"):
        await queue.patiently(0.03).send([a_change()])


async def test_others_are_told_at_once(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    A worker's send is not retried: the queue is its retry, and its time is not the webhook's.
    """
    sdk.script = [AWAY]
    patient = asyncio.create_task(queue.patiently(5).send([a_change()]))

    with pytest.raises(TransientError, match="must take the event"):
        await queue.send([a_change()])
    await patient

    assert len(sdk.events) == 1


async def test_no_more_are_held_than_allowed(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    While Service Bus is away a bounded number of calls is held; those beyond are told at once.
    """
    sdk.script = [AWAY] * ALWAYS
    held = [
        asyncio.create_task(queue.patiently(5).send([a_change()])) for _ in range(MOST_PATIENT + 50)
    ]
    done, waiting = await asyncio.wait(held, return_when=asyncio.FIRST_COMPLETED)

    with pytest.raises(TransientError, match="too many wait"):
        await queue.patiently(5).send([a_change()])
    sdk.script = []
    await asyncio.gather(*waiting)

    assert len(done) == 50
    assert all(isinstance(one.exception(), TransientError) for one in done)
    assert len(sdk.events) == MOST_PATIENT


async def test_no_more_are_held_while_it_hangs(sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A Service Bus that answers nothing holds no more calls than allowed, before anything fails.
    """
    monkeypatch.setattr(servicebus, "OPENING_SECONDS", 60)
    monkeypatch.setattr(servicebus, "STALLED_SECONDS", 0.01)
    patient = ServiceBusQueue(sdk.open, send_seconds=60).patiently(60)
    await patient.send([a_change()])
    thaw = asyncio.Event()
    sdk.script = [freezes(thaw)]

    held = [asyncio.create_task(patient.send([a_change()])) for _ in range(MOST_PATIENT + 700)]
    worker = asyncio.create_task(patient.queue.send([a_change()]))
    done, waiting = await asyncio.wait(held, return_when=asyncio.FIRST_COMPLETED)
    with pytest.raises(TransientError, match="too many wait"):
        await patient.send([a_change()])
    thaw.set()
    await asyncio.gather(worker, *waiting)
    await patient.send([a_change()])
    await patient.queue.close()

    assert len(done) == 700
    assert all(isinstance(one.exception(), TransientError) for one in done)
    assert len(sdk.events) == MOST_PATIENT + 3


async def test_opening_may_take_longer(sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The first send opens the connection: a burst that meets a new worker is not refused for that.
    """
    monkeypatch.setattr(servicebus, "OPENING_SECONDS", 60)
    monkeypatch.setattr(servicebus, "STALLED_SECONDS", 0)
    queue = ServiceBusQueue(sdk.open)
    sdk.script = [freezes(thaw := asyncio.Event())]
    held = [
        asyncio.create_task(queue.patiently(60).send([a_change()])) for _ in range(MOST_PATIENT + 1)
    ]
    done, _ = await asyncio.wait(held, timeout=0.01)
    monkeypatch.setattr(servicebus, "STALLED_SECONDS", 60)
    thaw.set()
    await asyncio.gather(*held)
    await queue.close()

    assert not done
    assert len(sdk.events) == MOST_PATIENT + 1


async def test_good_days_have_no_bound(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    As long as Service Bus takes what it is given, a burst of any size is taken.
    """
    await asyncio.gather(*(queue.patiently(5).send([a_change()]) for _ in range(3 * MOST_PATIENT)))

    assert len(sdk.events) == 3 * MOST_PATIENT


async def test_caller_that_went_is_not_retried(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    A caller that was cancelled while Service Bus was away leaves nothing to be sent.
    """
    sdk.script = [(first := Outage(1)), (second := Outage(3)), second, second, *[AWAY] * ALWAYS]
    gone = asyncio.create_task(queue.patiently(5).send([a_change()]))
    stays = a_change()
    staying = asyncio.create_task(queue.patiently(5).send([stays]))
    await first.has_struck.wait()

    gone.cancel()
    await second.has_struck.wait()
    sdk.script = []
    await staying

    assert sdk.events == [stays]


async def test_close_ends_patience(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    A host that stops waits for no better times: whoever is held is told.
    """
    sdk.script = [AWAY, (outage := Outage(1)), *[AWAY] * ALWAYS]
    held = [asyncio.create_task(queue.patiently(60).send([a_change()])) for _ in range(3)]
    await outage.has_struck.wait()

    await queue.close()
    outcomes = await asyncio.gather(*held, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [TransientError] * 3


async def test_patience_returns_with_service_bus(sdk: Sdk, queue: ServiceBusQueue) -> None:
    """
    After an outage the next one is bridged as well.
    """
    for _ in range(2):
        sdk.script = [AWAY] * 2
        await queue.patiently(5).send([a_change()])

    assert len(sdk.events) == 2
