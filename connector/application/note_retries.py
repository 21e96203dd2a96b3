"""Note who is tried again by themselves, once they are sure to be."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from connector.application.ports import RecordStore
from connector.domain.contact import RecordKey
from connector.domain.snapshot import Snapshot


async def note_retries(
    keys: Collection[RecordKey], snapshot: Snapshot, *, records: RecordStore, now: datetime
) -> None:
    """Nothing waits for it: who was written meanwhile stays as they are."""
    await records.save([replace(snapshot.coming_back(key), changed_at=now) for key in keys])
