"""Which work a job does: one kind of pages for each stream of jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.application.job_ports import PageWork
from connector.domain.event import JobStep
from connector.domain.job import Job, JobKind
from connector.domain.job_errors import JobUnavailableError
from connector.domain.tally import Tally


@dataclass(frozen=True, slots=True)
class WorkByKind:
    """Is the page work of every job: it asks the work of the job's own kind.

    `previews` read and decide as `syncs` do, and write nothing.
    """

    syncs: Mapping[JobKind, PageWork]
    previews: Mapping[JobKind, PageWork] = field(default_factory=dict)

    async def count(self, job: Job) -> int | None:
        """Return about how many records the job has to go through, where anybody knows."""
        return await self._work_of(job).count(job)

    async def run(self, job: Job, step: JobStep) -> tuple[Tally, str | None]:
        """Do the page at which a job stands; return its counts and where the next page begins."""
        return await self._work_of(job).run(job, step)

    def _work_of(self, job: Job) -> PageWork:
        """Return the work of a job; raises `JobUnavailableError` where nobody does it."""
        work = (self.previews if job.preview else self.syncs).get(job.kind)
        if work is None:
            raise JobUnavailableError(f"there must be work for {job.stream}, and nobody does it")

        return work
