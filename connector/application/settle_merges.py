"""Let the row that others were merged into keep the stricter of both permissions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.domain.contact import (
    Column,
    ExternalId,
    RecordKey,
    Table,
)
from connector.domain.decision import Decision
from connector.domain.errors import ConnectorError
from connector.domain.identity import (
    IDENTITY_COLUMNS,
    find_master,
    own_external_id,
)
from connector.domain.mapping import EMAIL
from connector.domain.mapping_plan import MappingPlan
from connector.domain.match import normal_address
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import Reason, SyncState

LONGEST_CHAIN = 10
"""So many times rows that stand for a person are merged one after another, at most."""


class End(NamedTuple):
    """The row that stands for all that were merged into it, and its external id."""

    key: RecordKey
    id: ExternalId


class _Merge(NamedTuple):
    """A merged row by the state that notes it, and the ids by which Spotler may know it."""

    master: RecordKey
    state: SyncState
    retire: tuple[ExternalId, ...]
    is_memory_lost: bool


@dataclass(frozen=True, slots=True)
class SettledMerges:
    """What became of the merges of a batch.

    `written` are states with their etags, `lost` are races, `failed` are causes, and `waiting`
    names for a merged row the one that must be sent before.
    """

    written: dict[RecordKey, SyncState] = field(default_factory=dict)
    lost: list[RecordKey] = field(default_factory=list)
    failed: dict[RecordKey, ConnectorError] = field(default_factory=dict)
    waiting: dict[RecordKey, RecordKey] = field(default_factory=dict)


async def settle_merges(
    decisions: Mapping[RecordKey, Decision],
    snapshot: Snapshot,
    *,
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
    plan: MappingPlan,
    now: datetime,
) -> SettledMerges:
    """Let each master and its merged row allow only what both did, and note that it was done.

    Once the merged row is switched off it says nothing any more: where a state names the account
    it is never looked at again. A master that Spotler does not know has to be sent before.
    """
    settled = SettledMerges()
    merged = _list_merges(decisions, snapshot)
    if not merged:
        return settled

    account = await marketing.account()
    fresh = [one for one in merged if account not in one.state.settled_in]
    ends = await _find_ends({one.master for one in fresh}, decisions, crm, records)
    for one in fresh:
        key, end = one.state.key, ends[one.master]
        try:
            is_done = await _tighten(one, end, crm=crm, marketing=marketing, plan=plan)
        except ConnectorError as exc:
            settled.failed[key] = exc
            continue

        if is_done:
            settled_in = one.state.settled_in | {account}
            await _note(replace(one.state, changed_at=now, settled_in=settled_in), settled, records)
        else:
            settled.waiting[key] = end.key

    return settled


def _list_merges(decisions: Mapping[RecordKey, Decision], snapshot: Snapshot) -> list[_Merge]:
    return [
        _Merge(one.master, one.state, one.retire, _is_memory_lost(snapshot.state(one.state.key)))
        for one in decisions.values()
        if one.master and one.state and one.retire
    ]


async def _tighten(
    merge: _Merge, end: End, *, crm: CrmGateway, marketing: MarketingGateway, plan: MappingPlan
) -> bool:
    """Let both allow only what both did; False while somebody alive is not in Spotler yet.

    Who is not there, and is going to take the place of the merged row, was never asked.
    """
    answers = [
        await marketing.tighten_permissions(end.id, one, is_memory_lost=merge.is_memory_lost)
        for one in merge.retire
    ]
    if all(answers) or await crm.find_deleted(end.key.table, [end.key.id]):
        return True
    if not marketing.merges_by_address:
        return False

    columns = [Column(name) for name in plan.address_columns(end.key.table)]
    rows = await crm.list_records(end.key.table, [end.key.id], columns)
    said = {normal_address(row.value(one.name)) for row in rows.values() for one in columns}
    held = [await marketing.find_person(one) for one in merge.retire]
    is_taken = any(one and normal_address(one.value(EMAIL.what)) in said - {None} for one in held)
    for one in merge.retire if is_taken else ():
        await marketing.withdraw_permissions(one)

    return is_taken


def _is_memory_lost(known: SyncState) -> bool:
    """Tell whether what is off may be our doing: another key may be one of the same account."""
    return known.etag is None or bool(known.settled_in)


async def _note(state: SyncState, settled: SettledMerges, records: RecordStore) -> None:
    if await records.save([state]):
        settled.lost.append(state.key)
        return

    written = await records.list_states([state.key])
    settled.written[state.key] = written.get(state.key, state)


async def _find_ends(
    masters: Collection[RecordKey],
    decisions: Mapping[RecordKey, Decision],
    crm: CrmGateway,
    records: RecordStore,
) -> Mapping[RecordKey, End]:
    """Return for each master the row that stands for it now, with its external id.

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

    return {master: End(end, _id_of(end, states)) for master, end in ends.items()}


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
