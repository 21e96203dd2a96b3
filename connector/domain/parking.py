"""Events that wait for a person: each with its reason, and as it came."""

from dataclasses import dataclass
from datetime import datetime

from connector.domain.contact import RecordKey


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """Is one parked event.

    `id` names the row and is the same when the same event is parked again; `envelope` is the
    message body as it came; `key` is the record it points to, when it could be read that far.
    """

    id: str
    queue: str
    envelope: str
    reason: str
    attempts: int
    parked_at: datetime
    key: RecordKey | None = None
