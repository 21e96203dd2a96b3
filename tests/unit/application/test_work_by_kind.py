"""Which work a job does."""

import pytest

from connector.application.work_by_kind import WorkByKind
from connector.domain.job import JobKind
from connector.domain.job_errors import JobUnavailableError
from connector.domain.tally import Tally
from tests.builders import ORGANISATION
from tests.jobs import KIND, FakePageWork, a_job

WORK = WorkByKind({KIND: FakePageWork(rows=3)}, {KIND: FakePageWork(rows=5)})


async def test_sync_and_preview_differ() -> None:
    """
    A job does the work of its kind, and a preview that of its kind's preview.
    """
    assert await WORK.count(a_job()) == 3
    assert await WORK.count(a_job(preview=True)) == 5
    assert await WORK.run(a_job(), a_job().step(ORGANISATION)) == (Tally(), None)


@pytest.mark.parametrize("preview", [False, True])
async def test_kind_without_work_is_refused(preview: bool) -> None:
    """
    Who asks for what nobody does is told so.
    """
    with pytest.raises(JobUnavailableError, match="leads_to_spotler"):
        await WORK.count(a_job(JobKind.LEADS_TO_SPOTLER, preview=preview))
