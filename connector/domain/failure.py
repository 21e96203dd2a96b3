"""What keeps changes from going to Spotler, and since when."""

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


class FailureKind(StrEnum):
    """Tells how a system failed."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    BUSY = "busy"


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

    @property
    def is_brief(self) -> bool:
        """Tell whether a system is merely busy, and not for long."""
        return self.kind is FailureKind.BUSY and self.at - self.since < BUSY_LASTS


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

    return replace(alive[-1], since=min(failure.since for failure in alive))


def is_on(failure: Failure | None, ended: datetime | None) -> TypeGuard[Failure]:
    """Tell whether a failure was met after all went well."""
    return failure is not None and (ended is None or failure.at > ended)


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
