"""The message body: a version, a kind, and a pointer to a row; never what the row says."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from connector.domain.contact import OrganisationId, RecordId, RecordKey, Table
from connector.domain.errors import InvalidEventError
from connector.domain.event import (
    CHANGES,
    JOBS,
    Change,
    ChangeEvent,
    Event,
    JobStep,
    RecordChanged,
    RelatedChanged,
)
from connector.domain.related import RelatedKey, RelatedTable

MOST_ATTEMPTS = 10_000
"""More than anybody tries; a number beyond it was not written by us."""

MOST_PAGES = 10_000_000
"""More than anybody has."""


MOST_MARKS = 1000
"""More than an account has fields."""

type Mark = Annotated[str, Field(max_length=400)]
"""The names of a property and of a column."""

LONGEST_CURSOR = 16_000  # more than the address of a page with a filter of 100 terms


class Kind(BaseModel):
    """What a message calls itself, whatever else it holds."""

    kind: object = None


class Envelope(BaseModel):
    """Is what every message says of itself, version 1."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    v: Literal[1]
    kind: str
    organisation: UUID


class RecordChangedEnvelope(Envelope):
    """Is a `record_changed` message."""

    kind: Literal["record_changed"]
    table: Table
    id: UUID
    change: Change
    operation: str = Field(max_length=100)
    step: str = Field(max_length=100)
    correlation: str = Field(max_length=100)
    forced: bool = False
    attempt: int = Field(default=0, ge=0, le=MOST_ATTEMPTS)
    filled: list[Mark] | None = Field(default=None, max_length=MOST_MARKS)
    filled_at: AwareDatetime | None = None

    @classmethod
    def of(cls, event: RecordChanged) -> Self:
        """Put an event in its envelope."""
        return cls(
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
            filled=sorted(event.filled) or None,
            filled_at=event.filled_at,
        )

    def open(self) -> RecordChanged:
        """Return the event."""
        return RecordChanged(
            organisation=OrganisationId(str(self.organisation)),
            key=RecordKey(self.table, RecordId(str(self.id))),
            change=self.change,
            operation=self.operation,
            step=self.step,
            correlation=self.correlation,
            forced=self.forced,
            attempt=self.attempt,
            filled=frozenset(self.filled or ()),
            filled_at=self.filled_at,
        )


class RelatedChangedEnvelope(Envelope):
    """A `related_changed` message; its cursor holds ids and names of columns only."""

    kind: Literal["related_changed"]
    table: RelatedTable
    id: UUID
    operation: str = Field(max_length=100)
    step: str = Field(max_length=100)
    correlation: str = Field(max_length=100)
    among: Table | None = None
    cursor: str | None = Field(default=None, max_length=LONGEST_CURSOR)
    page: int = Field(default=0, ge=0, le=MOST_PAGES)
    attempt: int = Field(default=0, ge=0, le=MOST_ATTEMPTS)

    @classmethod
    def of(cls, event: RelatedChanged) -> Self:
        """Put an event in its envelope."""
        return cls(
            v=1,
            kind="related_changed",
            organisation=UUID(event.organisation),
            table=event.key.table,
            id=UUID(event.key.id),
            operation=event.operation,
            step=event.step,
            correlation=event.correlation,
            among=event.among,
            cursor=event.cursor,
            page=event.page,
            attempt=event.attempt,
        )

    def open(self) -> RelatedChanged:
        """Return the event."""
        return RelatedChanged(
            organisation=OrganisationId(str(self.organisation)),
            key=RelatedKey(self.table, RecordId(str(self.id))),
            operation=self.operation,
            step=self.step,
            correlation=self.correlation,
            among=self.among,
            cursor=self.cursor,
            page=self.page,
            attempt=self.attempt,
        )


class JobStepEnvelope(Envelope):
    """Is a `job_step` message."""

    kind: Literal["job_step"]
    job: str = Field(max_length=100)
    page: int = Field(ge=0, le=MOST_PAGES)
    resumed: int = Field(default=0, ge=0)
    forced: bool = False
    attempt: int = Field(default=0, ge=0, le=MOST_ATTEMPTS)

    @classmethod
    def of(cls, step: JobStep) -> Self:
        """Put a step in its envelope."""
        return cls(
            v=1,
            kind="job_step",
            organisation=UUID(step.organisation),
            job=step.job,
            page=step.page,
            resumed=step.resumed,
            forced=step.forced,
            attempt=step.attempt,
        )

    def open(self) -> JobStep:
        """Return the step."""
        return JobStep(
            organisation=OrganisationId(str(self.organisation)),
            job=self.job,
            page=self.page,
            resumed=self.resumed,
            forced=self.forced,
            attempt=self.attempt,
        )


def wrap(event: Event) -> RecordChangedEnvelope | RelatedChangedEnvelope | JobStepEnvelope:
    """Put an event in the envelope of its kind."""
    match event:
        case RecordChanged():
            return RecordChangedEnvelope.of(event)
        case RelatedChanged():
            return RelatedChangedEnvelope.of(event)
        case JobStep():
            return JobStepEnvelope.of(event)


def to_body(event: Event) -> str:
    """Return an event as the body of a message."""
    return wrap(event).model_dump_json(exclude_none=True)


def parse_change(body: bytes) -> ChangeEvent:
    """Read a message of the queue `changes`; raises `InvalidEventError` for any other."""
    if _find_kind(body) == "related_changed":
        return _read(RelatedChangedEnvelope, body).open()

    return parse_envelope(body)


def parse_envelope(body: bytes) -> RecordChanged:
    """Read a message about a person; raises `InvalidEventError` for any other."""
    return _read(RecordChangedEnvelope, body).open()


def parse_step(body: bytes) -> JobStep:
    """Read a message of the queue `jobs`; raises `InvalidEventError` for any other."""
    return _read(JobStepEnvelope, body).open()


def read_message(queue: str, body: bytes) -> Event:
    """Read a message of any queue; raises `InvalidEventError` for what does not belong there."""
    parse = _PARSERS.get(queue)
    if parse is None:
        raise InvalidEventError("a message must be of a known queue")

    return parse(body)


def _find_kind(body: bytes) -> object:
    """Find what a message calls itself; None where it is none of ours."""
    try:
        return Kind.model_validate_json(body).kind
    except ValidationError:
        return None


def _read[One: Envelope](kind: type[One], body: bytes) -> One:
    try:
        return kind.model_validate_json(body)
    except ValidationError as exc:
        wrong = ", ".join(sorted({_name(kind, error["loc"]) for error in exc.errors()}))
        raise InvalidEventError(
            f"a message must be of a known version and kind; wrong: {wrong}"
        ) from exc


def _name(kind: type[Envelope], place: tuple[int | str, ...]) -> str:
    """Name a field; the name of one that is not ours is as foreign as its value."""
    if not place:
        return "body"

    name = str(place[0])

    return name if name in kind.model_fields else "an unknown field"


_PARSERS: Final[Mapping[str, Callable[[bytes], Event]]] = {
    CHANGES: parse_change,
    JOBS: parse_step,
}
