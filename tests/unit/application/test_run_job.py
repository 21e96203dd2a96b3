from dataclasses import replace
from datetime import timedelta

import pytest

from connector.application.job_keeping import ATTEMPTS
from connector.application.people_page import ROWS_PER_PAGE
from connector.application.run_job import StepOutcome, run_job
from connector.application.sync_page import PageSync
from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.cause import Cause, CauseCode, gravest
from connector.domain.contact import ExternalId, Record, Rejection
from connector.domain.decision import OnDelete
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    PermanentError,
    PersonWaitsError,
    RateLimitedError,
    TransientError,
)
from connector.domain.event import JobStep
from connector.domain.job import Job, JobKind, JobState, PauseReason
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION, a_contact_key, a_person
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeParking, FakeQueue, FakeRecords
from tests.jobs import KIND, FakeKeeping, a_job

LEADS = JobKind.LEADS_TO_SPOTLER
MINUTE = timedelta(minutes=1)
DOWN = TransientError("spotler must be there")


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


def fail() -> None:
    raise DOWN


def some_people(count: int) -> list[Record]:
    return [a_person(email=f"nr{number}@example.nl") for number in range(count)]


async def test_pages_follow_each_other() -> None:
    """
    A job goes from page to page until nothing is left, in calls of a hundred at most.
    """
    world = World(*some_people(4150))

    job = await world.run_all(await world.start())

    assert (job.state, job.tally, job.page) == (JobState.DONE, Tally(4150), 3)
    assert len(world.marketing.people) == 4150
    assert sorted(map(len, world.marketing.calls)) == [50] + [100] * 41
    assert world.kept.bookmarks.rows[KIND].is_processed


async def test_nobody_is_done_at_once() -> None:
    """
    An empty table makes a job that is done after one page.
    """
    world = World()

    job = await world.run_all(await world.start())

    assert (job.state, job.tally.total, job.total) == (JobState.DONE, 0, 0)


async def test_everybody_is_counted_once() -> None:
    """
    In sync, excluded and failed add up to all.
    """
    good, bad, none = a_person(), a_person(email="no address"), a_person(email=None)
    refused = a_person()
    world = World(good, bad, none, refused)
    world.marketing.rejections[ExternalId(refused.key.id)] = Rejection("CONTACT_OPTOUT")

    job = await world.run_all(await world.start())

    assert job.tally == Tally(in_sync=1, excluded=2, failed=1)
    assert [one.event.key for one in world.parking.parked.values() if one.event] == [refused.key]


async def test_second_job_sends_nothing() -> None:
    """
    Who is in sync is counted and not sent again.
    """
    world = World(*some_people(3))
    await world.run_all(await world.start())
    world.kept = FakeKeeping()
    world.marketing.calls.clear()

    job = await world.run_all(await world.start())

    assert (job.tally, world.marketing.calls) == (Tally(3), [])


async def test_forced_step_sends_all() -> None:
    """
    A step that may have ended halfway before is sent whole again.
    """
    world = World(*some_people(3))
    await world.run_all(await world.start())
    world.kept = FakeKeeping()
    world.marketing.calls.clear()

    await world.run(replace(await world.start(), forced=True))

    assert [len(call) for call in world.marketing.calls] == [3]


async def test_newer_sync_is_not_overwritten() -> None:
    """
    Who was synced as a newer version since the page was read is sent as they are now, or not.
    """
    person = a_person(version=5, email="old@example.nl")
    world = World(person)
    world.records.write(SyncState(person.key, version=9, status=SyncStatus.IN_SYNC))
    world.crm.put(a_person(person.key, version=9, email="new@example.nl"))

    await world.run_all(await world.start())

    assert [one["email"] for one in world.marketing.people.values()] == ["new@example.nl"]


async def test_deleted_since_is_not_revived() -> None:
    """
    Who was deleted and withdrawn since the page was read stays so, and counts as excluded.
    """
    person = a_person()
    world = World(person)
    world.records.write(
        SyncState(person.key, version=1, status=SyncStatus.EXCLUDED, reason=Reason.DELETED)
    )
    read_page = world.crm.read_page

    async def read_then_delete(*args: object, **kwargs: object) -> object:
        page = await read_page(*args, **kwargs)  # type: ignore[arg-type] # handed on
        world.crm.rows.clear()
        return page

    world.crm.read_page = read_then_delete  # type: ignore[method-assign,assignment] # the moment

    job = await world.run_all(await world.start())

    assert (job.tally, world.marketing.people) == (Tally(excluded=1), {})


async def test_lost_race_comes_back_alone() -> None:
    """
    Whose state was written meanwhile is left to `changes`, and counts as in sync.
    """
    [person] = people = some_people(1)
    world = World(*people)

    def somebody_writes() -> None:
        world.records.write(SyncState(person.key, version=7))

    world.marketing.meanwhile = somebody_writes

    job = await world.run_all(await world.start())

    [event] = world.queue.take()
    assert (event.key, event.forced, event.correlation) == (person.key, True, job.id)
    assert job.tally == Tally(1)


async def test_stale_step_does_nothing() -> None:
    """
    A step of an older chain, of another page, or of no job at all is passed over.
    """
    world = World(*some_people(1))
    step = await world.start(a_job(page=4, resumed=2))

    for stale in (replace(step, resumed=1), replace(step, page=2), replace(step, job="x-000001")):
        assert await world.run(stale) is StepOutcome.STALE

    assert (world.marketing.calls, world.kept.queue.steps) == ([], [])


async def test_crash_before_sending_is_mended() -> None:
    """
    A step that comes again although its page is saved only asks for the next one.
    """
    world = World(*some_people(ROWS_PER_PAGE + 1))
    step = await world.start()
    world.kept.queue.errors.append(TransientError("the queue must take it"))
    with pytest.raises(TransientError):
        await world.run(step)
    calls = len(world.marketing.calls)

    assert await world.run(replace(step, forced=True)) is StepOutcome.STALE

    assert len(world.marketing.calls) == calls
    assert [one.page for one in world.kept.queue.steps] == [1]


async def test_pause_keeps_the_page() -> None:
    """
    A page that was under way when somebody paused is saved, and no other is asked for.
    """
    world = World(*some_people(ROWS_PER_PAGE + 1))
    step = await world.start()
    world.kept.store.meanwhile = [None, lambda job: job.paused(NOW)]

    assert await world.run(step) is StepOutcome.ADVANCED

    assert (world.job.state, world.job.tally) == (JobState.PAUSED, Tally(ROWS_PER_PAGE))
    assert world.kept.queue.steps == []


async def test_resumed_page_is_not_begun_twice() -> None:
    """
    A job paused and resumed during a page goes on from the next, in the new chain.
    """
    world = World(*some_people(ROWS_PER_PAGE + 1))
    step = await world.start()
    resumed: list[Job] = []

    def pause_and_resume(job: Job) -> Job:
        resumed.append(job.paused(NOW).resumed_at(NOW))
        return resumed[0]

    world.kept.store.meanwhile = [None, pause_and_resume]

    await world.run(step)
    assert await world.run(resumed[0].step(ORGANISATION)) is StepOutcome.STALE

    [following] = world.kept.queue.steps
    assert (following.page, following.resumed) == (1, 1)
    assert world.job.tally == Tally(ROWS_PER_PAGE)


async def test_cancel_drops_the_page() -> None:
    """
    A page of a job that was cancelled meanwhile is not counted.
    """
    world = World(*some_people(5))
    step = await world.start()
    world.kept.store.meanwhile = [None, lambda job: job.cancelled(NOW)]

    assert await world.run(step) is StepOutcome.STALE
    assert (world.job.state, world.job.tally) == (JobState.CANCELLED, Tally())


async def test_page_that_was_done_twice_counts_once() -> None:
    """
    Of two steps that do one page at the same time the first counts, and nothing is done over.
    """
    world = World(*some_people(5))
    step = await world.start(a_job(total=9))
    world.kept.store.meanwhile = [None, lambda job: job.advanced(Tally(5), "next", NOW)]

    assert await world.run(step) is StepOutcome.STALE
    assert (world.job.tally, world.job.page, world.job.cursor) == (Tally(5), 1, "next")


async def test_crash_in_paused_job_frees_the_page() -> None:
    """
    A paused job whose host died lets go of its page when the step comes again.
    """
    world = World(*some_people(5))
    step = await world.start()
    taken = await world.kept.store.save(world.job.taken(step))
    assert taken is not None
    await world.kept.store.save(taken.paused(NOW))

    assert await world.run(replace(step, forced=True)) is StepOutcome.STALE
    assert world.job.taken_by is None


async def test_licence_stops_at_next_page() -> None:
    """
    When the licence allows it no more the job pauses at its next page, with the reason.
    """
    world = World(*some_people(5))

    assert await world.run(await world.start(), allowed=False) is StepOutcome.PAUSED

    assert (world.job.state, world.job.reason) == (JobState.PAUSED, PauseReason.LICENCE)
    assert (world.marketing.calls, world.job.taken_by) == ([], None)


async def test_cancelled_is_not_paused() -> None:
    """
    A job that somebody cancels at the moment when the licence stops it stays cancelled.
    """
    world = World(*some_people(5))
    step = await world.start()
    world.kept.store.meanwhile = [None, lambda job: job.cancelled(NOW)]

    assert await world.run(step, allowed=False) is StepOutcome.STALE
    assert world.job.state is JobState.CANCELLED


async def test_outage_brings_the_page_back() -> None:
    """
    What Spotler could not take comes back with its page, which is counted when it is through.
    """
    world = World(*some_people(250))
    world.break_spotler()

    assert await world.run(await world.start()) is StepOutcome.DELAYED

    [step], [delay] = world.kept.queue.steps, world.kept.queue.delays
    assert (step.page, step.attempt, world.job.tally) == (0, 1, Tally())
    assert delay is not None
    assert world.job.waits_until == NOW + delay
    world.marketing.rejections.clear()
    assert (await world.run_all(world.kept.queue.take())).tally == Tally(250)
    assert world.queue.events == []


async def test_limit_is_waited_out() -> None:
    """
    A step comes back no sooner than the vendor allows.
    """
    world = World(*some_people(5))
    hour = timedelta(hours=1)
    world.crm.errors = [RateLimitedError("slow down", retry_after=hour)]

    await world.run(await world.start())

    assert world.kept.queue.delays == [hour]


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (DOWN, Cause(CauseCode.TRANSIENT)),
        (RateLimitedError("slow", retry_after=MINUTE), Cause(CauseCode.RATE_LIMITED)),
        (ConfigurationError("put it right"), Cause(CauseCode.CONFIGURATION, "put it right")),
        (PermanentError("no"), Cause(CauseCode.REFUSED)),
    ],
)
async def test_waiting_job_says_why(error: ConnectorError, cause: Cause) -> None:
    """
    Why a page comes back is in the job until the page is done.
    """
    world = World(*some_people(1))
    world.crm.errors = [error]

    await world.run(await world.start())
    assert (world.job.is_running, world.job.cause) == (True, cause)

    await world.run(world.kept.queue.take())
    assert (world.job.state, world.job.cause) == (JobState.DONE, None)


async def test_job_that_waits_for_a_person_says_so() -> None:
    """
    While Spotler cannot take one person, and takes the others, nobody is told that it is away.
    """
    people = some_people(3)
    world = World(*people)
    sick = ExternalId(people[0].key.id)
    world.marketing.rejections[sick] = Rejection("ERROR", is_transient=True)

    await world.run(await world.start())

    assert world.job.cause == Cause(CauseCode.PEOPLE)


def test_what_concerns_all_is_told_first() -> None:
    """
    When one person waits and a system is away, the job says that the system is.
    """
    waits = PersonWaitsError("spotler must be able to handle a contact")

    assert [gravest([DOWN, waits]), gravest([waits, waits])] == [DOWN, waits]


async def test_job_that_gave_up_says_why() -> None:
    """
    A job that pauses after the last attempt keeps the cause until it is resumed.
    """
    world = World(*some_people(1))
    world.attempts = 1
    world.crm.errors = [DOWN]

    await world.run(await world.start())

    assert world.job.reason is PauseReason.GAVE_UP
    assert world.job.cause == Cause(CauseCode.TRANSIENT)
    assert world.job.resumed_at(NOW).cause is None


async def test_failed_call_may_have_been_done() -> None:
    """
    Whose call failed is sent again, also when they are again what Spotler once held.
    """
    [person] = people = some_people(1)
    world = World(*people)
    await world.run_all(await world.start())
    world.kept = FakeKeeping()
    world.crm.put(replace(person, version=2, columns={**person.columns, "firstname": "Piet"}))
    world.marketing.meanwhile = fail
    await world.run(await world.start())
    world.crm.put(replace(person, version=3))
    world.marketing.calls.clear()

    await world.run_all(world.kept.queue.take())

    assert len(world.marketing.calls) == 1


async def test_few_do_not_hold_up_all() -> None:
    """
    A few that Spotler can never take go on by themselves in the end, and the job goes on.
    """
    people = some_people(ROWS_PER_PAGE + 1)
    world = World(*people)
    sick = people[0].key
    world.marketing.rejections[ExternalId(sick.id)] = Rejection("ERROR", is_transient=True)

    job = await world.run_all(await world.start())

    assert (job.state, job.tally) == (JobState.DONE, Tally(in_sync=ROWS_PER_PAGE, failed=1))
    assert {event.key for event in world.queue.events} == {sick}


async def test_job_gives_up_in_the_end() -> None:
    """
    After the last attempt the job pauses, with the reason, for somebody to look.
    """
    world = World(*some_people(30))
    world.attempts = 1
    world.break_spotler()

    assert await world.run(await world.start()) is StepOutcome.PAUSED
    assert (world.job.state, world.job.reason) == (JobState.PAUSED, PauseReason.GAVE_UP)


async def test_paused_job_is_not_tried_again() -> None:
    """
    A page that fails in a job that was paused meanwhile does not come back by itself.
    """
    world = World(*some_people(30))
    step = await world.start()
    world.break_spotler()
    world.kept.store.meanwhile = [None, lambda job: job.paused(NOW)]

    assert await world.run(step) is StepOutcome.STALE
    assert (world.kept.queue.steps, world.job.taken_by) == ([], None)


async def test_tables_that_fail_are_waited_out() -> None:
    """
    A page whose states cannot be written comes back.
    """
    world = World(*some_people(30))
    step = await world.start()
    save = world.records.save

    async def fail_once(states: object) -> object:
        world.records.save = save  # type: ignore[method-assign] # only once
        raise DOWN

    world.records.save = fail_once  # type: ignore[method-assign,assignment] # on demand

    assert await world.run(step) is StepOutcome.DELAYED
    assert (await world.run_all(world.kept.queue.take())).tally == Tally(30)


async def test_crowded_row_is_left() -> None:
    """
    A step that cannot get at its row for all the others fails, and comes back.
    """
    world = World(*some_people(1))
    step = await world.start()
    world.kept.store.meanwhile = [lambda job: job] * ATTEMPTS

    with pytest.raises(TransientError, match="many at once"):
        await world.run(step)

    world.kept.store.meanwhile = [None, *[lambda job: job] * ATTEMPTS]
    with pytest.raises(TransientError, match="many at once"):
        await world.run(step)


async def test_leads_that_became_contacts() -> None:
    """
    A qualified lead hands over to its contact, which takes its external id, and is excluded.
    """
    contact = a_person(a_contact_key(), lastname="Vos")
    lead = a_person(
        replace(a_contact_key(), table=LEADS.table), parentcontactid=contact.key.id, statecode=1
    )
    world = World(contact, lead)

    job = await world.run_all(await world.start(a_job(LEADS)))

    assert job.tally == Tally(excluded=1)
    assert set(world.marketing.people) == {ExternalId(lead.key.id)}
