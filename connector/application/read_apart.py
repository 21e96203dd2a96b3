"""Read a batch without the table that cannot be read: only what needs it has to wait for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.application.find_borne import TWINS, is_proven
from connector.application.ports import CrmGateway, ParkingStore, RecordStore
from connector.application.read_people import (
    find_carried,
    find_followed,
    read_people,
    read_rows,
)
from connector.domain.batch import Work
from connector.domain.connection import OtherOrganisationError
from connector.domain.contact import Record, RecordKey
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError
from connector.domain.mapping_plan import MappingPlan
from connector.domain.snapshot import Snapshot, is_open
from connector.domain.sync_state import SyncState


@dataclass(frozen=True, slots=True)
class ReadApart:
    """What was read for a batch, and the work that a table keeps `waiting`, with the cause.

    A table that an operator must open is told though nothing waits for it: nothing else may ask it.
    """

    snapshot: Snapshot
    waiting: Mapping[RecordKey, Work] = field(default_factory=dict)
    cause: ConnectorError | None = None


async def read_apart(
    work: Mapping[RecordKey, Work],
    *,
    crm: CrmGateway,
    records: RecordStore,
    plan: MappingPlan,
    parking: ParkingStore,
) -> ReadApart:
    """Return the snapshot of a batch, or of what is left of it without one of the two tables.

    Raises why a table cannot be read when nothing is left, and whatever else goes wrong.
    """
    try:
        whole = await read_people(work, crm=crm, records=records, plan=plan, parking=parking)
    except (TransientError, ConfigurationError) as exc:
        if exc.table is None or isinstance(exc, OtherOrganisationError):
            raise

        cause, readable = exc, TWINS[exc.table]
    else:
        return ReadApart(whole)

    states = await records.list_states(work)
    rows = await read_rows(crm, readable, work, plan)
    left = {
        key: one
        for key, one in work.items()
        if key.table is readable and not _needs_twin(one, states.get(key), rows.get(key))
    }
    if not left:
        raise cause

    seen = {key: row for key, row in rows.items() if key in left}
    part = await read_people(left, crm=crm, records=records, plan=plan, parking=parking, seen=seen)
    waiting = {key: one for key, one in work.items() if key not in left}

    is_told = waiting or isinstance(cause, ConfigurationError)

    return ReadApart(part, waiting, cause if is_told else None)


def _needs_twin(work: Work, state: SyncState | None, row: Record | None) -> bool:
    """Tell whether nothing can be done for a row without the other table.

    It says of a contact that is new, back or merged which lead they were, of a lead who took over,
    and of a row that is gone, and that we never saw, whose id that is.
    """
    if find_followed(work, state, row) is not None:
        return True
    if row is None:
        return work.looks_again and not is_proven(state)

    return is_open(row.key, work, state) or find_carried(row.key, state, row) is not None
