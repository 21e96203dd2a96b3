"""Messages that the queue gave up: by ids and codes, never by what they say."""

from dataclasses import dataclass
from datetime import datetime

from connector.domain.contact import RecordKey
from connector.domain.related import RelatedKey


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Is one message; where we understand it, `key`, `related` or `job` is what it points to."""

    sequence_number: int
    message_id: str | None = None
    enqueued_at: datetime | None = None
    reason: str | None = None
    description: str | None = None
    delivery_count: int | None = None
    key: RecordKey | None = None
    related: RelatedKey | None = None
    job: str | None = None


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Is what a queue gave up, the oldest first; `more` tells that there is more than this."""

    queue: str
    letters: tuple[DeadLetter, ...]
    more: bool = False
