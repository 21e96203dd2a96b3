"""One step of a job: do one page, save how far it is, and ask for the next."""

import logging
import random
from enum import StrEnum

from connector.application.job_keeping import ATTEMPTS, JobKeeping
from connector.application.sync_page import PageSync
from connector.domain.back_off import BackOff
from connector.domain.errors import ConnectorError, TransientError
from connector.domain.event import JobStep
from connector.domain.job import Job, JobStateError, PauseReason, Tally

logger = logging.getLogger(__name__)

_dice = random.Random()  # noqa: S311 - jitter, not a secret


class StepOutcome(StrEnum):
    """Tells what became of a step."""

    ADVANCED = "advanced"
    STALE = "stale"
    DELAYED = "delayed"
    PAUSED = "paused"


async def run_job(
    step: JobStep, *, jobs: JobKeeping, page: PageSync, back_off: BackOff, licence_allows: bool
) -> StepOutcome:
    """Do the page that a step asks for, if the job still waits for it.

    A crash before the page is saved repeats the page; a crash after it is noticed when the step
    is delivered again, and only the next one is asked for.
    """
    job = await jobs.store.find(step.job)
    if job is None or not _is_due(job, step):
        if job is not None and _is_done(job, step):
            await jobs.tell(job)
        return StepOutcome.STALE

    if not licence_allows:
        return await _pause(job, jobs, PauseReason.LICENCE)

    try:
        tally, cursor = await page.run(job, step)
    except ConnectorError as exc:
        logger.warning("a page comes back later: %s", exc, extra={"job": job.id})
        return await _come_back(job, step, exc, jobs, back_off)

    saved = await _save(job, tally, cursor, jobs)
    if saved is None:
        return StepOutcome.STALE

    await jobs.tell(saved)

    return StepOutcome.ADVANCED


def _is_due(job: Job, step: JobStep) -> bool:
    return job.is_running and (job.page, job.resumed) == (step.page, step.resumed)


def _is_done(job: Job, step: JobStep) -> bool:
    """Tell whether the step's own page was the last to be saved."""
    return (job.page, job.resumed) == (step.page + 1, step.resumed)


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

    raise TransientError("a job must not be changed by many at once: try again")


async def _pause(job: Job, jobs: JobKeeping, reason: PauseReason) -> StepOutcome:
    try:
        await jobs.change(job.id, lambda one: one.paused(jobs.clock(), reason))
    except JobStateError:
        return StepOutcome.STALE

    return StepOutcome.PAUSED


async def _come_back(
    job: Job, step: JobStep, cause: ConnectorError, jobs: JobKeeping, back_off: BackOff
) -> StepOutcome:
    """Let the step come back later; after the last attempt somebody has to look."""
    if back_off.is_spent(step.attempt):
        return await _pause(job, jobs, PauseReason.GAVE_UP)

    delay = back_off.delay(step.attempt, cause, _dice)
    if await jobs.store.save(job.delayed(jobs.clock() + delay)) is None:
        now = await jobs.store.find(job.id)
        if now is None or not _is_due(now, step):
            return StepOutcome.STALE

    await jobs.queue.send([step.retried()], delay=delay)

    return StepOutcome.DELAYED
