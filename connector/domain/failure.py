"""What keeps changes from going to Spotler, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self, TypeGuard

from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    RateLimitedError,
    System,
    system_of,
)

BUSY_LASTS: Final = timedelta(minutes=5)
"""A system may have too much to do for so long: that passes by itself."""


FAILURES_LAST: Final = timedelta(hours=24)
"""So long a failure is told that was not met again, and whose part nobody needed since.

What waits is tried at least every hour; what was parked is not, and nothing has proven it right.
"""


class FailureKind(StrEnum):
    """Tells how a system failed."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    BUSY = "busy"
    REFUSES_ALL = "refuses_all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failure that goes on: when it began and was last met, and what is at fault, where known."""

    since: datetime
    at: datetime
    system: System | None = None
    kind: FailureKind = FailureKind.UNREACHABLE

    @classmethod
    def of(cls, error: ConnectorError, now: datetime) -> Self:
        """Return the failure that an error is."""
        return cls(since=now, at=now, system=system_of(error), kind=_to_kind(error))

    def is_brief(self, now: datetime) -> bool:
        """Tell whether a system is merely busy, and not for long: what waits may wait an hour."""
        return self.kind is FailureKind.BUSY and now - self.since < BUSY_LASTS


type Failures = Mapping[System | None, Failure]
"""What failed, by its part; None is what nobody knows the part of."""

type Moments = Mapping[System | None, datetime]
"""When each part last worked."""


def join(one: Failure | None, other: Failure | None, ended: datetime | None) -> Failure | None:
    """Return the failure of both that goes on: of now what was met last, since the first of both.

    What was met before all went well again is over.
    """
    alive = sorted(
        (_begin_after(failure, ended) for failure in (one, other) if is_on(failure, ended)),
        key=lambda failure: failure.at,
    )
    if not alive:
        return None

    newest = alive[-1]
    related = (one.since for one in alive if newest.at - one.at <= FAILURES_LAST)

    return replace(newest, since=min(related))


def is_on(failure: Failure | None, ended: datetime | None) -> TypeGuard[Failure]:
    """Tell whether a failure was met after all went well."""
    return failure is not None and (ended is None or failure.at > ended)


def join_all(one: Failures, other: Failures, worked: Moments) -> Failures:
    """Return of each part the failure of both that goes on: only the part itself ends it."""
    both = {
        part: join(one.get(part), other.get(part), worked.get(part)) for part in {**one, **other}
    }

    return {part: failure for part, failure in both.items() if failure is not None}


def _begin_after(failure: Failure, ended: datetime | None) -> Failure:
    is_older = ended is not None and failure.since <= ended

    return replace(failure, since=failure.at) if is_older else failure


def _to_kind(error: ConnectorError) -> FailureKind:
    match error:
        case RateLimitedError():
            return FailureKind.BUSY
        case ConfigurationError():
            return FailureKind.REFUSED
        case _:
            return FailureKind.UNREACHABLE
