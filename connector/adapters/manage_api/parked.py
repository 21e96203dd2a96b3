"""What is told of parked messages, and what is asked for of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from connector.adapters.manage_api.shape import Shape
from connector.application.send_parked import Resent
from connector.domain.contact import Table
from connector.domain.event import Event, JobStep, RecordChanged, RelatedChanged
from connector.domain.parking import ParkedEvent
from connector.domain.related import RelatedTable

type ParkedId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,200}$")]

type EventKind = Literal["record_changed", "related_changed", "job_step"]


class ParkedView(Shape):
    """A parked message by ids and codes; only what is `readable` can be sent again.

    A row that was renamed is no person, whatever its table: `kind` tells.
    """

    id: str
    queue: str
    kind: EventKind | None
    table: Table | RelatedTable | None
    record_id: str | None
    reason: str
    attempts: int
    parked_at: datetime
    first_parked_at: datetime | None
    readable: bool

    @classmethod
    def of(cls, parked: ParkedEvent, readable: Event | None) -> Self:
        """Return how a parked message is shown, with the event that it would be sent as."""
        event = readable or parked.event
        key = event.key if isinstance(event, RecordChanged | RelatedChanged) else None

        return cls(
            id=parked.id,
            queue=parked.queue,
            kind=_kind_of(event),
            table=key.table if key else None,
            record_id=key.id if key else None,
            reason=parked.reason,
            attempts=parked.attempts,
            parked_at=parked.parked_at,
            first_parked_at=parked.first_parked_at,
            readable=readable is not None,
        )


def _kind_of(event: Event | None) -> EventKind | None:
    match event:
        case RecordChanged():
            return "record_changed"
        case RelatedChanged():
            return "related_changed"
        case JobStep():
            return "job_step"
        case None:
            return None


class ParkedList(Shape):
    """Is what is parked, the newest first; `more` tells that there is more than is shown."""

    parked: list[ParkedView]
    more: bool


class ParkedIds(Shape):
    """Names parked messages."""

    ids: list[ParkedId] = Field(min_length=1, max_length=100)


class SentOrKept(Shape):
    """Says how many were sent again, and how many stay because nobody would understand them."""

    sent: int
    kept: int

    @classmethod
    def of(cls, resent: Resent) -> Self:
        """Return how it is told."""
        return cls(sent=resent.sent, kept=resent.kept)


class Discarded(Shape):
    """Says how many were discarded."""

    discarded: int


def to_parked_list(found: Sequence[tuple[ParkedEvent, Event | None]], *, shown: int) -> ParkedList:
    """Return how parked messages are shown, each with the event as which it can be sent again."""
    newest = sorted(found[:shown], key=lambda one: one[0].parked_at, reverse=True)

    return ParkedList(
        parked=[ParkedView.of(parked, readable) for parked, readable in newest],
        more=len(found) > shown,
    )
