"""Read all that a batch needs to decide: states first, then the rows as they are now."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import batched

from connector.application.doubt_empty import doubt_empty
from connector.application.find_borne import find_borne
from connector.application.parked_before import ParkedBefore
from connector.application.ports import CrmGateway, ParkingStore, RecordStore
from connector.domain.batch import Work
from connector.domain.contact import Column, Record, RecordKey, Table
from connector.domain.identity import (
    IDENTITY_COLUMNS,
    find_bearer,
    find_master,
    find_named_lead,
    find_successor,
    hands_over,
    is_unqualified,
    without_lead,
)
from connector.domain.mapping_plan import MappingPlan
from connector.domain.snapshot import Snapshot, is_open
from connector.domain.sync_state import Reason, SyncState

IDS_PER_QUERY = 100


async def read_people(
    work: Mapping[RecordKey, Work],
    *,
    crm: CrmGateway,
    records: RecordStore,
    plan: MappingPlan,
    seen: Mapping[RecordKey, Record] | None = None,
    parking: ParkingStore | None = None,
    known: Mapping[RecordKey, SyncState] | None = None,
) -> Snapshot:
    """Return the snapshot of a batch; contacts that leads were qualified into join the work.

    A state is always read before its row, so that whoever writes the state in between wins the
    race with the newer row. So is what is parked, for whoever is going to settle it. Rows that were
    seen before that are read again only where either tells of something newer. States that are
    `known` were read a moment ago, as those of a page are.
    """
    states = dict(await records.list_states(work) if known is None else known)
    parked = ParkedBefore(parking)
    await parked.look(work, work, states)
    fresh = {key: row for key, row in (seen or {}).items() if key not in parked.found}
    rows = {key: row for key, row in fresh.items() if is_current(row, states.get(key))}
    rows |= await read_rows(crm, Table.LEAD, _unseen(work, rows), plan)

    joined = {**work, **_successors(work, states, rows)}
    states |= await records.list_states(joined.keys() - work.keys())
    await parked.look(joined, joined, states)
    rows |= await read_rows(crm, Table.CONTACT, _unseen(joined, rows), plan)

    newcomers = [*_open(joined, states, rows)]
    named = {lead for row in newcomers if (lead := find_named_lead(row))}
    carried = {key: find_carried(key, states.get(key), rows.get(key)) for key in joined}
    named |= {lead for key, lead in carried.items() if lead and key in rows}
    leads = {*named, *filter(None, carried.values())}
    states |= await records.list_states(leads - states.keys() - joined.keys())
    named_leads = await _read_named(crm, named - joined.keys())
    now = {**rows, **await _read_again(crm, newcomers, named_leads)}
    rows = {key: row for key, row in now.items() if row is not None}
    newcomers = [*_open(joined, states, rows)]
    qualified = await crm.find_originating_leads(
        [row.key.id for row in newcomers if not _came_from_named(row, {**named_leads, **rows})]
    )
    parents = {RecordKey(Table.LEAD, lead) for lead in qualified.values()}
    states |= await records.list_states(parents - states.keys() - joined.keys())
    await parked.look([*(leads | parents) - joined.keys()], joined, states)

    read = await _find_ends(
        Snapshot(joined, states, rows, qualified, named_leads, parked.found),
        crm=crm,
        records=records,
    )
    snapshot = read.release()
    doubted = await doubt_empty(snapshot, plan, crm=crm, page=seen)

    return replace(snapshot, records=doubted.rows, outdated=doubted.outdated)


async def _find_ends(read: Snapshot, *, crm: CrmGateway, records: RecordStore) -> Snapshot:
    """Return the snapshot with which rows that were not found are deleted, and which are borne."""
    work, states, rows = read.work, read.states, read.records
    borne = await find_borne(work, states, rows, crm=crm, records=records)
    doubtful = [key for key in _unseen(work, rows) if key not in borne]
    ended = await _find_ended(doubtful, work, states, crm=crm)
    proven = {key: work[key].proven_deleted() for key in ended if work[key].forced}

    return replace(read, work={**work, **proven}, borne=borne, ended=ended)


def columns_to_read(table: Table, plan: MappingPlan) -> Collection[Column]:
    """Return the columns that are mapped, and those that tell who is who."""
    columns = {column.name: column for column in plan.columns(table)}
    columns |= {column.name: column for column in IDENTITY_COLUMNS[table]}

    return columns.values()


def is_current(row: Record, state: SyncState | None) -> bool:
    """Tell whether nobody synced a newer version of a row, or its deletion."""
    return state is None or (state.version <= row.version and state.reason != Reason.DELETED)


def _unseen(keys: Iterable[RecordKey], rows: Mapping[RecordKey, Record]) -> Collection[RecordKey]:
    return [key for key in keys if key not in rows]


async def read_rows(
    crm: CrmGateway, table: Table, keys: Iterable[RecordKey], plan: MappingPlan
) -> dict[RecordKey, Record]:
    """Return the rows of a table that are there, of all these keys."""
    columns = columns_to_read(table, plan)
    rows: dict[RecordKey, Record] = {}
    for ids in batched((key.id for key in keys if key.table is table), IDS_PER_QUERY, strict=False):
        found = await crm.list_records(table, ids, columns)
        rows |= {RecordKey(table, id_): record for id_, record in found.items()}

    return rows


async def _read_named(crm: CrmGateway, leads: Collection[RecordKey]) -> Mapping[RecordKey, Record]:
    """Return what leads that contacts name say of themselves; one that is gone says nothing."""
    rows: dict[RecordKey, Record] = {}
    for ids in batched((lead.id for lead in leads), IDS_PER_QUERY, strict=False):
        found = await crm.list_records(Table.LEAD, ids, IDENTITY_COLUMNS[Table.LEAD])
        rows |= {row.key: row for row in found.values()}

    return rows


async def _read_again(
    crm: CrmGateway, newcomers: Iterable[Record], leads: Mapping[RecordKey, Record]
) -> Mapping[RecordKey, Record | None]:
    """Return the newcomers that named a lead and do not once it is theirs; None is for the missing.

    A lead that names nobody is the contact's who names it, if that is there once it is qualified.
    So a contact that was read before its lead is read once more. A change since has its own event,
    but when the lead is deleted: that clears the link, and tells nothing of the contact.
    """
    claimed = {
        row.key: row
        for row in newcomers
        if (lead := find_named_lead(row))
        and lead in leads
        and hands_over(leads[lead], row.key)
        and find_successor(leads[lead]) is None
    }
    there: dict[RecordKey, RecordKey | None] = {}
    for ids in batched((key.id for key in claimed), IDS_PER_QUERY, strict=False):
        found = await crm.list_records(Table.CONTACT, ids, IDENTITY_COLUMNS[Table.CONTACT])
        there |= {row.key: find_named_lead(row) for row in found.values()}

    return {
        key: without_lead(row) if key in there and there[key] is None else None
        for key, row in claimed.items()
        if there.get(key) != find_named_lead(row)
    }


def _successors(
    work: Mapping[RecordKey, Work],
    states: Mapping[RecordKey, SyncState],
    rows: Mapping[RecordKey, Record],
) -> dict[RecordKey, Work]:
    """Return work for the contacts that have to follow their leads, forced if the leads are."""
    followed: dict[RecordKey, Work] = {}
    for key, asked in work.items():
        contact = find_followed(asked, states.get(key), rows.get(key))
        if contact is not None:
            known = followed.get(contact) or work.get(contact) or asked.bring(contact)
            followed[contact] = replace(known, forced=known.forced or asked.forced)

    return followed


def find_followed(work: Work, state: SyncState | None, row: Record | None) -> RecordKey | None:
    """Find the contact that has to follow a lead."""
    if state is None or state.successor is None or work.key.table is not Table.LEAD:
        return find_successor(row) if row else None

    looks = work.looks_again or (row is not None and is_unqualified(row))

    return RecordKey(Table.CONTACT, state.successor) if looks else None


def find_carried(key: RecordKey, state: SyncState | None, row: Record | None) -> RecordKey | None:
    """Find the lead whose id a contact carries on that is gone, or was, or was merged.

    Whether it is a lead again is for its state to say; its row tells where a contact that is back
    came from.
    """
    is_over = row is None or _is_ended(state) or find_master(row) is not None

    return find_bearer(key, state.external_id) if state and is_over else None


async def _find_ended(
    keys: Iterable[RecordKey],
    work: Mapping[RecordKey, Work],
    states: Mapping[RecordKey, SyncState],
    *,
    crm: CrmGateway,
) -> frozenset[RecordKey]:
    """Return which rows that were not found are deleted: known to be, or proven by the CRM.

    Of a row that merely cannot be seen the CRM says something else. Who is not asked for by
    anybody, nor followed, is not worth a question.
    """
    known = {key for key in keys if _is_ended(states.get(key))}
    asked = [key for key in keys if key not in known and not work[key].deleted]
    proven: set[RecordKey] = set()
    for table in Table:
        ids = [key.id for key in asked if key.table is table and _is_worth_asking(key, work)]
        proven |= {RecordKey(table, id_) for id_ in await crm.find_deleted(table, ids)}

    return frozenset(known | proven)


def _is_worth_asking(key: RecordKey, work: Mapping[RecordKey, Work]) -> bool:
    return work[key].forced or work[key].is_brought


def _is_ended(state: SyncState | None) -> bool:
    return state is not None and state.reason == Reason.DELETED


def _came_from_named(contact: Record, leads: Mapping[RecordKey, Record]) -> bool:
    """Tell whether the lead that a contact names says so too, or says nothing any more."""
    lead = find_named_lead(contact)
    row = leads.get(lead) if lead else None

    return lead is not None and (row is None or hands_over(row, contact.key))


def _open(
    work: Mapping[RecordKey, Work],
    states: Mapping[RecordKey, SyncState],
    rows: Mapping[RecordKey, Record],
) -> Iterable[Record]:
    return (row for key, row in rows.items() if is_open(key, work.get(key), states.get(key)))
