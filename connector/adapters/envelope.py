"""The message body: a version, a kind, and a pointer to a row; never what the row says."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connector.domain.contact import OrganisationId, RecordId, RecordKey, Table
from connector.domain.errors import InvalidEventError
from connector.domain.event import Change, RecordChanged

MOST_ATTEMPTS = 10_000
"""More than anybody tries; a number beyond it was not written by us."""


class RecordChangedEnvelope(BaseModel):
    """Is a `record_changed` message, version 1."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    v: Literal[1]
    kind: Literal["record_changed"]
    organisation: UUID
    table: Table
    id: UUID
    change: Change
    operation: str = Field(max_length=100)
    step: str = Field(max_length=100)
    correlation: str = Field(max_length=100)
    forced: bool = False
    attempt: int = Field(default=0, ge=0, le=MOST_ATTEMPTS)


def to_body(event: RecordChanged) -> str:
    """Return an event as the body of a message."""
    envelope = RecordChangedEnvelope(
        v=1,
        kind="record_changed",
        organisation=UUID(event.organisation),
        table=event.key.table,
        id=UUID(event.key.id),
        change=event.change,
        operation=event.operation,
        step=event.step,
        correlation=event.correlation,
        forced=event.forced,
        attempt=event.attempt,
    )

    return envelope.model_dump_json()


def parse_envelope(body: bytes) -> RecordChanged:
    """Read the body of a message; raises `InvalidEventError` for what nobody here understands."""
    try:
        envelope = RecordChangedEnvelope.model_validate_json(body)
    except ValidationError as exc:
        wrong = ", ".join(sorted({_name(error["loc"]) for error in exc.errors()}))
        raise InvalidEventError(
            f"a message must be of a known version and kind; wrong: {wrong}"
        ) from exc

    return RecordChanged(
        organisation=OrganisationId(str(envelope.organisation)),
        key=RecordKey(envelope.table, RecordId(str(envelope.id))),
        change=envelope.change,
        operation=envelope.operation,
        step=envelope.step,
        correlation=envelope.correlation,
        forced=envelope.forced,
        attempt=envelope.attempt,
    )


def _name(place: tuple[int | str, ...]) -> str:
    """Name a field; the name of one that is not ours is as foreign as its value."""
    if not place:
        return "body"

    name = str(place[0])

    return name if name in RecordChangedEnvelope.model_fields else "an unknown field"
