"""Big work as a chain of small steps: what a job is, and how it goes from one state to the next."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from connector.domain.cause import Cause, CauseCode
from connector.domain.contact import Account, OrganisationId, Table
from connector.domain.event import JobStep
from connector.domain.job_errors import JobStateError
from connector.domain.pace import is_settled, rounded_rate, rounded_rest, smoothed
from connector.domain.tally import Tally


class JobKind(StrEnum):
    """Names the jobs; of each there is one at a time."""

    CONTACTS_TO_SPOTLER = "contacts_to_spotler"
    LEADS_TO_SPOTLER = "leads_to_spotler"
    CONTACTS_TO_DATAVERSE = "contacts_to_dataverse"
    MAILINGS_TO_DATAVERSE = "mailings_to_dataverse"

    @property
    def table(self) -> Table:
        """Return the table of people that the job reads or writes."""
        return Table.LEAD if self is JobKind.LEADS_TO_SPOTLER else Table.CONTACT


class JobState(StrEnum):
    """Tells where a job stands."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


class StopReason(StrEnum):
    """Tells why a job was paused or ended that no administrator paused or ended."""

    LICENCE = "licence"
    GAVE_UP = "gave_up"
    ACCOUNT_CHANGED = "account_changed"


@dataclass(frozen=True, slots=True)
class Job:
    """Is the `jobs` row of one job; `etag` is None as long as there is no row.

    `number` counts the jobs of a kind: who makes a number first has started the job. `cursor` is
    where page number `page` begins; only its work can read it. `resumed` counts how often the
    chain of steps was begun anew, and `taken_by` is the chain whose step is at the page now.
    `moved_at` is when anything happened last, and `waits_until` when a step comes back that a
    system could not take. `cause` is why the page came back, until it is done. `pace` is how many
    records a second the last pages took, as a moving average. A `preview` counts what the job
    would do, and writes nothing. Work that is done `anew` also sends
    what Spotler should hold already. `account` is the Spotler account that it reads or writes,
    which a job that was started by an older version does not know.
    """

    kind: JobKind
    number: int
    started_by: str
    started_at: datetime
    moved_at: datetime
    state: JobState = JobState.RUNNING
    reason: StopReason | None = None
    finished_at: datetime | None = None
    waits_until: datetime | None = None
    cause: Cause | None = None
    worked: timedelta = timedelta()
    pace: float | None = None
    total: int | None = None
    tally: Tally = field(default_factory=Tally)
    cursor: str | None = None
    page: int = 0
    resumed: int = 0
    taken_by: int | None = None
    preview: bool = False
    anew: bool = False
    account: Account | None = None
    etag: str | None = None

    @property
    def id(self) -> str:
        """Return the name of the job: its stream and its number."""
        return f"{self.stream}-{self.number:06}"

    @property
    def stream(self) -> str:
        """Return what there is one job of at a time: a kind, or the preview of one."""
        return f"{self.kind}-preview" if self.preview else str(self.kind)

    @property
    def is_open(self) -> bool:
        """Tell whether the job may still go on."""
        return self.state in {JobState.RUNNING, JobState.PAUSED}

    @property
    def is_running(self) -> bool:
        """Tell whether a step must be under way."""
        return self.state is JobState.RUNNING

    @property
    def is_stranded(self) -> bool:
        """Tell whether the queue took no step of the job: it goes on when it is woken."""
        return self.is_running and self.cause is not None and self.cause.code is CauseCode.QUEUE

    def is_of_another(self, account: Account) -> bool:
        """Tell whether the job was begun for another Spotler account."""
        return self.account not in {None, account}

    @property
    def per_second(self) -> float | None:
        """Return how many records are done in a second, once that says something.

        While the job is open that is its pace now, afterwards the average of the time it ran.
        """
        seconds = self.worked.total_seconds()
        if not self.is_open:
            return rounded_rate(self.tally.total / seconds) if seconds else None
        if self.pace is None or not is_settled(self.tally.total, self.total, self.worked):
            return None

        return rounded_rate(self.pace)

    @property
    def seconds_left(self) -> float | None:
        """Return about how long the rest takes at the pace of the last pages."""
        if not self.is_open or self.total is None or not self.pace or self.per_second is None:
            return None

        return rounded_rest(max(0, self.total - self.tally.total) / self.pace)

    def step(self, organisation: OrganisationId, *, forced: bool = False) -> JobStep:
        """Return the step that does the page at which the job stands."""
        return JobStep(organisation, self.id, self.page, self.resumed, forced=forced)

    def awaits(self, step: JobStep) -> bool:
        """Tell whether a step is the one to do the page at which the job stands.

        While a page is taken that is its own chain only, whose step comes back when a host dies:
        resuming a job does not begin a page twice. A stranded job awaits the step that wakes it.
        """
        chain = self.resumed if self.taken_by is None else self.taken_by

        is_waiting = self.is_running and not self.is_stranded

        return is_waiting and (step.page, step.resumed) == (self.page, chain)

    def has_just_done(self, step: JobStep) -> bool:
        """Tell whether a step's page is done, and nothing was begun since."""
        is_idle = self.taken_by is None and self.waits_until is None

        return is_idle and self.page == step.page + 1

    def taken(self, step: JobStep) -> "Job":
        """Return the job with its page in the hands of a step."""
        return replace(self, taken_by=step.resumed, waits_until=None)

    def stands_still(self, now: datetime, patience: timedelta) -> bool:
        """Tell whether a running job has not moved for so long that its step must be lost."""
        last = max(self.moved_at, self.waits_until or self.moved_at)

        return self.is_running and (self.is_stranded or now - last >= patience)

    def paused(self, now: datetime, reason: StopReason | None = None) -> "Job":
        """Return the job at rest; the step under way still counts."""
        self._must_be(JobState.RUNNING)

        return replace(self._moved(now), state=JobState.PAUSED, reason=reason)

    def resumed_at(self, now: datetime) -> "Job":
        """Return the job running again, with a new chain of steps."""
        self._must_be(JobState.PAUSED)

        return replace(
            self,
            state=JobState.RUNNING,
            reason=None,
            cause=None,
            moved_at=now,
            resumed=self.resumed + 1,
        )

    def woken(self, now: datetime) -> "Job":
        """Return the running job with a new chain of steps, as the old one was lost."""
        self._must_be(JobState.RUNNING)

        return replace(
            self,
            moved_at=now,
            waits_until=None,
            cause=None if self.is_stranded else self.cause,
            taken_by=None,
            resumed=self.resumed + 1,
        )

    def stranded(self, step: JobStep, until: datetime) -> "Job":
        """Return the job whose step got no place on the queue, and which is woken about then.

        Where the step is not the next one, or was taken all the same, nothing is the matter.
        """
        if not self.awaits(step) or self.taken_by is not None:
            return self

        return replace(self, cause=Cause(CauseCode.QUEUE), waits_until=until)

    def cancelled(self, now: datetime, reason: StopReason | None = None) -> "Job":
        """Return the job ended before its time."""
        self._must_be(JobState.RUNNING, JobState.PAUSED)

        return replace(
            self._moved(now),
            state=JobState.CANCELLED,
            reason=reason,
            finished_at=now,
            cursor=None,
        )

    def left_by(
        self, step: JobStep, until: datetime | None = None, cause: Cause | None = None
    ) -> "Job":
        """Return the job with its page free again, and waiting until then if it is running."""
        if (self.page, self.taken_by) != (step.page, step.resumed):
            return self

        return replace(
            self,
            taken_by=None,
            waits_until=until if self.is_running else None,
            cause=cause or self.cause,
        )

    def advanced(self, page: Tally, cursor: str | None, now: datetime) -> "Job":
        """Return the job one page further; without a cursor that was the last page."""
        self._must_be(JobState.RUNNING, JobState.PAUSED)
        moved, tally = self._moved(now), self.tally + page
        further = replace(
            moved,
            tally=tally,
            cursor=cursor,
            page=self.page + 1,
            taken_by=None,
            cause=None,
            pace=smoothed(self.pace, page.total, moved.worked - self.worked),
        )
        if cursor is None:
            return replace(
                further, state=JobState.DONE, reason=None, finished_at=now, total=tally.total
            )

        total = None if self.total is None else max(self.total, tally.total)

        return replace(further, total=total)

    def _moved(self, now: datetime) -> "Job":
        """Return the job with the time counted during which it ran."""
        ran = max(timedelta(), now - self.moved_at) if self.is_running else timedelta()

        return replace(self, moved_at=now, waits_until=None, worked=self.worked + ran)

    def _must_be(self, *states: JobState) -> None:
        if self.state not in states:
            raise JobStateError(
                f"a job must be {' or '.join(states)}, and this one is {self.state}"
            )
