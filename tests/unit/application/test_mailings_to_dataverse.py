"""Spotler's mailings come to our own table, year by year, and none twice."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from connector.application import mailings_to_dataverse as module
from connector.application.mailings_to_dataverse import FIRST_YEAR, MailingsToDataverse
from connector.domain.connection import OtherAccountError
from connector.domain.contact import Account
from connector.domain.errors import ConfigurationError
from connector.domain.job import JobKind
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION
from tests.jobs import a_job
from tests.spotler_people import FakeMailingBook, FakeMailingFeed, a_mailing

KIND = JobKind.MAILINGS_TO_DATAVERSE


@dataclass(slots=True)
class World:
    """Is Spotler's mailings and our table of them."""

    feed: FakeMailingFeed = field(default_factory=FakeMailingFeed)
    book: FakeMailingBook = field(default_factory=FakeMailingBook)
    pages: int = 0

    async def run(self, *, preview: bool = False) -> Tally:
        """Do all pages of a job, and return what it counted."""
        job = a_job(KIND, started_at=NOW, preview=preview)
        self.pages = 0
        while True:
            work = MailingsToDataverse(self.feed, self.book, ORGANISATION)
            page, cursor = await work.run(job, job.step(ORGANISATION))
            job, self.pages = job.advanced(page, cursor, NOW), self.pages + 1
            if cursor is None:
                return job.tally


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.feature("F39", "F90")
async def test_all_mailings_come(world: World) -> None:
    """
    Mailings of all years are in our table with subject and sender, and a job after it adds none.
    """
    for year in (FIRST_YEAR, 2015, 2026):
        world.feed.mailings.append(a_mailing(f"m-{year}", datetime(year, 6, 1, tzinfo=UTC)))

    first, second = await world.run(), await world.run()

    assert first == Tally(3, details={"created": 3})
    assert second == Tally(3, details={"unchanged": 3})
    assert {one.subject for one in world.book.rows.values()} == {
        f"Subject of m-{year}" for year in (FIRST_YEAR, 2015, 2026)
    }
    assert len(world.feed.completed) == 3


async def test_windows_overlap_and_count_once(world: World) -> None:
    """
    Whatever a window makes of its ends, who was mailed at New Year is counted once.
    """
    world.feed.mailings = [
        a_mailing("m-1", datetime(2020, 12, 31, 23, 59, 59, tzinfo=UTC)),
        a_mailing("m-2", datetime(2021, 1, 1, tzinfo=UTC)),
    ]

    assert await world.run() == Tally(2, details={"created": 2})
    ends = {end for _, end in world.feed.windows}
    assert all(begin < max(ends) and begin.year < end.year for begin, end in world.feed.windows)


async def test_unreadable_mailing_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A mailing that cannot be read counts once as failed, also in a year without any other.
    """
    monkeypatch.setattr(module, "MAILINGS_PER_PAGE", 2)
    when = datetime(2020, 6, 1, tzinfo=UTC)
    world.feed.mailings = [a_mailing(f"m-{number}", when) for number in range(5)]
    world.feed.unreadable = [
        when,
        datetime(2021, 1, 1, tzinfo=UTC),
        datetime(2022, 6, 1, tzinfo=UTC),
    ]

    first, second = await world.run(preview=True), await world.run()

    counts = {"created": 5, "reason:unreadable": 3}
    assert first == second == Tally(5, failed=3, details=counts)


async def test_unreadable_mailing_without_moment(world: World) -> None:
    """
    A mailing of which not even the moment can be read belongs to the window that has it.
    """
    world.feed.unreadable = [None]

    tally = await world.run()

    assert tally.failed == tally.details["reason:unreadable"] == NOW.year - FIRST_YEAR + 1


async def test_empty_years_are_passed(world: World) -> None:
    """
    Years without a mailing cost one call each, and few pages.
    """
    assert await world.run() == Tally()
    assert len(world.feed.windows) == NOW.year - FIRST_YEAR + 1
    assert world.pages == 2


async def test_long_year_takes_more_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A page brings a limited number of mailings, whatever the year has.
    """
    monkeypatch.setattr(module, "MAILINGS_PER_PAGE", 2)
    world.feed.mailings = [a_mailing(f"m-{n}") for n in range(5)]

    assert await world.run() == Tally(5, details={"created": 5})
    assert world.pages == 4


async def test_change_is_written(world: World) -> None:
    """
    A mailing that was sent to more people meanwhile is written again; one that is equal is not.
    """
    world.feed.mailings = [a_mailing("m-1"), a_mailing("m-2")]
    await world.run()
    world.feed.mailings[0] = replace(world.feed.mailings[0], sent=11)

    assert await world.run() == Tally(2, details={"changed": 1, "unchanged": 1})
    assert sorted(one.sent for one in world.book.rows.values()) == [10, 11]


async def test_refused_mailing_is_counted(world: World) -> None:
    """
    A mailing that the CRM refuses counts as failed, and the others are there.
    """
    world.feed.mailings = [a_mailing("m-1"), a_mailing("m-2")]
    world.book.refused = {"m-1"}

    assert await world.run() == Tally(1, 0, 1, {"created": 1, "reason:rejected": 1})


async def test_preview_writes_nothing(world: World) -> None:
    """
    A preview counts what would be new, asks for no details and writes nothing.
    """
    world.feed.mailings = [a_mailing()]

    assert await world.run(preview=True) == Tally(1, details={"created": 1})
    assert (world.book.rows, world.feed.completed) == ({}, [])


async def test_undated_mailing_comes_too(world: World) -> None:
    """
    A mailing without a readable date is there once.
    """
    world.feed.mailings = [a_mailing(when=None)]

    await world.run()

    assert len(world.book.rows) == 1


async def test_missing_table_is_told(world: World) -> None:
    """
    Without our own table the job meets an error that an operator can act on, or never begins.
    """
    world.feed.mailings = [a_mailing()]
    world.book.errors = [ConfigurationError("provision the environment")] * 2

    with pytest.raises(ConfigurationError, match="provision"):
        await world.run()
    with pytest.raises(ConfigurationError, match="provision"):
        await MailingsToDataverse(world.feed, world.book, ORGANISATION).count(a_job(KIND))


async def test_nobody_counts_beforehand(world: World) -> None:
    """
    How many there are nobody says.
    """
    work = MailingsToDataverse(world.feed, world.book, ORGANISATION)

    assert await work.count(a_job(KIND)) is None


async def test_mailings_of_another_account_stay_away(world: World) -> None:
    """
    The mailings of an account come by a job of that account alone.
    """
    world.feed.mailings.append(a_mailing("m-1", datetime(FIRST_YEAR, 6, 1, tzinfo=UTC)))
    world.feed.known_as = Account("account-2")
    job = a_job(KIND, started_at=NOW, account=Account("account-1"))
    work = MailingsToDataverse(world.feed, world.book, ORGANISATION)

    with pytest.raises(OtherAccountError):
        await work.run(job, job.step(ORGANISATION))
    tally, _ = await work.run(replace(job, account=Account("account-2")), job.step(ORGANISATION))

    assert tally.total == 1
