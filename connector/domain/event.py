"""Facts that travel on the queues: pointers to rows, never what the rows say."""

import hashlib
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from connector.domain.contact import OrganisationId, RecordKey, Table
from connector.domain.related import RelatedKey

CHANGES = "changes"
JOBS = "jobs"


class Change(StrEnum):
    """Tells what happened to a row; the value is the past participle."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Notification:
    """Is what a webhook of the CRM told us, before we decide whether it concerns us.

    `table` and `message` are the CRM's own words; `row_id` is None where a message is about no row,
    or does not say about which; `master` is the row that others went into, where a merge does not
    say which; `tag` is the mark that we put on our own writes; `columns` are the
    names of those that were written, or None where that is not told.
    """

    organisation: OrganisationId
    table: str
    row_id: str | None
    message: str
    operation: str
    step: str
    correlation: str
    initiating_user: str | None = None
    tag: str | None = None
    created_on: datetime | None = None
    columns: frozenset[str] | None = None
    master: str | None = None


@dataclass(frozen=True, slots=True)
class RecordChanged:
    """Says that a row of the CRM changed; what it holds now is for the reader to find out.

    `operation` and `step` identify the notification, `correlation` the user's action. A *forced*
    event is one that we send again ourselves: it never skips by fingerprint. `attempt` counts how
    often it was sent again because a system was not there. `filled` names what Spotler took of us
    (`property=column`) before `filled_at`, and no state tells, because somebody else wrote it
    meanwhile. `told_at` is when the CRM told us, and None where it did not: a pointer of our own
    making is no news of it.
    """

    organisation: OrganisationId
    key: RecordKey
    change: Change
    operation: str
    step: str
    correlation: str
    forced: bool = False
    attempt: int = 0
    filled: frozenset[str] = frozenset()
    filled_at: datetime | None = None
    told_at: datetime | None = None

    @property
    def message_id(self) -> str:
        """Return the id by which the queue recognises the same notification delivered twice.

        One operation of the CRM may tell of several rows, so the row is part of it.
        """
        row = f"{self.key.table}/{self.key.id}/{self.change}"
        text = f"{self.organisation}/{self.step}/{self.operation}/{row}"

        return hashlib.sha256(text.encode()).hexdigest()

    def again(self) -> "RecordChanged":
        """Return a forced copy that duplicate detection takes for a new event."""
        return replace(self, forced=True, operation=str(uuid.uuid4()))

    def anew(self) -> "RecordChanged":
        """Return a forced copy that was never tried, as somebody asks for it."""
        return replace(self.again(), attempt=0)

    def retried(self) -> "RecordChanged":
        """Return a forced copy that counts one failed attempt more."""
        return replace(self.again(), attempt=self.attempt + 1)


@dataclass(frozen=True, slots=True)
class JobStep:
    """Asks for one page of a job; where the page begins stands in the job's row.

    A *forced* step was asked for before, by a chain that may have ended halfway: it never skips by
    fingerprint. `resumed` tells which chain of steps it belongs to, and `attempt` counts how often
    it was sent again because a system was not there.
    """

    organisation: OrganisationId
    job: str
    page: int
    resumed: int = 0
    forced: bool = False
    attempt: int = 0

    @property
    def message_id(self) -> str:
        """Return the id by which the queue recognises the same step sent twice."""
        text = f"{self.organisation}/{self.job}/{self.page}/{self.resumed}/{self.attempt}"

        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def has_waited(self) -> bool:
        """Tell whether time has passed since the page before, or since the job was started."""
        return self.forced or self.attempt > 0 or self.resumed > 0

    @property
    def correlation(self) -> str:
        """Return what all steps of a job have in common."""
        return self.job

    def anew(self) -> "JobStep":
        """Return a forced copy that was never tried, as somebody asks for it."""
        return replace(self, forced=True, attempt=0)

    def retried(self) -> "JobStep":
        """Return a copy that counts one failed attempt more."""
        return replace(self, attempt=self.attempt + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedChanged:
    """A fact: a row of the CRM that people name has perhaps got another name, or taken some in.

    The people are found page by page, `page` counts. At first there is no more than the row, and it
    is looked for together with others; then `among` is the one table in which the search goes on,
    at `cursor` or at its beginning. `attempt` and `told_at` are as in `RecordChanged`.
    """

    organisation: OrganisationId
    key: RelatedKey
    operation: str
    step: str
    correlation: str
    among: Table | None = None
    cursor: str | None = None
    page: int = 0
    attempt: int = 0
    told_at: datetime | None = None

    @property
    def message_id(self) -> str:
        """Return the id by which the queue recognises the same page of the same notification."""
        place = f"related/{self.key.table}/{self.key.id}/{self.among}/{self.page}"
        text = f"{self.organisation}/{self.step}/{self.operation}/{place}"

        return hashlib.sha256(text.encode()).hexdigest()

    def point_to(self, person: RecordKey) -> RecordChanged:
        """Return the pointer to a person who shows the row: of them the CRM told nothing."""
        return RecordChanged(
            organisation=self.organisation,
            key=person,
            change=Change.UPDATED,
            operation=self.operation,
            step=self.step,
            correlation=self.correlation,
        )

    def onwards(self, among: Table, cursor: str | None) -> "RelatedChanged":
        """Return the event that asks for the next page of a table."""
        return replace(self, among=among, cursor=cursor, page=self.page + 1, attempt=0)

    def again(self) -> "RelatedChanged":
        """Return a copy that duplicate detection takes for a new event."""
        return replace(self, operation=str(uuid.uuid4()))

    def anew(self) -> "RelatedChanged":
        """Return a copy that begins at the first page and was never tried."""
        return replace(self.again(), among=None, cursor=None, page=0, attempt=0)

    def retried(self) -> "RelatedChanged":
        """Return a copy that counts one failed attempt more."""
        return replace(self.again(), attempt=self.attempt + 1)


type ChangeEvent = RecordChanged | RelatedChanged
"""What the queue of changes carries."""

type Event = ChangeEvent | JobStep
