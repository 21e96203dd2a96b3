"""A page that could not be taken comes back, and its job says why it waits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.application.control_jobs import wake_jobs
from connector.application.people_page import ROWS_PER_PAGE
from connector.application.run_job import StepOutcome
from connector.domain.cause import Cause, CauseCode, gravest
from connector.domain.contact import ExternalId, Rejection
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    PermanentError,
    PersonWaitsError,
    RateLimitedError,
    TransientError,
)
from connector.domain.job import JobState, StopReason
from connector.domain.tally import Tally
from tests.builders import NOW
from tests.jobs import FakeKeeping
from tests.unit.application.job_world import MINUTE, World, some_people

DOWN = TransientError("spotler must be there")


def fail() -> None:
    raise DOWN


async def test_outage_brings_the_page_back() -> None:
    """
    What Spotler could not take comes back with its page, which is counted when it is through.
    """
    world = World(*some_people(250))
    world.break_spotler()

    assert await world.run(await world.start()) is StepOutcome.DELAYED

    [step], [delay] = world.kept.queue.steps, world.kept.queue.delays
    assert (step.page, step.attempt, world.job.tally) == (0, 1, Tally())
    assert delay is not None
    assert world.job.waits_until == NOW + delay
    world.marketing.rejections.clear()
    assert (await world.run_all(world.kept.queue.take())).tally == Tally(250)
    assert world.queue.events == []


@pytest.mark.parametrize("is_broken", [False, True], ids=["next page", "page that comes back"])
async def test_step_that_gets_no_place_is_told(*, is_broken: bool) -> None:
    """
    A job whose next step the queue does not take says so; the step before it does nothing more.
    """
    world = World(*some_people(ROWS_PER_PAGE + 1))
    step = await world.start()
    if is_broken:
        world.crm.errors = [DOWN]
    world.kept.queue.errors.append(TransientError("the queue must take it"))

    with pytest.raises(TransientError):
        await world.run(step)
    stranded = world.job
    again = await world.run(replace(step, forced=True))

    assert (stranded.cause, stranded.waits_until) == (Cause(CauseCode.QUEUE), NOW + MINUTE)
    assert (again, world.job, world.kept.queue.steps) == (StepOutcome.STALE, stranded, [])
    [woken] = await wake_jobs(jobs=world.kept.keeping(), patience=MINUTE)
    assert woken.page == (0 if is_broken else 1)
    assert (await world.run_all(world.kept.queue.take())).state is JobState.DONE


async def test_limit_is_waited_out() -> None:
    """
    A step comes back no sooner than the vendor allows.
    """
    world = World(*some_people(5))
    hour = timedelta(hours=1)
    world.crm.errors = [RateLimitedError("slow down", retry_after=hour)]

    await world.run(await world.start())

    assert world.kept.queue.delays == [hour]


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (DOWN, Cause(CauseCode.TRANSIENT)),
        (RateLimitedError("slow", retry_after=MINUTE), Cause(CauseCode.RATE_LIMITED)),
        (ConfigurationError("put it right"), Cause(CauseCode.CONFIGURATION, "put it right")),
        (PermanentError("no"), Cause(CauseCode.REFUSED)),
    ],
)
async def test_waiting_job_says_why(error: ConnectorError, cause: Cause) -> None:
    """
    Why a page comes back is in the job until the page is done.
    """
    world = World(*some_people(1))
    world.crm.errors = [error]

    await world.run(await world.start())
    assert (world.job.is_running, world.job.cause) == (True, cause)

    await world.run(world.kept.queue.take())
    assert (world.job.state, world.job.cause) == (JobState.DONE, None)


@pytest.mark.parametrize(
    ("sick", "state", "cause"),
    [
        pytest.param(10, JobState.DONE, None, id="a few hold up nobody"),
        pytest.param(11, JobState.RUNNING, Cause(CauseCode.PEOPLE), id="many are waited for"),
    ],
)
async def test_people_whom_spotler_cannot_take(
    sick: int, state: JobState, cause: Cause | None
) -> None:
    """
    While Spotler cannot take a few, and takes the others, these come back on their own.
    """
    people = some_people(20)
    world = World(*people)
    for person in people[:sick]:
        id_ = ExternalId(person.key.id)
        world.marketing.rejections[id_] = Rejection("ERROR", is_transient=True)

    await world.run(await world.start())

    assert (world.job.state, world.job.cause) == (state, cause)
    if state is JobState.DONE:
        assert (world.job.tally.in_sync, world.job.tally.failed) == (10, 10)


def test_what_concerns_all_is_told_first() -> None:
    """
    When one person waits and a system is away, the job says that the system is.
    """
    waits = PersonWaitsError("spotler must be able to handle a contact")

    assert [gravest([DOWN, waits]), gravest([waits, waits])] == [DOWN, waits]


async def test_job_that_gave_up_says_why() -> None:
    """
    A job that pauses after the last attempt keeps the cause until it is resumed.
    """
    world = World(*some_people(1))
    world.attempts = 1
    world.crm.errors = [DOWN]

    await world.run(await world.start())

    assert world.job.reason is StopReason.GAVE_UP
    assert world.job.cause == Cause(CauseCode.TRANSIENT)
    assert world.job.resumed_at(NOW).cause is None


async def test_failed_call_may_have_been_done() -> None:
    """
    Whose call failed is sent again, also when they are again what Spotler once held.
    """
    [person] = people = some_people(1)
    world = World(*people)
    await world.run_all(await world.start())
    world.kept = FakeKeeping()
    world.crm.put(replace(person, version=2, columns={**person.columns, "firstname": "Piet"}))
    world.marketing.meanwhile = fail
    await world.run(await world.start())
    world.crm.put(replace(person, version=3))
    world.marketing.calls.clear()

    await world.run_all(world.kept.queue.take())

    assert len(world.marketing.calls) == 1


async def test_few_do_not_hold_up_all() -> None:
    """
    A few that Spotler can never take go on by themselves in the end, and the job goes on.
    """
    people = some_people(ROWS_PER_PAGE + 1)
    world = World(*people)
    sick = people[0].key
    world.marketing.rejections[ExternalId(sick.id)] = Rejection("ERROR", is_transient=True)

    job = await world.run_all(await world.start())

    assert (job.state, job.tally) == (JobState.DONE, Tally(in_sync=ROWS_PER_PAGE, failed=1))
    assert {event.key for event in world.queue.events} == {sick}


async def test_job_gives_up_in_the_end() -> None:
    """
    After the last attempt the job pauses, with the reason, for somebody to look.
    """
    world = World(*some_people(30))
    world.attempts = 1
    world.break_spotler()

    assert await world.run(await world.start()) is StepOutcome.PAUSED
    assert (world.job.state, world.job.reason) == (JobState.PAUSED, StopReason.GAVE_UP)


async def test_tables_that_fail_are_waited_out() -> None:
    """
    A page whose states cannot be written comes back.
    """
    world = World(*some_people(30))
    step = await world.start()
    save = world.records.save

    async def fail_once(states: object) -> object:
        world.records.save = save  # type: ignore[method-assign] # only once
        raise DOWN

    world.records.save = fail_once  # type: ignore[method-assign,assignment] # on demand

    assert await world.run(step) is StepOutcome.DELAYED
    assert (await world.run_all(world.kept.queue.take())).tally == Tally(30)
