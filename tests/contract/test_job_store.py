"""What the use cases may expect of any `JobStore` and `BookmarkStore`, fake and real."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables import TableEntity

from connector.adapters.tables import bookmarks, jobs
from connector.adapters.tables.bookmarks import TableBookmarkStore
from connector.adapters.tables.jobs import TableJobStore
from connector.application.job_ports import BookmarkStore, JobStore
from connector.domain.bookmark import bookmark_of
from connector.domain.cause import Cause, CauseCode
from connector.domain.contact import Account
from connector.domain.errors import ConfigurationError
from connector.domain.job import Job, JobKind, JobState, StopReason
from connector.domain.tally import Tally
from tests.builders import NOW
from tests.contract.conftest import Tables
from tests.jobs import FakeBookmarks, FakeJobs, a_job

# The SDK reads refusals in XML in a way that Python is going to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Testing an element's truth value")

MOMENT = NOW + timedelta(microseconds=123456)
FULL = a_job(
    number=12,
    state=JobState.PAUSED,
    reason=StopReason.LICENCE,
    started_at=MOMENT,
    moved_at=MOMENT,
    finished_at=MOMENT,
    waits_until=MOMENT,
    cause=Cause(CauseCode.CONFIGURATION, "the table must be there"),
    worked=timedelta(seconds=12.5),
    pace=487.25,
    total=100_000,
    tally=Tally(90_000, 9_000, 1_000, {"created": 7, "field:city": 3}),
    preview=True,
    anew=True,
    account=Account("0a1b2c3d4e5f"),
    cursor="contacts?$select=contactid&$skiptoken=" + "x" * 4000,
    page=100,
    resumed=20,
    taken_by=19,
)


@pytest.fixture(params=["fake", "azurite"])
def store(request: pytest.FixtureRequest, tables: Tables) -> JobStore:
    if request.param == "fake":
        return FakeJobs()

    return TableJobStore(tables.service, tables.organisation)


@pytest.fixture(params=["fake", "azurite"])
def marks(request: pytest.FixtureRequest, tables: Tables) -> BookmarkStore:
    if request.param == "fake":
        return FakeBookmarks()

    return TableBookmarkStore(tables.service, tables.organisation)


@pytest.mark.parametrize("job", [pytest.param(a_job(), id="new"), pytest.param(FULL, id="full")])
async def test_job_comes_back_whole(store: JobStore, job: Job) -> None:
    """
    What was written is found as it was, and saving tells the etag of what is there now.
    """
    saved = await store.save(job)

    assert saved is not None
    assert saved.etag
    assert await store.find(job.id) == saved
    assert replace(saved, etag=None) == job


@pytest.mark.parametrize("name", ["contacts_to_spotler-000009", "", "x", "../jobs", "a'b", "é-1"])
async def test_unknown_job_is_none(store: JobStore, name: str) -> None:
    """
    A job that is not there is not found, whatever it is called.
    """
    await store.save(a_job())

    assert await store.find(name) is None


async def test_second_of_a_number_loses(store: JobStore) -> None:
    """
    Of several who start a job of the same number one gets it.
    """
    saved = await asyncio.gather(*(store.save(a_job()) for _ in range(5)))

    assert sum(one is not None for one in saved) == 1


async def test_changed_job_is_not_overwritten(store: JobStore) -> None:
    """
    Who read the job before somebody changed it loses, and wins with what is there now.
    """
    before = await store.save(a_job())
    assert before is not None
    after = await store.save(before.paused(NOW))
    assert after is not None

    assert await store.save(before.cancelled(NOW)) is None
    assert await store.save(after.cancelled(NOW)) is not None


async def test_job_that_is_gone_is_lost(store: JobStore) -> None:
    """
    A job whose row was deleted is not written again.
    """
    assert await store.save(a_job(etag="W/\"datetime'2026-01-01T00%3A00%3A00Z'\"")) is None


async def test_newest_job_comes_first(store: JobStore) -> None:
    """
    All jobs are listed, the newest first.
    """
    for number in (2, 1, 3):
        await store.save(a_job(number=number, started_at=NOW + timedelta(hours=number)))
    await store.save(a_job(JobKind.LEADS_TO_SPOTLER, started_at=NOW))

    numbers = [(job.kind, job.number) for job in await store.list_jobs()]

    contacts = JobKind.CONTACTS_TO_SPOTLER
    assert numbers == [
        (contacts, 3),
        (contacts, 2),
        (contacts, 1),
        (JobKind.LEADS_TO_SPOTLER, 1),
    ]


async def test_bookmark_is_replaced(marks: BookmarkStore) -> None:
    """
    A stream has one bookmark, which says how far it is now.
    """
    first = bookmark_of(a_job())
    last = bookmark_of(a_job().advanced(Tally(1, 2, 3), None, MOMENT))
    other = bookmark_of(a_job(JobKind.LEADS_TO_SPOTLER))

    for one in (first, other, last):
        await marks.save(one)

    found = {one.stream: one for one in await marks.list_bookmarks()}
    assert found == {last.stream: last, other.stream: other}


async def test_organisations_are_apart(azurite: str, tables: Tables) -> None:
    """
    Nobody sees the jobs and bookmarks of another organisation.
    """
    await TableJobStore(tables.service, tables.organisation).save(a_job())
    await TableBookmarkStore(tables.service, tables.organisation).save(bookmark_of(a_job()))
    other = Tables(azurite).organisation

    assert await TableJobStore(tables.service, other).list_jobs() == []
    assert await TableBookmarkStore(tables.service, other).list_bookmarks() == []


async def test_spoilt_rows_are_for_operators(tables: Tables) -> None:
    """
    A row that somebody edited runs nothing, and says what to do.
    """
    for name, row in ((jobs.TABLE, a_job().id), (bookmarks.TABLE, "x")):
        async with tables.service.open(name) as table:
            await table.create_entity(TableEntity(PartitionKey=tables.organisation, RowKey=row))

    with pytest.raises(ConfigurationError, match="delete its row"):
        await TableJobStore(tables.service, tables.organisation).find(a_job().id)
    with pytest.raises(ConfigurationError, match="delete its row"):
        await TableBookmarkStore(tables.service, tables.organisation).list_bookmarks()
