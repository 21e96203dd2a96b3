"""One step of a job: do one page, save how far it is, and ask for the next."""

import logging
import random
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from connector.application.job_keeping import ATTEMPTS, CROWDED, JobKeeping
from connector.application.job_ports import PageWork
from connector.domain.back_off import BackOff
from connector.domain.cause import Cause, cause_of
from connector.domain.errors import ConnectorError, TransientError
from connector.domain.event import JobStep
from connector.domain.job import Job, StopReason
from connector.domain.job_errors import JobStateError
from connector.domain.tally import Tally

logger = logging.getLogger(__name__)

_dice = random.Random()  # noqa: S311 - jitter, not a secret


class StepOutcome(StrEnum):
    """Tells what became of a step."""

    ADVANCED = "advanced"
    STALE = "stale"
    DELAYED = "delayed"
    PAUSED = "paused"
    ENDED = "ended"


async def run_job(
    step: JobStep, *, jobs: JobKeeping, page: PageWork, back_off: BackOff, licence_allows: bool
) -> StepOutcome:
    """Do the page that a step asks for, if the job still waits for it.

    A crash before the page is saved repeats the page; a crash after it is noticed when the step
    is delivered again, and only the next one is asked for. A job ends when another Spotler account
    is connected: its counts are of the one that it was begun for.
    """
    job = await _take(step, jobs)
    if job is None:
        return StepOutcome.STALE

    if not licence_allows:
        return await _pause(job, step, StopReason.LICENCE, jobs)

    try:
        account = await jobs.account()
        if job.is_of_another(account):
            # This host may be the last to know who is connected.
            account = await jobs.account(now=True)
        if job.is_of_another(account):
            return await _end(job, step, jobs)

        job = replace(job, account=account)
        tally, cursor = await page.run(job, step)
    except ConnectorError as exc:
        logger.warning("a page comes back later: %s", exc, extra={"job": job.id})
        return await _come_back(job, step, exc, jobs, back_off)

    saved = await _save(job, tally, cursor, jobs)
    if saved is None:
        return StepOutcome.STALE

    await jobs.tell(saved)

    return StepOutcome.ADVANCED


async def _take(step: JobStep, jobs: JobKeeping) -> Job | None:
    """Take the page at which the job stands, or None when the step is not the one to do it."""
    for _ in range(ATTEMPTS):
        job = await jobs.store.find(step.job)
        if job is None:
            return None
        if not job.awaits(step):
            await _clear_up(job, step, jobs)
            return None

        taken = await jobs.store.save(job.taken(step))
        if taken is not None:
            return taken

    raise TransientError(CROWDED)


async def _clear_up(job: Job, step: JobStep, jobs: JobKeeping) -> None:
    """Do what a crash kept the same step from: ask for the next page, or let go of a paused one."""
    if job.has_just_done(step):
        await jobs.tell(job)
    elif job.left_by(step) != job:
        await jobs.change(job.id, lambda one: one.left_by(step))


async def _save(job: Job, tally: Tally, cursor: str | None, jobs: JobKeeping) -> Job | None:
    """Save the page, also in a job that was paused meanwhile; None when nobody waits for it."""
    current: Job | None = job
    for _ in range(ATTEMPTS):
        if current is None or not current.is_open or current.page != job.page:
            return None

        saved = await jobs.store.save(current.advanced(tally, cursor, jobs.clock()))
        if saved is not None:
            return saved

        current = await jobs.store.find(job.id)

    raise TransientError(CROWDED)


async def _pause(
    job: Job, step: JobStep, reason: StopReason, jobs: JobKeeping, cause: Cause | None = None
) -> StepOutcome:
    def rest(one: Job) -> Job:
        return one.left_by(step, cause=cause).paused(jobs.clock(), reason)

    return await _stop(job, rest, jobs, StepOutcome.PAUSED)


async def _end(job: Job, step: JobStep, jobs: JobKeeping) -> StepOutcome:
    """End a job whose Spotler account is not the one that is connected now."""
    logger.warning("a job ends: another spotler account is connected", extra={"job": job.id})

    def end(one: Job) -> Job:
        return one.left_by(step).cancelled(jobs.clock(), StopReason.ACCOUNT_CHANGED)

    return await _stop(job, end, jobs, StepOutcome.ENDED)


async def _stop(
    job: Job, to: Callable[[Job], Job], jobs: JobKeeping, outcome: StepOutcome
) -> StepOutcome:
    """Stop a job, unless somebody else did so meanwhile."""
    try:
        await jobs.change(job.id, to)
    except JobStateError:
        return StepOutcome.STALE

    return outcome


async def _come_back(
    job: Job, step: JobStep, cause: ConnectorError, jobs: JobKeeping, back_off: BackOff
) -> StepOutcome:
    """Let the step come back later; after the last attempt somebody has to look."""
    if back_off.is_spent(step.attempt):
        return await _pause(job, step, StopReason.GAVE_UP, jobs, cause_of(cause))

    delay = back_off.delay(step.attempt, cause, _dice)
    until = jobs.clock() + delay
    waiting = await jobs.change(job.id, lambda one: one.left_by(step, until, cause_of(cause)))
    if not waiting.is_running or waiting.page != step.page:
        return StepOutcome.STALE

    await jobs.ask(replace(step.retried(), resumed=waiting.resumed), delay=delay)

    return StepOutcome.DELAYED
