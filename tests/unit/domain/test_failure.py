"""A failure goes on until all goes well again."""

from datetime import timedelta

import pytest

from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    PermanentError,
    RateLimitedError,
    System,
    TransientError,
)
from connector.domain.failure import Failure, FailureKind, join
from tests.builders import NOW

MINUTE = timedelta(minutes=1)


def at(minute: int, since: int | None = None, system: System | None = None) -> Failure:
    began = NOW + minute * MINUTE if since is None else NOW + since * MINUTE

    return Failure(since=began, at=NOW + minute * MINUTE, system=system)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RateLimitedError("busy", retry_after=MINUTE), FailureKind.BUSY),
        (ConfigurationError("no right"), FailureKind.REFUSED),
        (TransientError("down"), FailureKind.UNREACHABLE),
        (PermanentError("never"), FailureKind.UNREACHABLE),
    ],
    ids=["busy", "refused", "down", "else"],
)
def test_error_is_a_failure(error: ConnectorError, kind: FailureKind) -> None:
    """
    An error begins a failure of its kind, of the system that it names.
    """
    error.system = System.SPOTLER

    assert Failure.of(error, NOW) == Failure(since=NOW, at=NOW, system=System.SPOTLER, kind=kind)


@pytest.mark.parametrize(
    ("one", "other", "ended", "expected"),
    [
        (None, None, None, None),
        (at(1), None, None, at(1)),
        (at(1), at(3), None, at(3, since=1)),
        (at(3), at(1), None, at(3, since=1)),
        (at(1), at(3, system=System.TABLES), None, at(3, since=1, system=System.TABLES)),
        (at(1), None, 1, None),
        (at(1), at(3), 2, at(3)),
        (at(3, since=1), None, 2, at(3)),
    ],
    ids=["none", "one", "both", "turned", "last cause", "over", "anew", "one anew"],
)
def test_failures_are_joined(
    one: Failure | None, other: Failure | None, ended: int | None, expected: Failure | None
) -> None:
    """
    Of two processes' failures the last cause stands, since the first; what is over is forgotten.
    """
    assert join(one, other, None if ended is None else NOW + ended * MINUTE) == expected


@pytest.mark.parametrize(
    ("minutes", "is_brief"), [(0, True), (4, True), (5, False)], ids=["at once", "soon", "long"]
)
def test_busy_is_brief_at_first(minutes: int, *, is_brief: bool) -> None:
    """
    That a system is busy for some minutes is nothing to tell.
    """
    failure = Failure(since=NOW, at=NOW, kind=FailureKind.BUSY)
    now = NOW + minutes * MINUTE

    assert failure.is_brief(now) is is_brief
    assert not at(0).is_brief(now)


def test_failure_of_long_ago_is_another_one() -> None:
    """
    A failure that nobody met for days is not where one of today began.
    """
    today = at(60 * 72)

    assert join(at(0), today, None) == today
