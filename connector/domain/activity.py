"""When a change last came in, when one last went to Spotler, and when one was refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

REFUSALS_LAST: Final = timedelta(hours=24)
"""After this a refusal says nothing of now: whatever was refused has long been given up."""

REFUSALS_WAIT: Final = timedelta(minutes=1)
"""A refusal counts when it is so much newer than the last change that came in.

Of two webhooks that tell of the same change one may have a wrong secret: nothing is lost then.
"""


@dataclass(frozen=True, slots=True)
class Activity:
    """The last change received, sent, and refused for its secret; None where none is known."""

    received_at: datetime | None = None
    sent_at: datetime | None = None
    refused_at: datetime | None = None

    def latest(self, other: "Activity") -> "Activity":
        """Return the later of each."""
        return Activity(
            _latest(self.received_at, other.received_at),
            _latest(self.sent_at, other.sent_at),
            _latest(self.refused_at, other.refused_at),
        )

    def is_refused(self, now: datetime) -> bool:
        """Tell whether the last change was refused, and no other came in since."""
        refused, received = self.refused_at, self.received_at
        if refused is None or now - refused > REFUSALS_LAST:
            return False

        return received is None or refused - received > REFUSALS_WAIT


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
