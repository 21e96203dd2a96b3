"""Bring all mass mailings of Spotler to our own table of the CRM, window by window."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from connector.application.to_dataverse_ports import MailingBook, MailingFeed
from connector.domain.contact import OrganisationId, RecordId
from connector.domain.event import JobStep
from connector.domain.job import Job
from connector.domain.mailing import Mailing, mailing_row
from connector.domain.tally import Tally

FIRST_YEAR = 2004
"""Nobody mailed before: each empty year costs one call."""

WINDOWS_PER_PAGE = 12
MAILINGS_PER_PAGE = 200
DETAILS_SIDE_BY_SIDE = 4
OVERLAP = timedelta(days=1)
"""Whether a window has its ends is not known, so each asks for more and keeps its own."""


@dataclass(frozen=True, slots=True)
class MailingsToDataverse:
    """Does the pages of `mailings_to_dataverse` and, writing nothing, those of its preview.

    A window is a year, read whole because Spotler has no pages there; a page does part of one, or
    passes some that are empty. The cursor is the year and how many of it are done, in the order
    of their rows.
    """

    feed: MailingFeed
    book: MailingBook
    organisation: OrganisationId

    async def count(self, job: Job) -> int | None:  # noqa: ARG002 - the port
        """Return nothing, for Spotler does not say how many there are; raises without our table."""
        await self.book.list_mailings([mailing_row(self.organisation, Mailing("", ""))])

        return None

    async def run(self, job: Job, step: JobStep) -> tuple[Tally, str | None]:  # noqa: ARG002 - the port
        """Return the counts of the page and the cursor of the next one."""
        feed = self.feed.for_account(job.account) if job.account else self.feed

        return await replace(self, feed=feed).do_page(job)

    async def do_page(self, job: Job) -> tuple[Tally, str | None]:
        """Do the page at which a job stands, as the feed is."""
        year, done = json.loads(job.cursor) if job.cursor else (FIRST_YEAR, 0)
        for _ in range(WINDOWS_PER_PAGE):
            window, unreadable = await self._read(year, job.started_at)
            todo = dict([*window.items()][done : done + MAILINGS_PER_PAGE])
            is_whole = done + len(todo) >= len(window)
            following = (year + 1, 0) if is_whole else (year, done + len(todo))
            if todo or unreadable:
                # Of a window of several pages the first one tells of all that is unreadable.
                tally = Tally() if done else _unreadable(unreadable)
                tally += await self._bring(todo, preview=job.preview) if todo else Tally()
                return tally, _to_cursor(following, job.started_at)

            year, done = following
            if year > job.started_at.year:
                break

        return Tally(), _to_cursor((year, done), job.started_at)

    async def _read(self, year: int, now: datetime) -> tuple[Mapping[RecordId, Mailing], int]:
        """Return the mailings of a year by their rows, in their order, and the unreadable ones."""
        begin, end = _new_year(year), min(_new_year(year + 1), now)
        listed = await self.feed.list_mailings(begin - OVERLAP, end + OVERLAP)
        own = {
            mailing_row(self.organisation, one): one.fitting()
            for one in listed.mailings
            if one.scheduled_on is None or begin <= one.scheduled_on < end
        }
        unreadable = [when for when in listed.unreadable if when is None or begin <= when < end]

        return dict(sorted(own.items())), len(unreadable)

    async def _bring(self, mailings: Mapping[RecordId, Mailing], *, preview: bool) -> Tally:
        """Write what is new or differs; return what became of each."""
        there = await self.book.list_mailings(list(mailings))
        new = mailings.keys() - there.keys()
        changed = {row for row, one in there.items() if not _is_alike(one, mailings[row])}
        refused: frozenset[RecordId] = frozenset()
        if not preview:
            todo = {row: one for row, one in mailings.items() if row in new | changed}
            refused = frozenset(await self.book.save(await self._complete(todo)))

        written = Tally(
            in_sync=len(mailings) - len(refused),
            failed=len(refused),
            details={
                "created": len(new - refused),
                "changed": len(changed - refused),
                "unchanged": len(mailings) - len(new) - len(changed),
                "reason:rejected": len(refused),
            },
        )

        return replace(written, details={name: n for name, n in written.details.items() if n})

    async def _complete(self, mailings: Mapping[RecordId, Mailing]) -> dict[RecordId, Mailing]:
        """Ask for the details of mailings, a few at a time."""
        free = asyncio.Semaphore(DETAILS_SIDE_BY_SIDE)

        async def complete(mailing: Mailing) -> Mailing:
            async with free:
                return await self.feed.complete(mailing)

        completed = await asyncio.gather(*map(complete, mailings.values()))

        return dict(zip(mailings, completed, strict=True))


def _is_alike(held: Mailing, listed: Mailing) -> bool:
    """Tell whether a row says what the list says; details are not in it, and do not change."""
    return replace(held, subject=None, sender=None) == replace(listed, subject=None, sender=None)


def _unreadable(count: int) -> Tally:
    return Tally(failed=count, details={"reason:unreadable": count} if count else {})


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def _to_cursor(following: tuple[int, int], now: datetime) -> str | None:
    return None if following[0] > now.year else json.dumps(following)
