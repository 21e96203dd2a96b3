from collections.abc import Sequence
from datetime import timedelta

import pytest

from connector.application.control_jobs import (
    cancel_job,
    end_jobs_of_others,
    pause_job,
    resume_job,
    start_job,
    wake_jobs,
)
from connector.application.job_keeping import ATTEMPTS
from connector.domain.cause import Cause, CauseCode
from connector.domain.connection import NotConnectedError
from connector.domain.contact import Account
from connector.domain.errors import TransientError
from connector.domain.event import JobStep
from connector.domain.job import Job, JobKind, JobState, StopReason
from connector.domain.job_errors import JobForbiddenError, JobNotFoundError, JobRunningError
from connector.domain.tally import Tally
from tests.builders import NOW
from tests.jobs import KIND, STARTED_BY, FakeJobQueue, FakeJobs, FakeKeeping, FakePageWork, a_job

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class QueueAndTablesAway(FakeJobQueue):
    """A queue that takes nothing, and with which the tables of jobs go away for two calls."""

    def __init__(self, store: FakeJobs) -> None:
        super().__init__()
        self.store = store

    async def send(self, steps: Sequence[JobStep], *, delay: timedelta | None = None) -> None:  # noqa: ARG002 - the port
        self.store.errors = [TransientError("the tables must be there") for _ in range(2)]
        raise TransientError("the queue must be there")


def unchanged(job: Job) -> Job:
    """Write a row as it is, which makes a race all the same."""
    return job


async def start(
    kept: FakeKeeping, kind: JobKind = KIND, *, allowed: bool = True, preview: bool = False
) -> Job:
    return await start_job(
        kind,
        jobs=kept.keeping(),
        page=FakePageWork(),
        started_by=STARTED_BY,
        licence_allows=allowed,
        preview=preview,
    )


async def test_started_job_asks_for_a_page() -> None:
    """
    Starting writes who and how many, marks the stream as begun, and asks for the first page.
    """
    kept = FakeKeeping()

    job = await start(kept)

    assert (job.id, job.started_by, job.total) == ("contacts_to_spotler-000001", STARTED_BY, 2)
    assert kept.queue.take() == job.step(kept.keeping().organisation)
    assert kept.bookmarks.rows[KIND].is_processed is False


async def test_started_job_is_of_an_account() -> None:
    """
    A job is of the account that is connected as it is started; without one it does not begin.
    """
    kept = FakeKeeping()
    kept.known_as = Account("account-7")
    assert (await start(kept)).account == "account-7"

    kept.errors = [NotConnectedError()]
    with pytest.raises(NotConnectedError):
        await start(kept, preview=True)

    assert len(kept.store.rows) == 1


async def test_started_job_waits_for_the_queue() -> None:
    """
    A job that is saved has been started, though the queue is away: it is woken later.
    """
    kept = FakeKeeping()
    kept.queue.errors.append(TransientError("the queue must be there"))

    job = await start(kept)
    assert (job.is_running, kept.queue.steps) == (True, [])
    assert (job.cause, job.waits_until) == (Cause(CauseCode.QUEUE), NOW + MINUTE)

    kept.now = NOW + MINUTE
    [woken] = await wake_jobs(jobs=kept.keeping(), patience=HOUR)
    assert kept.queue.take().job == woken.id == job.id
    assert (woken.cause, woken.waits_until) == (None, None)


async def test_unsent_step_and_tables_away_are_no_failure() -> None:
    """
    Where the tables are away too a job that was started waits until it is found to stand still.
    """
    kept = FakeKeeping()
    kept.queue = QueueAndTablesAway(kept.store)

    job = await start(kept)
    kept.queue = FakeJobQueue()
    kept.now = NOW + HOUR

    assert (job.is_running, job.cause) == (True, None)
    assert len(await wake_jobs(jobs=kept.keeping(), patience=HOUR)) == 1


async def test_job_that_waits_for_its_queue_is_woken_until_it_goes() -> None:
    """
    As long as the queue takes no step the job says so, whatever the patience with one that is lost.
    """
    kept = FakeKeeping()
    kept.queue.errors = [TransientError("the queue must be there") for _ in range(3)]
    job = await start(kept)

    for minute in (1, 2):
        kept.now = NOW + minute * MINUTE
        assert await wake_jobs(jobs=kept.keeping(), patience=HOUR) == []
        assert kept.store.rows[job.id].is_stranded
    kept.now += MINUTE
    await wake_jobs(jobs=kept.keeping(), patience=HOUR)

    [step] = kept.queue.steps
    assert kept.store.rows[job.id].awaits(step)


async def test_resumed_job_waits_for_the_queue() -> None:
    """
    A job that is resumed while the queue is away runs again once it is woken.
    """
    kept = FakeKeeping()
    await kept.store.save(a_job(state=JobState.PAUSED))
    kept.queue.errors.append(TransientError("the queue must be there"))

    job = await resume_job(a_job().id, jobs=kept.keeping(), licence_allows=True)
    assert (job.is_running, kept.queue.steps) == (True, [])

    kept.now = NOW + MINUTE
    assert len(await wake_jobs(jobs=kept.keeping(), patience=MINUTE)) == 1
    assert len(kept.queue.steps) == 1


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.PAUSED])
async def test_one_job_of_a_kind(state: JobState) -> None:
    """
    While a job is running or paused no other of its kind begins, and one of another kind does.
    """
    kept = FakeKeeping()
    await kept.store.save(a_job(state=state))

    with pytest.raises(JobRunningError):
        await start(kept)

    assert (await start(kept, JobKind.LEADS_TO_SPOTLER)).number == 1


async def test_preview_is_a_stream_of_its_own() -> None:
    """
    A preview runs beside the job that it previews, under a name of its own.
    """
    kept = FakeKeeping()
    await kept.store.save(a_job())

    job = await start(kept, preview=True)

    assert (job.id, job.preview) == ("contacts_to_spotler-preview-000001", True)


async def test_next_job_has_next_number() -> None:
    """
    After a job has ended another begins, and the former stays as it is.
    """
    kept = FakeKeeping()
    ended = await start(kept)
    await cancel_job(ended.id, jobs=kept.keeping())

    job = await start(kept)

    assert job.number == 2
    assert kept.store.rows[ended.id].state is JobState.CANCELLED


async def test_two_administrators_start_one_job() -> None:
    """
    Of two who start at the same moment one is told that it is running already.
    """
    kept = FakeKeeping()
    kept.store.meanwhile = [unchanged]

    with pytest.raises(JobRunningError):
        await start(kept)

    assert kept.queue.steps == []


async def test_licence_forbids_start_and_resume() -> None:
    """
    Without the licence for it no job starts and no paused one goes on.
    """
    kept = FakeKeeping()
    await kept.store.save(a_job(state=JobState.PAUSED))

    with pytest.raises(JobForbiddenError):
        await start(kept, allowed=False)
    with pytest.raises(JobForbiddenError):
        await resume_job(a_job().id, jobs=kept.keeping(), licence_allows=False)


async def test_resumed_job_asks_for_its_page() -> None:
    """
    A resumed job asks for the page at which it stands, in a step that has not been before.
    """
    kept = FakeKeeping()
    job = await start(kept)
    first = kept.queue.take()
    await pause_job(job.id, jobs=kept.keeping())

    await resume_job(job.id, jobs=kept.keeping(), licence_allows=True)

    again = kept.queue.take()
    assert (again.page, again.resumed, again.forced) == (first.page, 1, True)
    assert again.message_id != first.message_id


async def test_unknown_job_is_not_found() -> None:
    """
    A job that is not there is said to be not there.
    """
    with pytest.raises(JobNotFoundError):
        await pause_job("contacts_to_spotler-000009", jobs=FakeKeeping().keeping())


async def test_pause_wins_in_the_end() -> None:
    """
    Who pauses a job that a worker writes at the same time reads it again; not for ever.
    """
    kept = FakeKeeping()
    job = await start(kept)
    kept.store.meanwhile = [unchanged, unchanged]

    assert (await pause_job(job.id, jobs=kept.keeping())).state is JobState.PAUSED

    kept.store.meanwhile = [unchanged] * ATTEMPTS
    with pytest.raises(TransientError):
        await cancel_job(job.id, jobs=kept.keeping())


async def test_still_job_is_woken() -> None:
    """
    A job that stands still gets a new step; one that moves, or waits for a system, does not.
    """
    kept = FakeKeeping()
    await kept.store.save(a_job(page=3, taken_by=0))
    await kept.store.save(a_job(JobKind.LEADS_TO_SPOTLER, moved_at=NOW + MINUTE))
    kept.now = NOW + 5 * MINUTE

    woken = await wake_jobs(jobs=kept.keeping(), patience=5 * MINUTE)

    assert [job.kind for job in woken] == [KIND]
    [step] = kept.queue.steps
    assert (step.page, step.resumed, step.forced) == (3, 1, True)
    assert await wake_jobs(jobs=kept.keeping(), patience=5 * MINUTE) == []


async def test_job_that_moves_is_not_woken() -> None:
    """
    A job that moves while the timer looks is left alone.
    """
    kept = FakeKeeping()
    await kept.store.save(a_job())
    kept.now = NOW + 5 * MINUTE

    kept.store.meanwhile = [unchanged]

    assert await wake_jobs(jobs=kept.keeping(), patience=MINUTE) == []
    assert kept.queue.steps == []


FIRST, SECOND = Account("account-1"), Account("account-2")


async def test_jobs_end_with_their_account() -> None:
    """
    Once another account is connected each open job of the one before is over, and no other.
    """
    kept = FakeKeeping()
    kept.saved_elsewhere = SECOND
    jobs = [
        a_job(account=FIRST, taken_by=0, page=2),
        a_job(account=FIRST, preview=True).paused(NOW),
        a_job(JobKind.LEADS_TO_SPOTLER, account=SECOND),
        a_job(JobKind.MAILINGS_TO_DATAVERSE, account=None),
        a_job(JobKind.CONTACTS_TO_DATAVERSE, account=FIRST, state=JobState.DONE),
    ]
    for job in jobs:
        await kept.store.save(job)

    await end_jobs_of_others(jobs=kept.keeping())

    ended = [job.id for job in jobs if kept.store.rows[job.id].state is JobState.CANCELLED]
    assert ended == [jobs[0].id, jobs[1].id]
    assert {kept.store.rows[one].reason for one in ended} == {StopReason.ACCOUNT_CHANGED}
    assert kept.store.rows[jobs[4].id].state is JobState.DONE


async def test_job_that_is_over_meanwhile_stays() -> None:
    """
    A job that is done just as it is to be ended is done.
    """
    kept = FakeKeeping()
    kept.known_as = SECOND
    await kept.store.save(a_job(account=FIRST))
    kept.store.meanwhile = [lambda job: job.advanced(Tally(), None, NOW)]

    await end_jobs_of_others(jobs=kept.keeping())

    [job] = kept.store.rows.values()
    assert (job.state, job.reason) == (JobState.DONE, None)


async def test_jobs_that_cannot_be_ended_end_later() -> None:
    """
    What is connected stays connected though the jobs cannot be reached now.
    """
    kept = FakeKeeping()
    kept.errors = [TransientError("the tables must be there")]

    await end_jobs_of_others(jobs=kept.keeping())


async def test_job_that_cannot_be_woken_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """
    When the queue refuses the step of one job the others are woken, and it in its turn.
    """
    kept = FakeKeeping()
    await kept.store.save(a_job())
    await kept.store.save(a_job(JobKind.LEADS_TO_SPOTLER, started_at=NOW - MINUTE))
    kept.now = NOW + 5 * MINUTE
    kept.queue.errors = [TransientError("service bus must take the event")]

    woken = await wake_jobs(jobs=kept.keeping(), patience=MINUTE)
    kept.now += MINUTE
    later = await wake_jobs(jobs=kept.keeping(), patience=MINUTE)

    assert [job.kind for job in woken] == [JobKind.LEADS_TO_SPOTLER]
    assert KIND in [job.kind for job in later]
    assert "could not be woken" in caplog.text
