"""What is told of dead letters, and what is asked for of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from connector.adapters.manage_api.parked import EventKind
from connector.adapters.manage_api.shape import Shape
from connector.domain.contact import Table
from connector.domain.dead_letter import DeadLetter, DeadLetters
from connector.domain.related import RelatedTable

LARGEST_NUMBER = 2**63 - 1

type QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,50}$")]
type SequenceNumber = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]


class DeadLetterView(Shape):
    """A dead letter by ids and codes; without a kind nobody would understand it."""

    sequence_number: int
    message_id: str | None
    enqueued_at: datetime | None
    reason: str | None
    description: str | None
    delivery_count: int | None
    kind: EventKind | None
    table: Table | RelatedTable | None
    record_id: str | None
    job: str | None

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        """Return how a dead letter is shown."""
        row = letter.key or letter.related

        return cls(
            sequence_number=letter.sequence_number,
            message_id=letter.message_id,
            enqueued_at=letter.enqueued_at,
            reason=letter.reason,
            description=letter.description,
            delivery_count=letter.delivery_count,
            kind=_kind_of(letter),
            table=row.table if row else None,
            record_id=row.id if row else None,
            job=letter.job,
        )


def _kind_of(letter: DeadLetter) -> EventKind | None:
    if letter.key is not None:
        return "record_changed"
    if letter.related is not None:
        return "related_changed"

    return "job_step" if letter.job is not None else None


class DeadQueueView(Shape):
    """Is what a queue gave up, the oldest first; `more` tells that there is more."""

    queue: str
    messages: list[DeadLetterView]
    more: bool


class DeadLetterList(Shape):
    """Is what every queue gave up."""

    queues: list[DeadQueueView]

    @classmethod
    def of(cls, boxes: Iterable[DeadLetters]) -> Self:
        """Return how dead letters are shown."""
        return cls(
            queues=[
                DeadQueueView(
                    queue=box.queue,
                    messages=[DeadLetterView.of(letter) for letter in box.letters],
                    more=box.more,
                )
                for box in boxes
            ]
        )


class SendDeadLetters(Shape):
    """Asks for dead letters of a queue to be sent again."""

    queue: QueueName
    sequence_numbers: list[SequenceNumber] = Field(min_length=1, max_length=100)
