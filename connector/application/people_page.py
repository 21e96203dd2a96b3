"""One page of people as a job reads it, whether it syncs them or only says what it would do."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from connector.application.live_catalogue import live_catalogue
from connector.application.ports import CrmGateway, MappingStore, MarketingGateway
from connector.application.read_people import columns_to_read
from connector.domain.batch import Work
from connector.domain.contact import Record, RecordKey, RecordPage, Table
from connector.domain.default_mappings import effective_mappings
from connector.domain.event import Change, JobStep, RecordChanged
from connector.domain.job import Job
from connector.domain.mapping_plan import MappingPlan, plan_mappings
from connector.domain.missing import Span
from connector.domain.page_place import PagePlace

ROWS_PER_PAGE = 2000

CALLS_SIDE_BY_SIDE = 4
"""Half of the connections to Spotler: the others are for changes as they happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """A page of people, the mappings as they are now, and where the next page begins.

    `span` is which ids it covers, where that is known.
    """

    plan: MappingPlan
    records: Sequence[Record]
    cursor: str | None
    span: Span | None


async def read_people_page(
    job: Job, *, crm: CrmGateway, marketing: MarketingGateway, mappings: MappingStore
) -> PeoplePage:
    """Return the page at which a job stands, and the mappings as they are now.

    Who changed a mapping or showed a field runs the job to fill it: what another host changed a
    moment ago must count already.
    """
    changes = await mappings.list_changes(now=True)
    plan = plan_mappings(effective_mappings(changes), await live_catalogue(marketing))
    table, place = job.kind.table, PagePlace.parse(job.cursor)
    page = await crm.read_page(
        table, columns_to_read(table, plan), size=ROWS_PER_PAGE, cursor=place.cursor
    )
    last = page.records[-1].key.id if page.records else place.after

    return PeoplePage(
        plan=plan,
        records=page.records,
        cursor=PagePlace(page.cursor, last).write(),
        span=_to_span(table, place, page),
    )


def _to_span(table: Table, place: PagePlace, page: RecordPage) -> Span | None:
    """Return what a page covers; one that is empty, and not the last, tells nothing."""
    if not place.is_known or (page.cursor is not None and not page.records):
        return None

    ids = [record.key.id for record in page.records]
    until = ids[-1] if page.cursor is not None else None

    return Span(table=table, after=place.after, until=until, rows=frozenset(ids))


def to_work(
    people: Iterable[Record], step: JobStep, *, anew: bool = False
) -> dict[RecordKey, Work]:
    """Return the work for each contact of a page; `anew` also for what Spotler should hold."""
    return {person.key: _to_work(person.key, step, anew=anew) for person in people}


def _to_work(key: RecordKey, step: JobStep, *, anew: bool) -> Work:
    event = RecordChanged(
        organisation=step.organisation,
        key=key,
        change=Change.UPDATED,
        operation=str(uuid.uuid4()),
        step="job",
        correlation=step.job,
        forced=step.forced,
        attempt=step.attempt,
    )

    work = Work.of(event)

    return replace(work, forced=True) if anew else work
