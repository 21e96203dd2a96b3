"""When a change last came in, and when one last went to Spotler."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Activity:
    """The last change received and the last one sent; None where none is known."""

    received_at: datetime | None = None
    sent_at: datetime | None = None

    def latest(self, other: "Activity") -> "Activity":
        """Return the later of each."""
        return Activity(
            _latest(self.received_at, other.received_at), _latest(self.sent_at, other.sent_at)
        )


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
