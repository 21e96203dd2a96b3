"""Which work a job does: one kind of pages for each stream of jobs."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.application.job_ports import PageWork
from connector.domain.event import JobStep
from connector.domain.job import Job, JobKind
from connector.domain.tally import Tally


@dataclass(frozen=True, slots=True)
class WorkByKind:
    """Is the page work of every job: it asks the work of the job's own kind."""

    syncs: Mapping[JobKind, PageWork]

    async def count(self, job: Job) -> int | None:
        """Return about how many records the job has to go through, where anybody knows."""
        return await self._work_of(job).count(job)

    async def run(self, job: Job, step: JobStep) -> tuple[Tally, str | None]:
        """Do the page at which a job stands; return its counts and where the next page begins."""
        return await self._work_of(job).run(job, step)

    def _work_of(self, job: Job) -> PageWork:
        return self.syncs[job.kind]
