"""What is asked for of records: which ones, from where on, and which to send again."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Final, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from connector.adapters.manage_api.shape import Shape
from connector.application.send_records import Requeued
from connector.domain.brake import FEWEST_PEOPLE
from connector.domain.contact import RecordId, RecordKey, Table
from connector.domain.record_list import RecordFilter
from connector.domain.sync_state import Reason, SyncStatus

MOST_AT_ONCE: Final = FEWEST_PEOPLE
"""Whoever names people by hand ends no more of them than the brake lets go."""
MOST_NAMED: Final = 100
"""Of so many an answer, and so the audit, says which ones they were."""

EARLIEST: Final = date(2000, 1, 1)
"""Before this nobody synced anything, and the first days of the calendar have no time zone."""

LATEST: Final = date(2999, 12, 31)
"""The last days of the calendar have none either, and no day after them."""

_CURSOR = re.compile(r"^(contact|lead)\.([0-9a-f]{32})$", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def to_cursor(last: RecordKey | None) -> str | None:
    """Return where the next page goes on, in a form that nobody is invited to read."""
    return f"{last.table}.{UUID(last.id).hex}" if last else None


def _check_day(day: object) -> object:
    """Refuse what else could be read as a day, such as a number of seconds."""
    if not (isinstance(day, str) and _DAY.fullmatch(day)):
        raise ValueError("must be a day, such as 2026-01-31")

    return day


type Cursor = Annotated[str, StringConstraints(pattern=_CURSOR.pattern)]
type Day = Annotated[date, BeforeValidator(_check_day), Field(ge=EARLIEST, le=LATEST)]


class RecordSelection(Shape):
    """Says which records are meant."""

    status: SyncStatus | None = None
    reason: Reason | None = None
    table: Table | None = None

    def to_filter(self) -> RecordFilter:
        """Return it in the words of the store."""
        return RecordFilter(self.status, self.reason, self.table)


class RecordQuery(RecordSelection):
    """Asks for records; `since` is a day in the time zone of the settings."""

    since: Day | None = None
    notes: bool = False

    def to_dated_filter(self, zone: str) -> RecordFilter:
        """Return it in the words of the store."""
        since = None
        if self.since is not None:
            since = datetime.combine(self.since, time(), ZoneInfo(zone)).astimezone(UTC)

        return RecordFilter(self.status, self.reason, self.table, since, self.notes)


class WithCursor(Shape):
    """Goes on where a page of the same selection ended."""

    cursor: Cursor | None = None

    @property
    def after(self) -> RecordKey | None:
        """Return the last record of that page."""
        match = _CURSOR.fullmatch(self.cursor or "")

        return RecordKey(Table(match[1]), RecordId(str(UUID(match[2])))) if match else None


class RecordPageQuery(RecordQuery, WithCursor):
    """Asks for a page of records."""

    @model_validator(mode="after")
    def _check_same_table(self) -> Self:
        return check_same_table(self, self.table)


class RecordReference(Shape):
    """Names a record."""

    table: Table
    id: UUID

    @property
    def key(self) -> RecordKey:
        """Return it in our own words."""
        return RecordKey(self.table, RecordId(str(self.id)))

    @property
    def name(self) -> str:
        """Return it as an audit knows it."""
        return f"{self.table}/{self.id}"

    @classmethod
    def of(cls, key: RecordKey) -> Self:
        """Return the name of a record of ours."""
        return cls(table=key.table, id=UUID(key.id))


class SendRecords(Shape):
    """Asks for records to be sent again.

    `insists` sends those too whom it cannot help by what was last seen of them: the caller knows
    that the cause is gone.
    """

    records: list[RecordReference] = Field(min_length=1, max_length=MOST_AT_ONCE)
    insists: bool = False

    def audit_names(self) -> Sequence[str]:
        """Return which records are meant, and whether the caller knew better."""
        return [*(one.name for one in self.records), *(["insists"] if self.insists else [])]


class SendAll(RecordSelection, WithCursor):
    """Asks for a page of all records of a status to be sent again.

    `lift_brake` sends contacts whose rows are missing however many they are: the caller has made
    sure that these rows are deleted.
    """

    status: SyncStatus
    lift_brake: bool = False

    def audit_names(self) -> Sequence[str]:
        """Return which records are meant, and from where on."""
        meant = self.model_dump(mode="json", exclude={"lift_brake"}, exclude_none=True)
        names = [f"{name}={value}" for name, value in meant.items()]

        return [*names, *(["lift_brake"] if self.lift_brake else [])]

    @model_validator(mode="after")
    def _check_same_table(self) -> Self:
        return check_same_table(self, self.table)


ADVICE: Final = 'put it right in Dynamics, or POST /records/send with "insists": true'
ADVICE_DELETED: Final = 'POST /records/send with "insists": true withdraws them once more'


class Skipped(Shape):
    """Says how many were not sent again for one reason, which sending cannot help, and what can."""

    reason: str
    count: int
    advice: str


class Sent(Shape):
    """Says how many are on their way again, and how many are not, as it cannot help them.

    `records` names the first hundred that are.
    """

    sent: int
    records: list[RecordReference] = Field(max_length=MOST_NAMED)
    skipped: list[Skipped]

    def audit_names(self) -> Sequence[str]:
        """Return how many, and which the first of them are."""
        return [
            f"sent={self.sent}",
            *(f"skipped={one.count}/{one.reason}" for one in self.skipped),
            *(one.name for one in self.records),
        ]

    @classmethod
    def of(cls, done: Requeued, **members: object) -> Self:
        """Return what was done; members are those of a wider answer."""
        records = [RecordReference.of(key) for key in done.records[:MOST_NAMED]]

        return cls.model_validate(
            {"sent": done.sent, "records": records, "skipped": to_skipped(done), **members}
        )


class SentPage(Sent):
    """Says so of a page, and where the next one begins."""

    cursor: str | None


def to_skipped(done: Requeued) -> list[Skipped]:
    """Return for what reasons records were skipped, the most frequent one first."""
    ordered = sorted(done.skipped.items(), key=lambda one: (-one[1], one[0]))

    return [_to_skipped(reason, count) for reason, count in ordered]


def _to_skipped(reason: str, count: int) -> Skipped:
    advice = ADVICE_DELETED if reason == Reason.DELETED else ADVICE

    return Skipped(reason=reason, count=count, advice=advice)


def check_same_table[Query: WithCursor](query: Query, table: Table | None) -> Query:
    """Refuse a cursor of another list; raises `ValueError`."""
    if table is not None and query.after is not None and query.after.table is not table:
        raise ValueError("the cursor must be one that was given out for the same table")

    return query
