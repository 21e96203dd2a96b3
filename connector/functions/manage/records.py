"""What did not go through: how much, what and why, and how it is sent again."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import azure.functions as func

from connector.adapters.manage_api.record_export import to_csv
from connector.adapters.manage_api.record_queries import (
    RecordPageQuery,
    RecordQuery,
    SendAll,
    SendRecords,
    Sent,
    SentPage,
    to_cursor,
)
from connector.adapters.manage_api.record_views import RecordCounts, RecordList, to_record_list
from connector.application.check_brake import check_brake
from connector.application.send_records import send_records, send_states
from connector.bootstrap import Services, services
from connector.domain.caller import Caller
from connector.domain.record_list import RecordFilter
from connector.domain.role import Role
from connector.domain.sync_state import SyncState
from connector.functions.manage.freshness import fresh, shown
from connector.functions.manage.guard import guarded
from connector.functions.manage.reading import read_body, read_query

logger = logging.getLogger(__name__)

bp = func.Blueprint()

PAGE: Final = 50
SENT_PAGE: Final = 1000
EXPORT_PAGE: Final = 1000
EXPORT_ROWS: Final = 50_000
"""A file of so many lines is 10 MB, and read in a minute; whoever needs more narrows it down."""

CSV: Final = "text/csv"
CUT: Final = "X-Export-Cut-At"
"""Comes with a file that does not hold all, and says after how many records it ends."""


@bp.function_name("manage_record_counts")
@bp.route("manage/records/counts", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=RecordCounts)
async def count_records(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show how many records are in sync, excluded and failing, and why."""
    return fresh(req, RecordCounts.of(await services().review.counter.get()))


@bp.function_name("manage_records")
@bp.route("manage/records", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=RecordList, query=RecordPageQuery)
async def list_records(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show a page of the records that are wanted."""
    known = services()
    query = read_query(req, RecordPageQuery)
    wanted = query.to_dated_filter(known.settings.time_zone)
    page = await known.review.lists.list_page(wanted, size=PAGE, after=query.after)

    return fresh(
        req, to_record_list(page.states, to_cursor(page.last), known.settings.dataverse_url)
    )


@bp.function_name("manage_export_records")
@bp.route("manage/records/export", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, query=RecordQuery, media=CSV)
async def export_records(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Give the records that are wanted as a file, up to a bound that the answer tells of."""
    known = services()
    wanted = read_query(req, RecordQuery).to_dated_filter(known.settings.time_zone)
    states, is_cut = await _read_all(wanted, known)
    headers = {"Content-Disposition": 'attachment; filename="records.csv"'}
    if is_cut:
        headers[CUT] = str(EXPORT_ROWS)

    return func.HttpResponse(to_csv(states), headers=headers, mimetype=CSV)


@bp.function_name("manage_send_records")
@bp.route("manage/records/send", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, takes=SendRecords, answers=Sent, status=HTTPStatus.ACCEPTED)
async def send(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
    """Put some records on their way again, ever synced or not, but for those it cannot help."""
    known = services()
    wanted = read_body(req, SendRecords)
    done = await send_records(
        [one.key for one in wanted.records],
        organisation=known.ourselves.organisation,
        records=known.records,
        parked=known.review.parked,
        queue=known.queue,
        insists=wanted.insists,
    )
    _note(done.sent, caller)

    return shown(Sent.of(done), HTTPStatus.ACCEPTED)


@bp.function_name("manage_send_all_records")
@bp.route("manage/records/send-all", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, takes=SendAll, answers=SentPage, status=HTTPStatus.ACCEPTED)
async def send_all(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
    """Send a page of all records of a status again; who asks goes on with the cursor.

    More contacts whose rows are missing than are plausible need a word of their own.
    """
    known = services()
    wanted = read_body(req, SendAll)
    if not wanted.lift_brake:
        await check_brake(
            wanted.to_filter(), lists=known.review.lists, counter=known.review.counter
        )

    page = await known.review.lists.list_page(
        wanted.to_filter(), size=SENT_PAGE, after=wanted.after
    )
    done = await send_states(
        page.states,
        organisation=known.ourselves.organisation,
        parked=known.review.parked,
        queue=known.queue,
    )
    _note(done.sent, caller)

    return shown(SentPage.of(done, cursor=to_cursor(page.last)), HTTPStatus.ACCEPTED)


async def _read_all(wanted: RecordFilter, known: Services) -> tuple[Sequence[SyncState], bool]:
    """Return the states that are wanted, and whether there are more than we give."""
    lists = known.review.lists
    page = await lists.list_page(wanted, size=EXPORT_PAGE)
    states = [*page.states]
    while page.last is not None and len(states) < EXPORT_ROWS:
        page = await lists.list_page(wanted, size=EXPORT_PAGE, after=page.last)
        states += page.states

    return states, page.last is not None


def _note(sent: int, caller: Caller) -> None:
    logger.info("%d records sent again", sent, extra={"by": caller.object_id})
