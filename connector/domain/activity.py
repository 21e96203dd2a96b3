"""When changes came in, went to Spotler, were refused or lost, and what keeps them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from connector.domain.failure import (
    FAILURES_LAST,
    Failure,
    FailureKind,
    Failures,
    Moments,
    is_on,
    join,
    join_all,
)

REFUSALS_LAST: Final = timedelta(hours=24)
"""After this a refusal says nothing of now: whatever was refused has long been given up."""

REFUSALS_WAIT: Final = timedelta(minutes=1)
"""A refusal counts when it is so much newer than the last change that came in.

Of two webhooks that tell of the same change one may have a wrong secret: nothing is lost then.
"""

SENDS_WAIT: Final = timedelta(seconds=10)
"""A send that fails is repeated: a cut connection is no outage."""

LOSSES_LAST: Final = timedelta(hours=24)
"""So long everybody who looks is told that changes were lost."""

MOST_SECRETS: Final = 5
"""So many secrets that were refused are told apart: whoever calls may think of ever new ones."""


@dataclass(frozen=True, slots=True)
class Activity:
    """When what last happened; None where none is known.

    A change was received, sent, refused for its secret. A batch was taken from the queue. A change
    got on the queue after a failure, or was lost before it. `unqueued` is since when no change gets
    there, `failures` what keeps changes from going through, by its part, and `worked` when each
    part last did what it is for. `refused_with` says of each secret that was refused when.
    """

    received_at: datetime | None = None
    sent_at: datetime | None = None
    refused_at: datetime | None = None
    taken_at: datetime | None = None
    queued_at: datetime | None = None
    lost_at: datetime | None = None
    unqueued: Failure | None = None
    failures: Failures = field(default_factory=dict)
    worked: Moments = field(default_factory=dict)
    refused_with: Mapping[str, datetime] = field(default_factory=dict)

    def latest(self, other: "Activity") -> "Activity":
        """Return the later of each, and of both the failures that go on.

        What kept changes from the queue for long enough to be told, and is over, lost some.
        """
        both = Activity(
            received_at=_latest(self.received_at, other.received_at),
            sent_at=_latest(self.sent_at, other.sent_at),
            refused_at=_latest(self.refused_at, other.refused_at),
            taken_at=_latest(self.taken_at, other.taken_at),
            queued_at=_latest(self.queued_at, other.queued_at),
            lost_at=_latest(self.lost_at, other.lost_at),
            worked=_latest_of_each(self.worked, other.worked),
            refused_with=_newest(_latest_of_each(self.refused_with, other.refused_with)),
        )

        return replace(
            both,
            unqueued=join(self.unqueued, other.unqueued, both._queued_at),
            lost_at=_find_lost(both.lost_at, both._queued_at, self.unqueued, other.unqueued),
            failures=join_all(self.failures, other.failures, both.worked),
        )

    def is_worse_than(self, other: "Activity") -> bool:
        """Tell whether a failure of ours is over by what the other knows."""
        is_queue_back = self.unqueued is not None and other.unqueued is None

        return is_queue_back or bool(self.failures.keys() - other.failures.keys())

    def is_refused(self, now: datetime) -> bool:
        """Tell whether the last change was refused, and no other came in since."""
        refused, received = self.refused_at, self.received_at
        if refused is None or now - refused > REFUSALS_LAST:
            return False

        return received is None or refused - received > REFUSALS_WAIT

    def find_loss(self, now: datetime, ours: Collection[str] = ()) -> datetime | None:
        """Return when changes were lost, if not long ago.

        Those were that came with a secret that was refused and is one of ours now: only the secret
        proves of whom a call was.
        """
        proven = [self.refused_with[tag] for tag in ours if tag in self.refused_with]
        lost_at = max(filter(None, [self.lost_at, *proven]), default=None)

        return lost_at if lost_at is not None and now - lost_at <= LOSSES_LAST else None

    def is_stuck(self, oldest: datetime | None, now: datetime, patience: timedelta) -> bool:
        """Tell whether the oldest change that is due waits too long, and none was taken since."""
        if oldest is None or now - oldest <= patience:
            return False

        return self.taken_at is None or now - self.taken_at > patience

    def find_unqueued(self, now: datetime) -> Failure | None:
        """Return the failure that keeps changes from the queue now."""
        failure = join(self.unqueued, None, self._queued_at)
        if failure is None or now - failure.at > REFUSALS_LAST:
            return None

        return failure if now - failure.since >= SENDS_WAIT else None

    def list_failures(self, now: datetime) -> list[Failure]:
        """Return what keeps changes from going through now: first what somebody must put right."""
        failing = [
            failure
            for failure in join_all(self.failures, {}, self.worked).values()
            if not failure.is_brief(now) and now - failure.at <= FAILURES_LAST
        ]

        return sorted(failing, key=lambda one: (one.kind is not FailureKind.REFUSED, one.since))

    @property
    def _queued_at(self) -> datetime | None:
        """Return when a change was last known to get on the queue."""
        return _latest(self.queued_at, self.received_at)


def _find_lost(
    lost_at: datetime | None, ended: datetime | None, *unqueued: Failure | None
) -> datetime | None:
    """Return when changes were lost, by the failures to queue them too: once for each.

    The process that held them may be gone, and whoever comes after it cannot know of each.
    """
    if ended is None:
        return lost_at

    told = [
        failure.at
        for failure in unqueued
        if failure is not None and not is_on(failure, ended) and ended - failure.since >= SENDS_WAIT
    ]
    is_noted = not told or (lost_at is not None and lost_at >= max(told))

    return lost_at if is_noted else ended


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


def _latest_of_each[K](one: Mapping[K, datetime], other: Mapping[K, datetime]) -> dict[K, datetime]:
    return {key: max(one.get(key, moment), moment) for key, moment in {**one, **other}.items()}


def _newest(moments: Mapping[str, datetime]) -> dict[str, datetime]:
    newest = sorted(moments.items(), key=lambda item: (item[1], item[0]), reverse=True)

    return dict(newest[:MOST_SECRETS])
