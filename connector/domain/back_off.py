"""How long to wait before something is tried again, and when to stop trying."""

import random
from dataclasses import dataclass
from datetime import timedelta

from connector.domain.errors import ConnectorError, RateLimitedError


@dataclass(frozen=True, slots=True)
class BackOff:
    """Doubles the wait at every attempt, with jitter, up to a longest wait.

    The defaults wait about 8 hours in all before an event is parked.
    """

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(hours=1)
    attempts: int = 22

    def is_spent(self, attempt: int) -> bool:
        """Tell whether an event that failed this often is not tried again."""
        return attempt + 1 >= self.attempts

    def delay(self, attempt: int, cause: ConnectorError, dice: random.Random) -> timedelta:
        """Return the wait after this many failed attempts; never less than the vendor asked for."""
        doubled: timedelta = self.first * 2.0 ** min(attempt, 32)
        wait: timedelta = min(self.longest, doubled) * dice.uniform(0.5, 1.0)
        if isinstance(cause, RateLimitedError):
            return max(wait, cause.retry_after)

        return wait
