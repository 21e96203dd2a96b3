"""Read all that a batch needs to decide: states first, then the rows as they are now."""

from collections.abc import Collection, Iterable, Mapping
from itertools import batched

from connector.application.ports import CrmGateway, RecordStore
from connector.domain.batch import Work
from connector.domain.contact import Column, Record, RecordId, RecordKey, Table
from connector.domain.event import Change, RecordChanged
from connector.domain.identity import IDENTITY_COLUMNS, find_predecessor, find_successor
from connector.domain.mapping_plan import MappingPlan
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import SyncState

IDS_PER_QUERY = 100


async def read_people(
    work: Mapping[RecordKey, Work],
    *,
    crm: CrmGateway,
    records: RecordStore,
    plan: MappingPlan,
    seen: Mapping[RecordKey, Record] | None = None,
) -> Snapshot:
    """Return the snapshot of a batch; contacts that leads were qualified into join the work.

    A state is always read before its row, so that whoever writes the state in between wins the
    race with the newer row. Rows that were seen before are not read again: who brings them leaves
    out those whose state is of a newer version.
    """
    rows = dict(seen or {})
    states = dict(await records.list_states(work))
    rows |= await _read_rows(crm, Table.LEAD, _unseen(work, rows), plan)

    joined = {**work, **_successors(work, states, rows)}
    states |= await records.list_states(joined.keys() - work.keys())
    rows |= await _read_rows(crm, Table.CONTACT, _unseen(joined, rows), plan)

    qualified = await crm.find_originating_leads(_newcomers(states, rows))
    leads = {find_predecessor(row, qualified) for row in _contacts(rows)} - {None} - states.keys()
    states |= await records.list_states([lead for lead in leads if lead is not None])

    return Snapshot(joined, states, rows, qualified)


def columns_to_read(table: Table, plan: MappingPlan) -> Collection[Column]:
    """Return the columns that are mapped, and those that tell who is who."""
    columns = {column.name: column for column in plan.columns(table)}
    columns |= {column.name: column for column in IDENTITY_COLUMNS[table]}

    return columns.values()


def _unseen(keys: Iterable[RecordKey], rows: Mapping[RecordKey, Record]) -> Collection[RecordKey]:
    return [key for key in keys if key not in rows]


async def _read_rows(
    crm: CrmGateway, table: Table, keys: Iterable[RecordKey], plan: MappingPlan
) -> dict[RecordKey, Record]:
    columns = columns_to_read(table, plan)
    rows: dict[RecordKey, Record] = {}
    for ids in batched((key.id for key in keys if key.table is table), IDS_PER_QUERY, strict=False):
        found = await crm.list_records(table, ids, columns)
        rows |= {RecordKey(table, id_): record for id_, record in found.items()}

    return rows


def _successors(
    work: Mapping[RecordKey, Work],
    states: Mapping[RecordKey, SyncState],
    rows: Mapping[RecordKey, Record],
) -> dict[RecordKey, Work]:
    """Return forced work for the contacts that have to follow their leads."""
    followed: dict[RecordKey, Work] = {}
    for key, asked in work.items():
        contact = _followed(asked, states.get(key), rows.get(key))
        if contact is not None:
            followed[contact] = _follow(contact, asked.event, work.get(contact))

    return followed


def _followed(work: Work, state: SyncState | None, row: Record | None) -> RecordKey | None:
    if state is None or state.successor is None:
        return find_successor(row) if row else None

    return RecordKey(Table.CONTACT, state.successor) if work.forced else None


def _follow(contact: RecordKey, lead: RecordChanged, asked: Work | None) -> Work:
    event = RecordChanged(
        organisation=lead.organisation,
        key=contact,
        change=Change.UPDATED,
        operation=lead.operation,
        step=lead.step,
        correlation=lead.correlation,
        forced=True,
        attempt=lead.attempt,
    )

    return asked.merged(event) if asked else Work.of(event)


def _newcomers(
    states: Mapping[RecordKey, SyncState], rows: Mapping[RecordKey, Record]
) -> Collection[RecordId]:
    """Return the contacts without an external id that name no lead themselves."""
    return [
        row.key.id
        for row in _contacts(rows)
        if (row.key not in states or states[row.key].external_id is None)
        and row.value("originatingleadid") is None
    ]


def _contacts(rows: Mapping[RecordKey, Record]) -> Iterable[Record]:
    return (row for row in rows.values() if row.key.table is Table.CONTACT)
