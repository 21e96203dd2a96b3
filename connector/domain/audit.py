"""Who changed what, in ids and hashes: enough to answer "I did not do that", and no value."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Is a change that somebody asked for.

    `action` is the name of the route, `target` the ids in its address, `before` the version of what
    the caller had seen, where the call says so.
    """

    id: str
    at: datetime
    caller: str
    action: str
    target: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class AuditResult:
    """Is what came of it: the status of the answer, and a hash of what it held."""

    status: int
    after: str
