"""Settle who takes over which lead, and so under which id, before anybody is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connector.application.ports import RecordStore
from connector.domain.batch import Work
from connector.domain.contact import RecordKey
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import SyncState


@dataclass(frozen=True, slots=True)
class Claims:
    """Is what became of the claims of a batch.

    `raced` is the work of all whose identity somebody else decides at this moment; `etags` are
    those of the contacts whose rows were written.
    """

    raced: Mapping[RecordKey, Work]
    etags: Mapping[RecordKey, str | None]


async def claim_leads(snapshot: Snapshot, *, records: RecordStore, now: datetime) -> Claims:
    """Write first who takes over which lead, then the id that this gives to newcomers."""
    lost = await records.save([replace(state, changed_at=now) for state in snapshot.claims()])
    raced = snapshot.kin(lost)

    heirs = {state.key: state for state in snapshot.inheritances() if state.key not in raced}
    await records.save([replace(state, changed_at=now) for state in heirs.values()])
    written = await records.list_states(heirs) if heirs else {}
    etags = {key: state.etag for key, state in written.items() if _is_same(state, heirs[key])}

    return Claims({**raced, **snapshot.kin(heirs.keys() - etags.keys())}, etags)


def _is_same(read: SyncState, written: SyncState) -> bool:
    """Tell whether nobody wrote in between, but for what the store and we choose ourselves."""
    return _told(read) == _told(written)


def _told(state: SyncState) -> SyncState:
    return replace(state, etag=None, changed_at=None, account=None)
