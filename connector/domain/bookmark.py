"""How far a stream has come: stays when the work is over, for whoever asks whether it was."""

from dataclasses import dataclass
from datetime import datetime

from connector.domain.job import Job, JobState
from connector.domain.tally import Tally


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Is the `bookmarks` row of one stream.

    `page_number` counts the pages that were done, so that 0 is no error. `is_processed` is true
    when the stream was read to its end, also when single records failed, and stays false while it
    runs or when it was interrupted.
    """

    stream: str
    page_number: int
    is_processed: bool
    started_at: datetime
    tally: Tally
    finished_at: datetime | None = None


def bookmark_of(job: Job) -> Bookmark:
    """Return the bookmark that a job leaves."""
    return Bookmark(
        stream=job.stream,
        page_number=job.page,
        is_processed=job.state is JobState.DONE,
        started_at=job.started_at,
        finished_at=job.finished_at,
        tally=job.tally,
    )
