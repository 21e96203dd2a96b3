"""Events that wait for a person: each with its reason, and as it came."""

from dataclasses import dataclass
from datetime import datetime

from connector.domain.contact import RecordKey
from connector.domain.event import RecordChanged


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """Is one event that nobody tries again by itself.

    `event` is what to send again; where the message could not be read that far there is only its
    `body` as it came. `id` names the row: a record has one at most, however often it fails; the
    store keeps when it was parked first.
    """

    id: str
    reason: str
    parked_at: datetime
    event: RecordChanged | None = None
    body: str | None = None
    first_parked_at: datetime | None = None


def park_event(event: RecordChanged, reason: str, now: datetime) -> ParkedEvent:
    """Return the parked form of an event."""
    return ParkedEvent(parking_id(event.key), reason, now, event=event)


def parking_id(key: RecordKey) -> str:
    """Return the id under which a record's event is parked."""
    return f"{key.table}-{key.id}"
