"""The fakes among which a job takes people to Spotler."""

from datetime import timedelta

from connector.application.run_job import StepOutcome, run_job
from connector.application.sync_page import PageSync
from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.contact import ExternalId, Record, Rejection
from connector.domain.decision import OnDelete
from connector.domain.event import JobStep
from connector.domain.job import Job
from tests.builders import NOW, ORGANISATION, a_person
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeParking, FakeQueue, FakeRecords
from tests.jobs import FakeKeeping, a_job

MINUTE = timedelta(minutes=1)


class World:
    """Is a job that runs among fakes."""

    def __init__(self, *people: Record) -> None:
        self.kept = FakeKeeping()
        self.crm = FakeCrm(*people)
        self.marketing = FakeMarketing()
        self.records = FakeRecords()
        self.queue = FakeQueue()
        self.parking = FakeParking()
        self.attempts = 5

    def break_spotler(self) -> None:
        """Let Spotler fail on every single person."""
        self.marketing.rejections = {
            ExternalId(key.id): Rejection("ERROR", is_transient=True) for key in self.crm.rows
        }

    async def start(self, job: Job | None = None) -> JobStep:
        saved = await self.kept.store.save(job or a_job(total=len(self.crm.rows)))
        assert saved is not None

        return saved.step(ORGANISATION)

    async def run(self, step: JobStep, *, allowed: bool = True) -> StepOutcome:
        back_off = BackOff(first=MINUTE, attempts=self.attempts)
        page = PageSync(
            self.crm,
            self.marketing,
            self.records,
            FakeMappings(),
            TryAgain(self.queue, self.parking, back_off, NOW),
            OnDelete.WITHDRAW,
        )

        return await run_job(
            step, jobs=self.kept.keeping(), page=page, back_off=back_off, licence_allows=allowed
        )

    async def run_all(self, step: JobStep) -> Job:
        """Run steps until none is left."""
        await self.run(step)
        while self.kept.queue.steps:
            await self.run(self.kept.queue.take())

        return self.job

    @property
    def job(self) -> Job:
        [job] = self.kept.store.rows.values()
        return job


def some_people(count: int) -> list[Record]:
    return [a_person(email=f"nr{number}@example.nl") for number in range(count)]
