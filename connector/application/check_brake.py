"""Stop an action that would end more people in Spotler than is plausible."""

from dataclasses import replace

from connector.application.count_records import RecordCounter
from connector.application.review_ports import RecordLists
from connector.domain.brake import BrakeError, limit_of
from connector.domain.record_list import RecordFilter
from connector.domain.sync_state import Reason, SyncStatus

STATES_PER_READ = 1000


async def check_brake(wanted: RecordFilter, *, lists: RecordLists, counter: RecordCounter) -> None:
    """Raise `BrakeError` when too many of these records are contacts whose rows are missing.

    A lost privilege looks as if their rows were deleted. They are counted as they are now, and
    only how many people are known may be as old as what the page shows.
    """
    is_of_missing = wanted.reason in {None, Reason.NOT_IN_DYNAMICS}
    if wanted.status is not SyncStatus.FAILING or not is_of_missing:
        return

    limit = limit_of((await counter.get()).counts)
    missing = replace(wanted, reason=Reason.NOT_IN_DYNAMICS)
    page = await lists.list_page(missing, size=limit + 1)
    count = len(page.states)
    if count <= limit:
        return

    while page.last is not None:
        page = await lists.list_page(missing, size=STATES_PER_READ, after=page.last)
        count += len(page.states)

    raise BrakeError(count, limit)
