"""What goes by the clock."""

import logging
from datetime import timedelta

import azure.functions as func

from connector.application.control_jobs import wake_jobs as wake
from connector.bootstrap import Services, services, tell_faults
from connector.domain.errors import ConnectorError, MisconfiguredError

logger = logging.getLogger(__name__)

bp = func.Blueprint()

MOST_RELEASED = 10_000
"""So many a run, in portions; the next run takes the rest."""


@bp.function_name("wake_jobs")
@bp.timer_trigger(arg_name="timer", schedule="0 * * * * *", run_on_startup=False, use_monitor=False)
async def wake_jobs(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the host's contract
    """Send the lost step of each job that stands still again, and what waits to go on.

    Each part runs whatever became of the others: they need different queues and tables.
    """
    try:
        known = services()
    except MisconfiguredError:
        tell_faults()
        return

    for part in (_wake, _release, _retry):
        try:
            await part(known)
        except ConnectorError as exc:
            logger.warning("a part of the timer runs again in a minute: %s", exc)


async def _wake(known: Services) -> None:
    patience = timedelta(seconds=known.settings.job_standstill_seconds)

    for job in await wake(jobs=known.jobs, patience=patience):
        logger.warning("a job stood still and was woken", extra={"job": job.id, "page": job.page})
        known.counter.add("connector.jobs.woken", kind=job.kind)


async def _release(known: Services) -> None:
    if released := await known.release_held(most=MOST_RELEASED):
        logger.info("%d records that waited for a licence go on", released)


async def _retry(known: Services) -> None:
    if tried := await known.retry_configured(most=MOST_RELEASED):
        logger.info("%d records that wait for an operator are tried again", tried)
