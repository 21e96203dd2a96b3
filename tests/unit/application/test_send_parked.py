from dataclasses import replace

import pytest

from connector.adapters.envelope import to_body
from connector.application.send_parked import Resent, discard_parked, send_parked
from connector.domain.contact import OrganisationId
from connector.domain.errors import TransientError
from connector.domain.event import CHANGES, JOBS, Change, Event, JobStep, RecordChanged
from connector.domain.parking import ParkedEvent, StrangeMessage, park_event
from tests.builders import NOW, ORGANISATION, a_change, a_contact_key
from tests.fakes import FakeCrm, FakeParking, FakeRecords
from tests.review import FakeReview

OTHER = OrganisationId("99999999-4d0b-ef11-9f83-000d3adf4a10")
STEP = JobStep(ORGANISATION, "contacts_to_spotler-000001", 3, resumed=1, attempt=5)


class Office:
    """Is where parked messages are looked at."""

    def __init__(self) -> None:
        self.parking = FakeParking()
        self.review = FakeReview(FakeRecords(), self.parking, FakeCrm())

    async def park(self, *parked: ParkedEvent) -> None:
        for one in parked:
            await self.parking.park(one)

    async def send(self, *ids: str) -> Resent:
        review = self.review.review()

        return await send_parked(
            ids or [*self.parking.parked],
            organisation=ORGANISATION,
            parked=review.parked,
            queues=review.queues,
            read=review.read,
        )

    def events(self, queue: str = CHANGES) -> list[Event]:
        return self.review.queues[queue].events


def strange(event: Event | bytes, queue: str = CHANGES) -> ParkedEvent:
    body = event if isinstance(event, bytes) else to_body(event).encode()

    return StrangeMessage(body, "a message must be known", queue=queue).parked(NOW)


async def test_event_goes_as_new() -> None:
    """
    What was tried too often is sent as a forced event that was never tried, and its row goes.
    """
    office = Office()
    event = a_change(change=Change.DELETED, attempt=21)
    await office.park(park_event(event, "TransientError", NOW))

    assert await office.send() == Resent(1, 0)

    [sent] = office.events()
    assert isinstance(sent, RecordChanged)
    assert (sent.key, sent.change, sent.forced, sent.attempt) == (
        event.key,
        Change.DELETED,
        True,
        0,
    )
    assert sent.message_id != event.message_id
    assert office.parking.parked == {}


async def test_messages_go_back_where_they_came_from() -> None:
    """
    What nobody could read goes back to its own queue once it can be read, forced and untried.
    """
    office = Office()
    change = a_change()
    await office.park(strange(change), strange(STEP, JOBS))

    assert await office.send() == Resent(2, 0)

    assert [one.organisation for one in office.events()] == [ORGANISATION]
    assert office.events(JOBS) == [replace(STEP, forced=True, attempt=0)]
    assert office.parking.parked == {}


@pytest.mark.parametrize(
    "parked",
    [
        pytest.param(strange(b"{"), id="garbage"),
        pytest.param(strange(STEP), id="a step among changes"),
        pytest.param(strange(a_change(), JOBS), id="a change among steps"),
        pytest.param(strange(a_change(), "tomorrow"), id="a queue of another version"),
        pytest.param(strange(replace(STEP, organisation=OTHER), JOBS), id="a foreign step"),
        pytest.param(
            park_event(replace(a_change(), organisation=OTHER), "foreign", NOW), id="foreign event"
        ),
    ],
)
async def test_what_nobody_understands_stays(parked: ParkedEvent) -> None:
    """
    What would only be parked again is not sent, stays, and is counted.
    """
    office = Office()
    await office.park(parked, park_event(a_change(), "spent", NOW))

    assert await office.send() == Resent(1, 1)

    assert [*office.parking.parked] == [parked.id]


async def test_gone_rows_are_passed_over() -> None:
    """
    What somebody else sent or discarded meanwhile is not counted.
    """
    assert await Office().send("contact-1", "message-2") == Resent(0, 0)


async def test_refused_by_queue_stays() -> None:
    """
    While the queue takes nothing every row stays as it is.
    """
    office = Office()
    await office.park(park_event(a_change(), "spent", NOW))
    office.review.queues[CHANGES].errors = [TransientError("service bus must take the event")]

    with pytest.raises(TransientError):
        await office.send()

    assert len(office.parking.parked) == 1


async def test_parked_again_meanwhile_stays() -> None:
    """
    Who fails once more before the row is removed stays parked with the newer reason.
    """
    office = Office()
    key = a_contact_key()
    await office.park(park_event(a_change(key), "first", NOW))
    again = park_event(a_change(key), "second", NOW)

    def fail_again() -> None:
        office.parking.parked[again.id] = replace(again, etag="newer")

    office.review.queues[CHANGES].meanwhile = fail_again

    assert await office.send() == Resent(1, 0)
    assert [one.reason for one in office.parking.parked.values()] == ["second"]


async def test_discarded_is_gone() -> None:
    """
    What is discarded is sent to nobody, and only what was there is counted.
    """
    office = Office()
    await office.park(strange(b"{"), strange(b"["))
    first, second = office.parking.parked

    assert await discard_parked([first, "contact-1"], parked=office.review.parked) == 1

    assert [*office.parking.parked] == [second]
    assert office.events() == []
