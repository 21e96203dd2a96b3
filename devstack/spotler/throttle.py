"""A limit to the number of requests per second, for who wants to see 429."""

import math
from collections.abc import Callable


class Throttle:
    """A bucket that refills at the rate; full, it lets one second's worth pass at once."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._tokens = 0.0
        self._rate = 0.0
        self._filled = 0.0

    def seconds_to_wait(self, rate: float) -> int:
        """Take one request out of the bucket; 0 lets it pass, else it should return later."""
        if not rate:
            return 0

        self._refill(rate)
        if self._tokens >= 1:
            self._tokens -= 1
            return 0

        return max(1, math.ceil((1 - self._tokens) / rate))

    def _refill(self, rate: float) -> None:
        now, room = self._now(), max(1.0, rate)
        if rate != self._rate:
            self._rate, self._tokens = rate, room
        else:
            self._tokens = min(room, self._tokens + (now - self._filled) * rate)

        self._filled = now
