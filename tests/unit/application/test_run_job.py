"""A job goes through everybody, page by page, and counts each person once."""

from dataclasses import replace

import pytest

from connector.application.run_job import StepOutcome
from connector.domain.contact import Account, ExternalId, Rejection
from connector.domain.errors import TransientError
from connector.domain.job import JobKind, JobState, StopReason
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from connector.domain.tally import Tally
from tests.builders import NOW, a_contact_key, a_person
from tests.jobs import KIND, FakeKeeping, a_job
from tests.unit.application.job_world import World, some_people

LEADS = JobKind.LEADS_TO_SPOTLER


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
    refused, opted_out = a_person(), a_person()
    world = World(good, bad, none, refused, opted_out)
    world.marketing.rejections[ExternalId(refused.key.id)] = Rejection("PROPERTY_INVALID")
    world.marketing.rejections[ExternalId(opted_out.key.id)] = Rejection("CONTACT_OPTOUT")

    job = await world.run_all(await world.start())

    assert job.tally == Tally(in_sync=1, excluded=3, failed=1)
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


async def test_licence_stops_at_next_page() -> None:
    """
    When the licence allows it no more the job pauses at its next page, with the reason.
    """
    world = World(*some_people(5))

    assert await world.run(await world.start(), allowed=False) is StepOutcome.PAUSED

    assert (world.job.state, world.job.reason) == (JobState.PAUSED, StopReason.LICENCE)
    assert (world.marketing.calls, world.job.taken_by) == ([], None)


@pytest.mark.parametrize("preview", [False, True])
async def test_job_ends_with_its_account(*, preview: bool) -> None:
    """
    A job, or a preview, of one account ends when another is connected, and says why.
    """
    world = World(*some_people(5))
    tally = Tally(in_sync=7)
    step = await world.start(
        a_job(account=Account("account-1"), preview=preview, page=1, tally=tally)
    )
    world.kept.known_as = Account("account-2")

    assert await world.run(step) is StepOutcome.ENDED

    job = world.job
    assert (job.state, job.reason) == (JobState.CANCELLED, StopReason.ACCOUNT_CHANGED)
    assert (job.tally, job.taken_by, job.finished_at) == (tally, None, NOW)
    assert (world.marketing.calls, world.kept.queue.steps) == ([], [])
    assert await world.run(step) is StepOutcome.STALE


async def test_last_host_to_know_does_not_end_a_job() -> None:
    """
    A host that does not know of the account of a job yet looks who is connected, and goes on.
    """
    world = World(*some_people(1))
    world.marketing.known_as = world.kept.saved_elsewhere = Account("account-2")

    job = await world.run_all(await world.start(a_job(account=Account("account-2"))))

    assert (job.state, job.tally) == (JobState.DONE, Tally(in_sync=1))


async def test_job_that_was_cancelled_does_not_end_twice() -> None:
    """
    Who cancels a job while its step sees another account is the one who ended it.
    """
    world = World()
    step = await world.start(a_job(account=Account("account-1")))
    world.kept.known_as = Account("account-2")
    world.kept.store.meanwhile = [None, lambda one: one.cancelled(NOW)]

    assert await world.run(step) is StepOutcome.STALE
    assert (world.job.state, world.job.reason) == (JobState.CANCELLED, None)


async def test_job_of_an_older_version_gets_an_account() -> None:
    """
    A job that was started before jobs knew their account is of the one that it goes on with.
    """
    world = World(*some_people(1))

    job = await world.run_all(await world.start(a_job(account=None)))

    assert (job.account, job.tally) == (Account("account-1"), Tally(in_sync=1))


async def test_account_that_is_not_told_delays_the_page() -> None:
    """
    As long as nobody can tell which account is connected, the page comes back.
    """
    world = World(*some_people(1))
    step = await world.start()
    world.kept.errors = [TransientError("the tables must be there")]

    assert await world.run(step) is StepOutcome.DELAYED
    assert world.marketing.calls == []


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
