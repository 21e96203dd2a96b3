"""The worker and the timer that keep jobs going."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import azure.functions as func
import pytest
from azure.functions.servicebus import ServiceBusMessage
from azure.functions.timer import TimerRequest

from connector.adapters.envelope import to_body
from connector.domain.contact import OrganisationId
from connector.domain.errors import TransientError
from connector.domain.event import JobStep
from connector.domain.job import JobKind, JobState, StopReason
from connector.domain.licence import Edition
from connector.domain.licence_status import StoredLicence
from connector.domain.parking import CONFIGURATION, LICENCE, ParkedEvent, park_event
from connector.functions import queues, timers
from tests.builders import NOW, ORGANISATION, a_change, a_contact_key, a_person
from tests.jobs import a_job
from tests.licences import a_licence
from tests.spotler_people import a_spotler_contact
from tests.unit.functions.world import World

PERSONAL = "jan@example.nl"


def a_message(step: JobStep, *, delivery: int = 1) -> ServiceBusMessage:
    return ServiceBusMessage(
        body=to_body(step).encode(),
        message_id="message-1",
        delivery_count=delivery,
        application_properties={},
        user_properties={},
    )


async def begin(world: World) -> JobStep:
    job = await world.jobs.store.save(a_job())
    assert job is not None

    return job.step(ORGANISATION)


async def test_step_does_a_page(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """
    A step brings its page to Spotler, and the log names the job and nobody.
    """
    caplog.set_level(logging.INFO)
    world.crm.put(a_person(email=PERSONAL))

    await queues.run_jobs(a_message(await begin(world)))

    assert [one["email"] for one in world.marketing.people.values()] == [PERSONAL]
    [job] = world.jobs.store.rows.values()
    assert job.state is JobState.DONE
    assert world.counter.counts == {("connector.jobs.steps", "advanced"): 1}
    assert PERSONAL not in caplog.text


async def test_redelivered_step_is_forced(world: World) -> None:
    """
    A step that was delivered before sends its whole page again: what it did is not known.
    """
    world.crm.put(a_person())
    await queues.run_jobs(a_message(await begin(world)))
    world.jobs.store.rows.clear()
    step = await begin(world)

    await queues.run_jobs(a_message(step, delivery=2))

    assert len(world.marketing.calls) == 2


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="broken"),
        pytest.param(to_body(a_change()).encode(), id="another kind"),
        pytest.param(
            to_body(JobStep(OrganisationId("9" * 8 + ORGANISATION[8:]), "x-000001", 0)).encode(),
            id="another organisation",
        ),
    ],
)
async def test_strange_step_is_parked(world: World, body: bytes) -> None:
    """
    What is no step of ours is kept as it came, and nothing is done.
    """
    message = ServiceBusMessage(
        body=body, message_id="m", application_properties={}, user_properties={}
    )

    await queues.run_jobs(message)

    [parked] = world.parking.parked.values()
    assert (parked.body or "").encode() == body
    assert (parked.queue, parked.id.startswith("jobs-message-")) == ("jobs", True)
    assert world.crm.queries == []


async def test_unparkable_step_waits(world: World) -> None:
    """
    A strange step that cannot be parked now goes back on its own queue as it came.
    """
    world.parking.errors = [TransientError("table storage must be reachable")]
    message = ServiceBusMessage(
        body=b"{", message_id="m", application_properties={}, user_properties={}
    )

    await queues.run_jobs(message)

    assert world.raw_queues["jobs"].messages == [(b"{", 1)]
    assert world.raw_queues["changes"].messages == []


async def test_timer_wakes_what_stands_still(world: World) -> None:
    """
    The timer sends the step of a job that stood still for five minutes, and says so.
    """
    await begin(world)
    world.jobs.now += timedelta(minutes=4, seconds=59)
    await timers.wake_jobs(a_timer())
    assert world.jobs.queue.steps == []

    world.jobs.now += timedelta(seconds=1)
    await timers.wake_jobs(a_timer())

    [step] = world.jobs.queue.steps
    assert step == replace(step, resumed=1, forced=True)
    assert world.counter.counts == {("connector.jobs.woken", "contacts_to_spotler"): 1}


def a_timer() -> func.TimerRequest:
    return TimerRequest(past_due=False, schedule_status={}, schedule={})


@pytest.mark.parametrize("failing", ["jobs", "held", "configured"])
async def test_each_part_of_the_timer_runs(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failing: str
) -> None:
    """
    Whatever part of the timer fails, the others do their work, and the log says what failed.
    """
    await begin(world)
    world.jobs.now += timedelta(minutes=5)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    await world.parking.park(park_event(a_change(a_contact_key(1)), LICENCE, long_ago))
    await world.parking.park(park_event(a_change(a_contact_key(2)), CONFIGURATION, long_ago))
    down = TransientError("table storage must be reachable")

    async def fail(*_: object, **__: object) -> list[ParkedEvent]:
        raise down

    match failing:
        case "jobs":
            monkeypatch.setattr(world.jobs.store, "list_jobs", fail)
        case "held":
            monkeypatch.setattr(world.licensing.licences, "find", fail)
        case _:
            monkeypatch.setattr(world.parking, "postpone", fail)

    await timers.wake_jobs(a_timer())

    woken, others = len(world.jobs.queue.steps), len(world.queue.events)
    assert (woken, others) == ((0, 2) if failing == "jobs" else (1, 1))
    assert "must be reachable" in caplog.text


@pytest.mark.parametrize("preview", [False, True])
async def test_step_reads_spotler(world: World, *, preview: bool) -> None:
    """
    A step of a sync to Dataverse makes a contact of somebody whom only Spotler knows.
    """
    world.contact_feed.people = [a_spotler_contact()]
    job = a_job(JobKind.CONTACTS_TO_DATAVERSE, preview=preview)
    saved = await world.jobs.store.save(job)
    assert saved is not None

    await queues.run_jobs(a_message(saved.step(ORGANISATION)))

    [done] = world.jobs.store.rows.values()
    assert done.tally.details == {"created": 1}
    assert len(world.crm.rows) == (0 if preview else 1)


async def test_timer_lets_held_events_go(world: World) -> None:
    """
    What waits for a licence goes on by itself within a minute, and is counted.
    """
    await world.parking.park(park_event(a_change(), LICENCE, NOW))

    await timers.wake_jobs(TimerRequest())

    assert (len(world.queue.events), world.parking.parked) == (1, {})
    assert world.counter.counts == {("connector.licence.released",): 1}


async def test_timer_tries_what_waits_for_an_operator(world: World) -> None:
    """
    What waits for an operator is tried by itself each time it is due, and stays until it succeeds.
    """
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    await world.parking.park(park_event(a_change(), CONFIGURATION, an_hour_ago))

    for _ in range(2):
        await timers.wake_jobs(TimerRequest())

    assert len(world.queue.events) == 1
    [parked] = world.parking.parked.values()
    assert parked.parked_at > an_hour_ago
    assert world.counter.counts == {("connector.configuration.retried",): 1}


async def test_trial_pauses_a_job(world: World) -> None:
    """
    A job that runs when the licence no longer allows it is paused at its next page.
    """
    world.licensing.put(a_licence(edition=Edition.TRIAL))

    await queues.run_jobs(a_message(await begin(world)))

    [job] = world.jobs.store.rows.values()
    assert (job.state, job.reason) == (JobState.PAUSED, StopReason.LICENCE)


async def test_licence_of_another_host_pauses_a_job(world: World) -> None:
    """
    A licence that is another one since a moment ago, on another host, counts at the next page.
    """
    assert (await world.licensing.keeping.status()).allows_initial_sync
    world.licensing.offer("trial", a_licence(edition=Edition.TRIAL))
    world.licensing.licences.row = StoredLicence("trial", NOW, NOW)

    await queues.run_jobs(a_message(await begin(world)))

    [job] = world.jobs.store.rows.values()
    assert (job.state, job.reason) == (JobState.PAUSED, StopReason.LICENCE)
