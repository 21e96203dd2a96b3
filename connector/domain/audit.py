"""Who did what, in ids and hashes: enough to answer "I did not do that", and no value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A call that a signed-in person made to change something, or to look a person up.

    `action` is the name of the route, `target` the ids in its address, `named` the ids and kinds in
    its body. `subject` is what has a state of its own, such as the connection, and `before` a hash
    of that state: it equals the `after` of the entry before it of the same subject, unless
    something else changed it. `seen` is the version that the caller says to have seen.
    """

    id: str
    at: datetime
    caller: str
    action: str
    target: str = ""
    named: Sequence[str] = ()
    subject: str | None = None
    before: str | None = None
    seen: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditResult:
    """What came of it: the status of the answer, what it names, and a hash of the state since."""

    status: int
    named: Sequence[str] = ()
    subject: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """An entry as it is read back, and its place; one without a result was cut short."""

    entry: AuditEntry
    place: str
    result: AuditResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are wanted; what is None does not matter. `until` is not in it any more."""

    since: datetime | None = None
    until: datetime | None = None
    action: str | None = None
    caller: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Entries, the newest first; `last` is where the next page goes on, when there is one."""

    records: Sequence[AuditRecord]
    last: str | None = None
