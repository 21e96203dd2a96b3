from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.bookmark import bookmark_of
from connector.domain.cause import Cause, CauseCode
from connector.domain.contact import Table
from connector.domain.event import JobStep
from connector.domain.job import Job, JobKind, JobState, StopReason
from connector.domain.job_errors import JobStateError
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION
from tests.jobs import a_job

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LATER = NOW + MINUTE
STRANDED = Cause(CauseCode.QUEUE)


def step_of(job: Job) -> JobStep:
    return job.step(ORGANISATION)


@pytest.mark.parametrize(
    ("kind", "table"),
    [(JobKind.CONTACTS_TO_SPOTLER, Table.CONTACT), (JobKind.LEADS_TO_SPOTLER, Table.LEAD)],
)
def test_kind_has_its_table(kind: JobKind, table: Table) -> None:
    """
    Each initial sync goes through the rows of one table.
    """
    assert kind.table is table


def test_page_moves_the_job() -> None:
    """
    A page that is done is counted once, and the job stands at the next.
    """
    job = a_job(total=2500, tally=Tally(1, 2, 3), page=1, taken_by=0)

    further = job.advanced(Tally(990, 7, 3), "cursor", LATER)

    assert (further.page, further.cursor, further.taken_by) == (2, "cursor", None)
    assert further.tally == Tally(991, 9, 6)
    assert further.tally.total == 1006
    assert (further.state, further.total, further.moved_at) == (JobState.RUNNING, 2500, LATER)
    assert further.worked == MINUTE


def test_last_page_ends_the_job() -> None:
    """
    Without another page the job is done, and its total is what was counted.
    """
    done = a_job(total=90, cursor="last").advanced(Tally(100, 0, 0), None, LATER)

    assert (done.state, done.total, done.finished_at) == (JobState.DONE, 100, LATER)
    assert not done.is_open
    assert bookmark_of(done).is_processed


def test_unknown_total_stays_unknown() -> None:
    """
    Where nobody counted beforehand the total is what was done, once that is all.
    """
    job = a_job(total=None).advanced(Tally(100), "more", LATER)

    assert (job.total, job.seconds_left) == (None, None)
    assert job.advanced(Tally(5), None, LATER).total == 105


def test_total_is_never_passed() -> None:
    """
    A total that the CRM counted a day ago gives way to what was done.
    """
    assert a_job(total=10).advanced(Tally(100), "more", LATER).total == 100


def test_page_ends_in_paused_job() -> None:
    """
    A page that was under way when the job was paused counts, and the job stays paused.
    """
    paused = a_job().paused(LATER).advanced(Tally(5), "more", LATER + MINUTE)

    assert (paused.state, paused.tally.total) == (JobState.PAUSED, 5)
    assert paused.worked == MINUTE


def test_pause_and_resume() -> None:
    """
    A resumed job begins a new chain of steps, and the time at rest does not count.
    """
    resumed = a_job(page=4).paused(LATER, StopReason.GAVE_UP).resumed_at(LATER + MINUTE)

    assert (resumed.state, resumed.reason, resumed.resumed) == (JobState.RUNNING, None, 1)
    assert resumed.advanced(Tally(1), "more", LATER + 2 * MINUTE).worked == 2 * MINUTE


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.DONE])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda job: job.paused(NOW), id="pause"),
        pytest.param(lambda job: job.resumed_at(NOW), id="resume"),
        pytest.param(lambda job: job.cancelled(NOW), id="cancel"),
        pytest.param(lambda job: job.woken(NOW), id="wake"),
        pytest.param(lambda job: job.advanced(Tally(), None, NOW), id="advance"),
    ],
)
def test_ended_job_stays_ended(state: JobState, change) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - a lambda of the table
    """
    Nothing is done any more with a job that is cancelled or done.
    """
    with pytest.raises(JobStateError, match=f"this one is {state}"):
        change(a_job(state=state))


def test_running_job_is_not_resumed() -> None:
    """
    Only a paused job can be resumed, and only a running one paused.
    """
    with pytest.raises(JobStateError):
        a_job().resumed_at(NOW)
    with pytest.raises(JobStateError):
        a_job().paused(NOW).paused(NOW)


def test_free_page_is_for_newest_chain() -> None:
    """
    A page that nobody has is done by the step of the newest chain alone.
    """
    job = a_job(page=2, resumed=3)

    assert job.awaits(step_of(job))
    assert not job.awaits(JobStep(ORGANISATION, job.id, 2, resumed=2))
    assert not job.awaits(JobStep(ORGANISATION, job.id, 1, resumed=3))
    assert not job.paused(NOW).awaits(step_of(job))


def test_taken_page_is_for_who_took_it() -> None:
    """
    While a step is at a page, a newer chain does not begin it; the same step may, after a crash.
    """
    first = step_of(a_job())
    job = a_job().taken(first).paused(NOW).resumed_at(NOW)

    assert not job.awaits(step_of(job))
    assert job.awaits(first)
    assert job.woken(NOW).awaits(step_of(job.woken(NOW)))


def test_left_page_is_free() -> None:
    """
    Who leaves a page frees it; who does not have it leaves nothing.
    """
    step = step_of(a_job())
    job = a_job().taken(step)

    left = job.left_by(step, LATER)

    assert (left.taken_by, left.waits_until) == (None, LATER)
    assert job.paused(NOW).left_by(step, LATER).waits_until is None
    assert job.left_by(JobStep(ORGANISATION, job.id, 0, resumed=9)) is job


def test_next_page_may_not_be_asked_for() -> None:
    """
    A step whose page is done, and after which nothing began, may have died before the next.
    """
    step = step_of(a_job())
    job = a_job().taken(step).advanced(Tally(1), "more", LATER)

    assert job.has_just_done(step)
    assert not job.taken(step_of(job)).has_just_done(step)
    assert not a_job().has_just_done(step)


@pytest.mark.parametrize(
    ("job", "stands"),
    [
        pytest.param(a_job(), True, id="running"),
        pytest.param(a_job(moved_at=NOW + timedelta(seconds=1)), False, id="moved"),
        pytest.param(a_job(waits_until=LATER), False, id="waits for a system"),
        pytest.param(a_job(waits_until=LATER, cause=STRANDED), True, id="waits for its queue"),
        pytest.param(a_job(state=JobState.PAUSED, cause=STRANDED), False, id="paused meanwhile"),
        pytest.param(a_job(state=JobState.PAUSED), False, id="paused"),
        pytest.param(a_job(state=JobState.DONE), False, id="done"),
    ],
)
def test_job_stands_still(job: Job, stands: bool) -> None:
    """
    A job stands still that is running, does not move, and waits for nobody.
    """
    assert job.stands_still(NOW + 5 * MINUTE, 5 * MINUTE) is stands


def test_stranded_job_waits_to_be_woken() -> None:
    """
    A job whose step got no place says why until it is woken; the step that is lost is not awaited.
    """
    job = a_job()
    step = step_of(job)

    stranded = job.stranded(step, LATER)
    woken = stranded.woken(LATER)

    assert (stranded.is_stranded, stranded.cause, stranded.waits_until) == (True, STRANDED, LATER)
    assert not stranded.awaits(step)
    assert (woken.is_stranded, woken.cause, woken.waits_until) == (False, None, None)
    assert woken.awaits(step_of(woken))


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(a_job(page=1), id="further"),
        pytest.param(a_job(resumed=1), id="in another chain"),
        pytest.param(a_job(taken_by=0), id="taken all the same"),
        pytest.param(a_job(state=JobState.PAUSED), id="paused"),
    ],
)
def test_job_without_need_of_its_step_is_not_stranded(job: Job) -> None:
    """
    A step that got no place, as far as we know, and that nobody waits for is no matter.
    """
    assert job.stranded(step_of(a_job()), LATER) is job


def test_woken_job_keeps_another_cause() -> None:
    """
    What kept the page before the step was lost is why it waits, until it is done.
    """
    cause = Cause(CauseCode.TRANSIENT)

    assert a_job(cause=cause).woken(LATER).cause == cause


def test_rate_and_rest() -> None:
    """
    While a job is open its rate and the rest follow from its pace, in round figures.
    """
    job = a_job(total=3000, tally=Tally(1000), worked=30 * SECOND, pace=95.4)

    assert (job.per_second, job.seconds_left) == (95, 25)
    assert replace(job, state=JobState.PAUSED).seconds_left == 25
    assert replace(job, total=None).seconds_left is None
    assert replace(job, pace=0.0).seconds_left is None


def test_no_estimate_too_early() -> None:
    """
    Before 30 seconds or 2 percent, and before the first page, nothing is estimated.
    """
    early = a_job(total=100_000, tally=Tally(1000), worked=2 * SECOND, pace=500.0)
    unmoved = a_job(total=100, tally=Tally(50), worked=40 * SECOND)

    assert (early.per_second, early.seconds_left) == (None, None)
    assert (unmoved.per_second, unmoved.seconds_left) == (None, None)


def test_rate_of_ended_job() -> None:
    """
    The rate of a job that has ended is its average, and nothing is left.
    """
    job = a_job(tally=Tally(3000), worked=40 * SECOND, pace=500.0).cancelled(NOW)

    assert (job.per_second, job.seconds_left) == (75, None)
    assert a_job().cancelled(NOW).per_second is None


def test_estimate_does_not_jump() -> None:
    """
    One page that takes four times as long moves the estimate by a tenth at most.
    """
    job, now = a_job(total=100_000), NOW
    for _ in range(20):
        now += 2 * SECOND
        job = job.advanced(Tally(1000), "cursor", now)
    before = job.seconds_left
    slow = job.advanced(Tally(1000), "cursor", now + 8 * SECOND)

    assert before == 180  # 80,000 at 500 a second, told in halves of minutes
    assert slow.seconds_left == 180


def test_bookmark_of_running_job() -> None:
    """
    A bookmark says how far the stream is, and that it is not processed.
    """
    bookmark = bookmark_of(a_job(page=3, tally=Tally(1, 2, 3)))

    assert (bookmark.stream, bookmark.page_number) == ("contacts_to_spotler", 3)
    assert (bookmark.is_processed, bookmark.tally) == (False, Tally(1, 2, 3))
