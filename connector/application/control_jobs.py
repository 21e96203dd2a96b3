"""What an administrator does with jobs: start, pause, resume, cancel; and what a timer does."""

import logging
from dataclasses import replace
from datetime import timedelta

from connector.application.job_keeping import JobKeeping
from connector.application.job_ports import PageWork
from connector.domain.errors import ConnectorError
from connector.domain.job import Job, JobKind, StopReason
from connector.domain.job_errors import JobForbiddenError, JobRunningError

logger = logging.getLogger(__name__)

ALREADY_RUNNING = "a job must have ended before another of its kind begins"


async def start_job(
    kind: JobKind,
    *,
    jobs: JobKeeping,
    page: PageWork,
    started_by: str,
    licence_allows: bool,
    preview: bool = False,
    anew: bool = False,
) -> Job:
    """Start a job; raises `JobRunningError` while another of its stream is running or paused."""
    _check_licence(licence_allows=licence_allows)
    now = jobs.clock()
    job = Job(kind, 1, started_by, now, now, preview=preview, anew=anew)
    former = next((one for one in await jobs.store.list_jobs() if one.stream == job.stream), None)
    if former is not None and former.is_open:
        raise JobRunningError(ALREADY_RUNNING)

    number = former.number + 1 if former else 1
    job = replace(job, number=number, account=await jobs.account(now=True))
    saved = await jobs.store.save(replace(job, total=await page.count(job)))
    if saved is None:
        raise JobRunningError(ALREADY_RUNNING)

    return await jobs.tell_if_possible(saved)


async def pause_job(job: str, *, jobs: JobKeeping) -> Job:
    """Pause a running job; the page under way is finished and counted."""
    return await jobs.change(job, lambda one: one.paused(jobs.clock()))


async def resume_job(job: str, *, jobs: JobKeeping, licence_allows: bool) -> Job:
    """Let a paused job go on where it stands."""
    _check_licence(licence_allows=licence_allows)
    resumed = await jobs.change(job, lambda one: one.resumed_at(jobs.clock()))

    return await jobs.tell_if_possible(resumed, forced=True)


async def cancel_job(job: str, *, jobs: JobKeeping) -> Job:
    """End a job before its time; what was sent stays sent."""
    return await jobs.change(job, lambda one: one.cancelled(jobs.clock()))


async def wake_jobs(*, jobs: JobKeeping, patience: timedelta) -> list[Job]:
    """Send the step of each running job that stands still again, and return those jobs.

    A job that cannot be woken now stops no other.
    """
    now = jobs.clock()
    woken: list[Job] = []
    for job in await jobs.store.list_jobs():
        if not job.stands_still(now, patience):
            continue

        try:
            saved = await jobs.store.save(job.woken(now))
            if saved is not None:  # who lost this race has seen it move
                await jobs.tell(saved, forced=True)
                woken.append(saved)
        except ConnectorError as exc:
            logger.warning("a job could not be woken: %s", exc, extra={"job": job.id})

    return woken


async def end_jobs_of_others(*, jobs: JobKeeping) -> None:
    """End each open job of another Spotler account than the one that was just connected.

    A job that cannot be ended now is ended by its next step.
    """
    try:
        account = await jobs.account(now=True)
        for job in await jobs.store.list_jobs():
            if job.is_open and job.is_of_another(account):
                await jobs.change(job.id, lambda one: _ended(one, jobs))
    except ConnectorError as exc:
        logger.warning("jobs of another spotler account end later: %s", exc)


def _ended(job: Job, jobs: JobKeeping) -> Job:
    return job.cancelled(jobs.clock(), StopReason.ACCOUNT_CHANGED) if job.is_open else job


def _check_licence(*, licence_allows: bool) -> None:
    if not licence_allows:
        raise JobForbiddenError("the licence must allow initial synchronisations")
