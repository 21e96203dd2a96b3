"""What is told of the audit, and what is asked for of it."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import StringConstraints

from connector.adapters.manage_api.record_queries import Day
from connector.adapters.manage_api.shape import Shape
from connector.domain.audit import AuditFilter, AuditPage, AuditRecord, AuditResult

type Action = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,60}\.[a-z_]{1,60}$")]
type Place = Annotated[str, StringConstraints(pattern=r"^[0-9]{18}-[0-9a-f]{32}$")]
type CallerId = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,100}$")]


class AuditQuery(Shape):
    """Asks for a page of entries; `day` is one in the time zone of the settings."""

    day: Day | None = None
    action: Action | None = None
    caller: CallerId | None = None
    cursor: Place | None = None

    def to_filter(self, zone: str) -> AuditFilter:
        """Return it in the words of the trail."""
        since = until = None
        if self.day is not None:
            since = datetime.combine(self.day, time(), ZoneInfo(zone)).astimezone(UTC)
            next_day = self.day + timedelta(days=1)
            until = datetime.combine(next_day, time(), ZoneInfo(zone)).astimezone(UTC)

        return AuditFilter(since=since, until=until, action=self.action, caller=self.caller)


class AuditView(Shape):
    """Is one call: who asked for what, and what came of it; ids, kinds and hashes only.

    `named` is what the call names, `led_to` what the answer does. `before` and `after` are hashes
    of the subject's state: a `before` that is no `after` tells that something else changed it.
    Without a status the call was cut short, and may have been carried out.
    """

    id: str
    at: datetime
    caller: str
    action: str
    target: str
    named: list[str]
    led_to: list[str]
    subject: str | None
    seen: str | None
    before: str | None
    after: str | None
    status: int | None

    @classmethod
    def of(cls, record: AuditRecord) -> Self:
        """Return how an entry is shown."""
        entry = record.entry
        result = record.result or AuditResult(status=0)

        return cls(
            id=entry.id,
            at=entry.at,
            caller=entry.caller,
            action=entry.action,
            target=entry.target,
            named=list(entry.named),
            led_to=list(result.named),
            subject=entry.subject or result.subject,
            seen=entry.seen,
            before=entry.before,
            after=result.after,
            status=result.status or None,
        )


class AuditList(Shape):
    """Is a page of entries, the newest first; with the cursor the next one is asked for."""

    entries: list[AuditView]
    cursor: str | None

    @classmethod
    def of(cls, page: AuditPage) -> Self:
        """Return how a page is shown."""
        return cls(entries=[AuditView.of(one) for one in page.records], cursor=page.last)
