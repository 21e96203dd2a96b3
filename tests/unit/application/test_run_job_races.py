"""Steps that cross each other, or a person's click, count each page once."""

from dataclasses import replace

import pytest

from connector.application.job_keeping import ATTEMPTS
from connector.application.people_page import ROWS_PER_PAGE
from connector.application.run_job import StepOutcome
from connector.domain.errors import TransientError
from connector.domain.job import Job, JobState
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION
from tests.jobs import a_job
from tests.unit.application.job_world import World, some_people


async def test_stale_step_does_nothing() -> None:
    """
    A step of an older chain, of another page, or of no job at all is passed over.
    """
    world = World(*some_people(1))
    step = await world.start(a_job(page=4, resumed=2))

    for stale in (replace(step, resumed=1), replace(step, page=2), replace(step, job="x-000001")):
        assert await world.run(stale) is StepOutcome.STALE

    assert (world.marketing.calls, world.kept.queue.steps) == ([], [])


async def test_crash_before_sending_is_mended() -> None:
    """
    A step that comes again although its page is saved only asks for the next one.
    """
    world = World(*some_people(ROWS_PER_PAGE + 1))
    step = await world.start()
    world.kept.bookmarks.errors.append(TransientError("the tables must take it"))
    with pytest.raises(TransientError):
        await world.run(step)
    calls = len(world.marketing.calls)

    assert await world.run(replace(step, forced=True)) is StepOutcome.STALE

    assert len(world.marketing.calls) == calls
    assert [one.page for one in world.kept.queue.steps] == [1]


async def test_pause_keeps_the_page() -> None:
    """
    A page that was under way when somebody paused is saved, and no other is asked for.
    """
    world = World(*some_people(ROWS_PER_PAGE + 1))
    step = await world.start()
    world.kept.store.meanwhile = [None, lambda job: job.paused(NOW)]

    assert await world.run(step) is StepOutcome.ADVANCED

    assert (world.job.state, world.job.tally) == (JobState.PAUSED, Tally(ROWS_PER_PAGE))
    assert world.kept.queue.steps == []


async def test_resumed_page_is_not_begun_twice() -> None:
    """
    A job paused and resumed during a page goes on from the next, in the new chain.
    """
    world = World(*some_people(ROWS_PER_PAGE + 1))
    step = await world.start()
    resumed: list[Job] = []

    def pause_and_resume(job: Job) -> Job:
        resumed.append(job.paused(NOW).resumed_at(NOW))
        return resumed[0]

    world.kept.store.meanwhile = [None, pause_and_resume]

    await world.run(step)
    assert await world.run(resumed[0].step(ORGANISATION)) is StepOutcome.STALE

    [following] = world.kept.queue.steps
    assert (following.page, following.resumed) == (1, 1)
    assert world.job.tally == Tally(ROWS_PER_PAGE)


async def test_cancel_drops_the_page() -> None:
    """
    A page of a job that was cancelled meanwhile is not counted.
    """
    world = World(*some_people(5))
    step = await world.start()
    world.kept.store.meanwhile = [None, lambda job: job.cancelled(NOW)]

    assert await world.run(step) is StepOutcome.STALE
    assert (world.job.state, world.job.tally) == (JobState.CANCELLED, Tally())


async def test_page_that_was_done_twice_counts_once() -> None:
    """
    Of two steps that do one page at the same time the first counts, and nothing is done over.
    """
    world = World(*some_people(5))
    step = await world.start(a_job(total=9))
    world.kept.store.meanwhile = [None, lambda job: job.advanced(Tally(5), "next", NOW)]

    assert await world.run(step) is StepOutcome.STALE
    assert (world.job.tally, world.job.page, world.job.cursor) == (Tally(5), 1, "next")


async def test_crash_in_paused_job_frees_the_page() -> None:
    """
    A paused job whose host died lets go of its page when the step comes again.
    """
    world = World(*some_people(5))
    step = await world.start()
    taken = await world.kept.store.save(world.job.taken(step))
    assert taken is not None
    await world.kept.store.save(taken.paused(NOW))

    assert await world.run(replace(step, forced=True)) is StepOutcome.STALE
    assert world.job.taken_by is None


async def test_cancelled_is_not_paused() -> None:
    """
    A job that somebody cancels at the moment when the licence stops it stays cancelled.
    """
    world = World(*some_people(5))
    step = await world.start()
    world.kept.store.meanwhile = [None, lambda job: job.cancelled(NOW)]

    assert await world.run(step, allowed=False) is StepOutcome.STALE
    assert world.job.state is JobState.CANCELLED


async def test_paused_job_is_not_tried_again() -> None:
    """
    A page that fails in a job that was paused meanwhile does not come back by itself.
    """
    world = World(*some_people(30))
    step = await world.start()
    world.break_spotler()
    world.kept.store.meanwhile = [None, lambda job: job.paused(NOW)]

    assert await world.run(step) is StepOutcome.STALE
    assert (world.kept.queue.steps, world.job.taken_by) == ([], None)


async def test_crowded_row_is_left() -> None:
    """
    A step that cannot get at its row for all the others fails, and comes back.
    """
    world = World(*some_people(1))
    step = await world.start()
    world.kept.store.meanwhile = [lambda job: job] * ATTEMPTS

    with pytest.raises(TransientError, match="many at once"):
        await world.run(step)

    world.kept.store.meanwhile = [None, *[lambda job: job] * ATTEMPTS]
    with pytest.raises(TransientError, match="many at once"):
        await world.run(step)
