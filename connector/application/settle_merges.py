"""Let the row that others were merged into keep the stricter of both permissions."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.application.ports import MarketingGateway, RecordStore
from connector.domain.contact import ExternalId, RecordKey
from connector.domain.decision import Decision
from connector.domain.errors import ConnectorError
from connector.domain.identity import own_external_id
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import Reason, SyncState


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
    masters = {master for master, _, _ in fresh}
    known = await records.list_states(masters) if masters else {}
    for master, state, retire in fresh:
        try:
            for external_id in retire:
                await marketing.tighten_permissions(_id_of(master, known), external_id)
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


def _id_of(key: RecordKey, states: Mapping[RecordKey, SyncState]) -> ExternalId:
    state = states.get(key)

    return (state and state.external_id) or own_external_id(key)
