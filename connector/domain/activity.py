"""When changes came in, went to Spotler, were refused or lost, and what keeps them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from connector.domain.errors import System
from connector.domain.failure import Failure, is_on, join

REFUSALS_LAST: Final = timedelta(hours=24)
"""After this a refusal says nothing of now: whatever was refused has long been given up."""

REFUSALS_WAIT: Final = timedelta(minutes=1)
"""A refusal counts when it is so much newer than the last change that came in.

Of two webhooks that tell of the same change one may have a wrong secret: nothing is lost then.
"""

FAILURES_LAST: Final = timedelta(hours=2)
"""What waits is tried at least every hour: what was not met for so long is over."""

SENDS_WAIT: Final = timedelta(seconds=10)
"""A send that fails is repeated: a cut connection is no outage."""

LOSSES_LAST: Final = timedelta(hours=24)
"""So long everybody who looks is told that changes were lost."""


@dataclass(frozen=True, slots=True)
class Activity:
    """When what last happened; None where none is known.

    A change was received, sent, refused for its secret. A batch was taken from the queue, and read.
    A change got on the queue after a failure, or was lost before it. `unqueued` is since when no
    change gets there, and `failed` since when none goes through.
    """

    received_at: datetime | None = None
    sent_at: datetime | None = None
    refused_at: datetime | None = None
    taken_at: datetime | None = None
    read_at: datetime | None = None
    queued_at: datetime | None = None
    lost_at: datetime | None = None
    unqueued: Failure | None = None
    failed: Failure | None = None

    def latest(self, other: "Activity") -> "Activity":
        """Return the later of each, and of both the failures that go on."""
        both = Activity(
            received_at=_latest(self.received_at, other.received_at),
            sent_at=_latest(self.sent_at, other.sent_at),
            refused_at=_latest(self.refused_at, other.refused_at),
            taken_at=_latest(self.taken_at, other.taken_at),
            read_at=_latest(self.read_at, other.read_at),
            queued_at=_latest(self.queued_at, other.queued_at),
            lost_at=_latest(self.lost_at, other.lost_at),
        )

        return replace(
            both,
            unqueued=join(self.unqueued, other.unqueued, both._queued_at),
            failed=join(both._going_on(self.failed), both._going_on(other.failed), both.sent_at),
        )

    def is_worse_than(self, other: "Activity") -> bool:
        """Tell whether a failure of ours is over by what the other knows."""
        ours, theirs = (self.unqueued, self.failed), (other.unqueued, other.failed)

        return any(one and not another for one, another in zip(ours, theirs, strict=True))

    def is_refused(self, now: datetime) -> bool:
        """Tell whether the last change was refused, and no other came in since."""
        refused, received = self.refused_at, self.received_at
        if refused is None or now - refused > REFUSALS_LAST:
            return False

        return received is None or refused - received > REFUSALS_WAIT

    def is_lost(self, now: datetime) -> bool:
        """Tell whether changes were lost not long ago."""
        return self.lost_at is not None and now - self.lost_at <= LOSSES_LAST

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

    def find_failed(self, now: datetime) -> Failure | None:
        """Return the failure that keeps changes from going through now."""
        failure = join(self._going_on(self.failed), None, self.sent_at)
        if failure is None or failure.is_brief or now - failure.at > FAILURES_LAST:
            return None

        return failure

    @property
    def _queued_at(self) -> datetime | None:
        """Return when a change was last known to get on the queue."""
        return _latest(self.queued_at, self.received_at)

    def _going_on(self, failure: Failure | None) -> Failure | None:
        """Leave out that the CRM could not be read, when it was since: that takes no send."""
        is_of_read = failure is not None and failure.system is System.DATAVERSE

        return failure if not is_of_read or is_on(failure, self.read_at) else None


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
