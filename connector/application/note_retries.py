"""Note who is tried again by themselves, and who is not any more; nothing waits for it."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from connector.application.ports import RecordStore
from connector.domain.batch import Work
from connector.domain.contact import RecordKey
from connector.domain.errors import ConfigurationError, TransientError
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import SyncState, SyncStatus, come_back

logger = logging.getLogger(__name__)


async def note_retries(
    keys: Collection[RecordKey],
    snapshot: Snapshot,
    *,
    records: RecordStore,
    now: datetime,
    over: Iterable[SyncState] = (),
) -> None:
    """Note who is sure to be tried again, and whose retries are `over` without anything sent.

    Who was written meanwhile stays as they are.
    """
    states = [*map(snapshot.coming_back, keys), *over]
    try:
        await records.save([replace(one, changed_at=now) for one in states])
    except (TransientError, ConfigurationError) as exc:
        logger.warning("retries cannot be noted now: %s", exc)


async def note_late(work: Sequence[Work], *, records: RecordStore, now: datetime) -> None:
    """Note of whom nothing could be read, and who counts as in sync, that they are tried again.

    It is done before they are: whoever takes them writes over it. Once is enough, and a hiccup is
    not worth it.
    """
    keys = [one.key for one in work if one.keeps_failing]
    try:
        states = await records.list_states(keys) if keys else {}
        in_sync = [one for one in states.values() if one.status is SyncStatus.IN_SYNC]
        await records.save([replace(come_back(one), changed_at=now) for one in in_sync])
    except (TransientError, ConfigurationError) as exc:
        logger.warning("retries cannot be noted now: %s", exc)
