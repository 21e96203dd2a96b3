from dataclasses import replace

import pytest

from connector.adapters.envelope import to_body
from connector.application.send_dead_letters import send_dead_letters
from connector.application.send_parked import Resent
from connector.domain.contact import OrganisationId
from connector.domain.errors import TransientError
from connector.domain.event import CHANGES, JOBS, Event, RecordChanged
from tests.builders import ORGANISATION, a_change
from tests.fakes import FakeCrm, FakeParking, FakeRecords
from tests.jobs import a_job
from tests.review import FakeReview

OTHER = OrganisationId("99999999-4d0b-ef11-9f83-000d3adf4a10")


class Office:
    """Is where dead letters are looked at."""

    def __init__(self, *events: Event | bytes, queue: str = CHANGES) -> None:
        self.review = FakeReview(FakeRecords(), FakeParking(), FakeCrm())
        self.queue = queue
        for number, event in enumerate(events, 1):
            body = event if isinstance(event, bytes) else to_body(event).encode()
            self.review.dead.bodies[queue][number] = body

    async def send(self, *numbers: int) -> Resent:
        review = self.review.review()

        return await send_dead_letters(
            self.queue,
            numbers,
            organisation=ORGANISATION,
            box=review.dead,
            queues=review.queues,
            read=review.read,
        )

    @property
    def sent(self) -> list[Event]:
        return self.review.queues[self.queue].events

    @property
    def left(self) -> list[int]:
        return [*self.review.dead.bodies[self.queue]]


async def test_letter_goes_as_new() -> None:
    """
    What the queue gave up is sent as a forced event that was never tried, and its letter goes.
    """
    event = a_change(attempt=9)
    office = Office(event, a_change())

    assert await office.send(1) == Resent(1, 0)

    [sent] = office.sent
    assert isinstance(sent, RecordChanged)
    assert (sent.key, sent.forced, sent.attempt) == (event.key, True, 0)
    assert sent.message_id != event.message_id
    assert office.left == [2]


async def test_step_goes_to_its_own_queue() -> None:
    """
    A step that the queue of jobs gave up goes back there, and never skips what it did.
    """
    step = a_job(page=3).step(ORGANISATION)
    office = Office(step, queue=JOBS)

    assert await office.send(1) == Resent(1, 0)

    assert office.sent == [replace(step, forced=True)]


@pytest.mark.parametrize(
    "letter",
    [
        pytest.param(b"{", id="garbage"),
        pytest.param(a_job().step(ORGANISATION), id="of another queue"),
        pytest.param(replace(a_change(), organisation=OTHER), id="foreign"),
    ],
)
async def test_what_nobody_understands_stays(letter: Event | bytes) -> None:
    """
    What would only be parked stays where it is, and is counted; one that is gone is not.
    """
    office = Office(letter, a_change())

    assert await office.send(1, 2, 3) == Resent(1, 1)

    assert office.left == [1]


async def test_refused_by_queue_stays() -> None:
    """
    While the queue takes nothing every letter stays.
    """
    office = Office(a_change())
    office.review.queues[CHANGES].errors = [TransientError("service bus must take the event")]

    with pytest.raises(TransientError):
        await office.send(1)

    assert office.left == [1]
