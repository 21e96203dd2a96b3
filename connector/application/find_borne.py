"""Find which deleted rows somebody alive stands for: an id alone does not prove a deletion."""

from collections.abc import Iterable, Mapping
from itertools import batched

from connector.application.ports import CrmGateway, RecordStore
from connector.domain.batch import Work
from connector.domain.contact import Record, RecordId, RecordKey, Table
from connector.domain.identity import IDENTITY_COLUMNS, own_external_id
from connector.domain.sync_state import Reason, SyncState

IDS_PER_QUERY = 100
TWINS = {Table.CONTACT: Table.LEAD, Table.LEAD: Table.CONTACT}


async def find_borne(
    work: Mapping[RecordKey, Work],
    states: Mapping[RecordKey, SyncState],
    rows: Mapping[RecordKey, Record],
    *,
    crm: CrmGateway,
    records: RecordStore,
) -> frozenset[RecordKey]:
    """Return the rows that are gone, or never were, but by whose id Spotler knows somebody alive.

    A row that we saw ourselves proves that the id was its own, and costs no look.
    """
    gone = [key for key, one in work.items() if one.looks_again and key not in rows]
    doubtful = [key for key in gone if not is_proven(states.get(key))]
    if not doubtful:
        return frozenset()

    twins = {key: RecordKey(TWINS[key.table], key.id) for key in doubtful}
    heirs = await crm.find_heirs([key.id for key in doubtful])
    contacts = {RecordKey(Table.CONTACT, contact): lead for contact, lead in heirs.items()}
    known = await records.list_states([*twins.values(), *contacts])
    alive = {key.id for key in await _read_there(crm, twins.values())}
    alive |= {twin.id for twin in twins.values() if _stands(known.get(twin))}
    alive |= {lead for contact, lead in contacts.items() if _bears(known.get(contact), lead)}

    return frozenset(key for key in doubtful if key.id in alive)


def is_proven(state: SyncState | None) -> bool:
    """Tell whether we saw a row, or know its end already."""
    return state is not None and (state.version > 0 or state.reason == Reason.DELETED)


async def _read_there(crm: CrmGateway, keys: Iterable[RecordKey]) -> set[RecordKey]:
    there: set[RecordKey] = set()
    for table in Table:
        ids = [key.id for key in keys if key.table is table]
        for some in batched(ids, IDS_PER_QUERY, strict=False):
            found = await crm.list_records(table, some, IDENTITY_COLUMNS[table])
            there |= {RecordKey(table, id_) for id_ in found}

    return there


def _stands(state: SyncState | None) -> bool:
    """Tell whether a lead of the same id was handed over: its contact carries the id on."""
    return state is not None and state.successor is not None


def _bears(state: SyncState | None, lead: RecordId) -> bool:
    """Tell whether a contact carries on the id of the lead that it names, or is going to."""
    known = state.external_id if state else None

    return known in {None, own_external_id(RecordKey(Table.LEAD, lead))}
