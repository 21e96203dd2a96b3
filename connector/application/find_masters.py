"""Find which row stands for one that was merged, however often: by what the CRM says now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from connector.application.ports import CrmGateway, RecordStore
from connector.domain.contact import Column, ExternalId, Record, RecordKey, Table
from connector.domain.identity import (
    IDENTITY_COLUMNS,
    find_master,
    is_unqualified,
    own_external_id,
)
from connector.domain.mapping_plan import MappingPlan
from connector.domain.sync_state import Reason, SyncState


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """The row that stands for all that were merged into it, where it is there, and its state."""

    key: RecordKey
    row: Record | None
    state: SyncState | None

    @property
    def id(self) -> ExternalId:
        """Return the id under which Spotler knows it."""
        return (self.state and self.state.external_id) or own_external_id(self.key)

    @property
    def is_left_out(self) -> bool:
        """Tell whether the row is not sent as it is now: it has no address of use."""
        if self.row is None or self.state is None:
            return False

        is_looked_at = self.state.version >= self.row.version

        return is_looked_at and self.state.reason in {Reason.NO_EMAIL, Reason.INVALID_EMAIL}


async def find_masters(
    keys: Collection[RecordKey], *, crm: CrmGateway, records: RecordStore, plan: MappingPlan
) -> Mapping[RecordKey, Master]:
    """Return for each master the row that stands for it now: itself, or what it was merged into.

    A lead that was handed over is its contact. Of a row that is gone its state may still tell. Rows
    are read with their addresses.
    """
    after: dict[RecordKey, RecordKey] = {}
    rows: dict[RecordKey, Record] = {}
    states: dict[RecordKey, SyncState] = {}
    new = {*keys}
    while new:
        states |= await records.list_states(new)
        heirs = {heir for key in new if key.table is Table.LEAD and (heir := _heir(key, states))}
        rows |= await _read(new | heirs, crm, plan)
        after |= {key: _follow(key, rows, states) for key in new}
        new = {*after.values()} - after.keys()

    ends = {key: _find_last(key, after) for key in keys}

    return {
        key: Master(key=end, row=rows.get(end), state=states.get(end)) for key, end in ends.items()
    }


def _find_last(key: RecordKey, after: Mapping[RecordKey, RecordKey]) -> RecordKey:
    """Return the end of a chain; of rows that name each other in a ring always the same one."""
    chain = [key]
    while (last := after[chain[-1]]) not in chain:
        chain.append(last)

    return min(chain[chain.index(last) :])


async def _read(
    keys: Collection[RecordKey], crm: CrmGateway, plan: MappingPlan
) -> Mapping[RecordKey, Record]:
    rows: dict[RecordKey, Record] = {}
    for table in Table:
        ids = [key.id for key in keys if key.table is table]
        columns = [*IDENTITY_COLUMNS[table], *map(Column, sorted(plan.address_columns(table)))]
        found = await crm.list_records(table, ids, columns) if ids else {}
        rows |= {row.key: row for row in found.values()}

    return rows


def _heir(key: RecordKey, states: Mapping[RecordKey, SyncState]) -> RecordKey | None:
    """Return the contact that took a lead over, or into which one was merged."""
    known = states.get(key)

    return RecordKey(Table.CONTACT, known.successor) if known and known.successor else None


def _follow(
    key: RecordKey, rows: Mapping[RecordKey, Record], states: Mapping[RecordKey, SyncState]
) -> RecordKey:
    """Return what a row was merged into, or became, or the row itself."""
    row, heir = rows.get(key), _heir(key, states)
    if row is None:
        return heir or key
    if master := find_master(row):
        return master

    is_free = is_unqualified(row) and _is_over(heir, rows)

    return key if key.table is Table.CONTACT or heir is None or is_free else heir


def _is_over(contact: RecordKey | None, rows: Mapping[RecordKey, Record]) -> bool:
    """Tell whether a contact stands for nobody: its lead, if that is open, is a lead again."""
    row = rows.get(contact) if contact else None

    return row is None or find_master(row) is not None
