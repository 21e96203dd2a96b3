"""Let the row that others were merged into keep the stricter of both permissions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.domain.contact import ExternalId, RecordKey, Table
from connector.domain.decision import Decision
from connector.domain.errors import ConnectorError
from connector.domain.identity import IDENTITY_COLUMNS, find_master, own_external_id
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import Reason, SyncState

LONGEST_CHAIN = 10
"""So many times rows that stand for a person are merged one after another, at most."""


@dataclass(frozen=True, slots=True)
class SettledMerges:
    """What became of the merges of a batch: etags of written states, lost races, and failures."""

    etags: dict[RecordKey, str | None] = field(default_factory=dict)
    lost: list[RecordKey] = field(default_factory=list)
    failed: dict[RecordKey, ConnectorError] = field(default_factory=dict)


async def settle_merges(
    decisions: Mapping[RecordKey, Decision],
    snapshot: Snapshot,
    *,
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
    now: datetime,
) -> SettledMerges:
    """Tighten the permissions of each master, and note that before the merged row is switched off.

    Once it is off it says nothing any more: a state that names the merge is never looked at again.
    """
    settled = SettledMerges()
    fresh = [
        (one.master, one.state, one.retire)
        for key, one in decisions.items()
        if one.master and one.state and one.retire and snapshot.state(key).reason != Reason.MERGED
    ]
    ends = await _find_ends({master for master, _, _ in fresh}, decisions, crm, records)
    for master, state, retire in fresh:
        try:
            for external_id in retire:
                await marketing.tighten_permissions(ends[master], external_id)
        except ConnectorError as exc:
            settled.failed[state.key] = exc
        else:
            await _note(replace(state, changed_at=now), settled, records)

    return settled


async def _note(state: SyncState, settled: SettledMerges, records: RecordStore) -> None:
    if await records.save([state]):
        settled.lost.append(state.key)
        return

    written = await records.list_states([state.key])
    settled.etags[state.key] = written[state.key].etag if state.key in written else None


async def _find_ends(
    masters: Collection[RecordKey],
    decisions: Mapping[RecordKey, Decision],
    crm: CrmGateway,
    records: RecordStore,
) -> Mapping[RecordKey, ExternalId]:
    """Return for each master the external id of the row that stands for it now.

    A master that was itself merged before, or is in the same batch, has no permissions to keep.
    """
    ends = {master: master for master in masters}
    states: Mapping[RecordKey, SyncState] = {}
    for _ in range(LONGEST_CHAIN if masters else 0):
        states = await records.list_states({*ends.values()})
        merged = {key for key in ends.values() if _is_merged(states.get(key))}
        known = {key: one.master for key, one in decisions.items() if one.master}
        beyond = {**known, **await _read_masters(merged - known.keys(), crm)}
        if not beyond.keys() & ends.values():
            break

        ends = {master: beyond.get(end, end) for master, end in ends.items()}

    return {master: _id_of(end, states) for master, end in ends.items()}


async def _read_masters(
    keys: Collection[RecordKey], crm: CrmGateway
) -> Mapping[RecordKey, RecordKey]:
    masters: dict[RecordKey, RecordKey] = {}
    for table in Table:
        ids = [key.id for key in keys if key.table is table]
        rows = await crm.list_records(table, ids, IDENTITY_COLUMNS[table]) if ids else {}
        masters |= {row.key: master for row in rows.values() if (master := find_master(row))}

    return masters


def _is_merged(state: SyncState | None) -> bool:
    return state is not None and state.reason == Reason.MERGED


def _id_of(key: RecordKey, states: Mapping[RecordKey, SyncState]) -> ExternalId:
    state = states.get(key)

    return (state and state.external_id) or own_external_id(key)
