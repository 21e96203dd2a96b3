"""Events that wait for a person: each with its reason, and as it came."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from connector.domain.contact import RecordKey
from connector.domain.errors import ConfigurationError, ConnectorError
from connector.domain.event import CHANGES, Change, ChangeEvent, RecordChanged, RelatedChanged
from connector.domain.related import RelatedKey

LICENCE: Final = "licence"
"""The reason of what waits for a licence: it goes on by itself as soon as there is one."""

CONFIGURATION: Final = "configuration"
"""The reason of what waits for an operator: it goes on by itself once that was put right."""

SHORTEST_HOLD, LONGEST_HOLD = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """A parked event: not retried, except when it waits for a licence or an operator.

    `event` is what to send again, with all its attempts before it; where the message could not be
    read that far there is only its `body` as it came. `id` names the row: a record has one at
    most for each queue, however often it fails, and so has a row that was renamed. `etag` is there
    when the row was read.
    """

    id: str
    reason: str
    parked_at: datetime
    event: ChangeEvent | None = None
    body: str | None = None
    attempts: int = 0
    first_parked_at: datetime | None = None
    queue: str = CHANGES
    etag: str | None = field(default=None, compare=False)

    @property
    def is_deletion(self) -> bool:
        """Tell whether it says of a person that their row is deleted."""
        return isinstance(self.event, RecordChanged) and self.event.change is Change.DELETED

    @property
    def raw(self) -> bytes:
        """Return the body of a message that could not be read, byte for byte as it came."""
        return (self.body or "").encode(errors="surrogateescape")

    def is_due(self, now: datetime) -> bool:
        """Tell whether an event that waits for an operator is to be tried again.

        The longer it has waited the seldomer: what nobody puts right costs little.
        """
        waited = self.parked_at - (self.first_parked_at or self.parked_at)

        return now - self.parked_at >= min(max(waited, SHORTEST_HOLD), LONGEST_HOLD)

    def after(self, earlier: "ParkedEvent | None") -> "ParkedEvent":
        """Return what to keep when the record was parked before: since when, and a deletion.

        Who is deleted must lose their permissions, also when an older change fails after that.
        What waits for the licence still goes on by itself, whatever else went wrong meanwhile.
        """
        if earlier is None:
            return replace(self, first_parked_at=self.parked_at)

        event = self.event
        if isinstance(event, RecordChanged) and earlier.is_deletion:
            event = replace(event, change=Change.DELETED)

        return replace(
            self,
            event=event,
            reason=LICENCE if earlier.reason == LICENCE else self.reason,
            first_parked_at=earlier.first_parked_at,
            etag=earlier.etag,
        )


@dataclass(frozen=True, slots=True)
class StrangeMessage:
    """Is a message that nobody understands: its body as it came, and why.

    `attempt` counts how often it could not even be parked; `queue` is where it came from.
    """

    body: bytes
    reason: str
    attempt: int = 0
    queue: str = CHANGES

    def parked(self, now: datetime) -> ParkedEvent:
        """Return the parked form; the same body is parked once, however often it comes."""
        return ParkedEvent(
            id=_of_queue(self.queue, f"message-{hashlib.sha256(self.body).hexdigest()}"),
            reason=self.reason,
            parked_at=now,
            body=self.body.decode(errors="surrogateescape"),
            queue=self.queue,
        )


def park_event(event: ChangeEvent, reason: str, now: datetime) -> ParkedEvent:
    """Return the parked form of an event, which was never tried; a rename begins anew."""
    fresh = event.anew() if isinstance(event, RelatedChanged) else replace(event, attempt=0)

    return ParkedEvent(parking_id(event.key), reason, now, event=fresh, attempts=event.attempt)


def reason_of(cause: ConnectorError) -> str:
    """Return the reason of what is parked for a cause: an operator's, or the name of the error."""
    return CONFIGURATION if isinstance(cause, ConfigurationError) else type(cause).__name__


def parking_id(key: RecordKey | RelatedKey, queue: str = CHANGES) -> str:
    """Return the id under which a record's event of a queue is parked, or that of a rename."""
    name = f"{key.table}-{key.id}"

    return _of_queue(queue, f"related-{name}" if isinstance(key, RelatedKey) else name)


def _of_queue(queue: str, name: str) -> str:
    """Return a name that no other queue has; those of changes are in tables as they are."""
    return name if queue == CHANGES else f"{queue}-{name}"
