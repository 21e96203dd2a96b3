"""Service protection: how much one user may ask in a sliding window.

https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
"""

import contextlib
import dataclasses
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from devstack.dataverse.errors import DataverseError
from devstack.dataverse.options import DataverseOptions

_CONCURRENCY_WAIT = 1


class Use(NamedTuple):
    """What one request took of the window."""

    started: float
    seconds: float
    operations: int


@dataclasses.dataclass(slots=True)
class Admission:
    """A request that runs; a batch says afterwards how many operations it was."""

    operations: int = 1


class ServiceProtection:
    """Counts the requests, the time and the concurrency of the one application user."""

    def __init__(
        self, options: DataverseOptions, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the limits from the options."""
        self._options = options
        self._clock = clock
        self._used: deque[Use] = deque()
        self._seconds = 0.0
        self._requests = 0
        self._running = 0

    @contextlib.contextmanager
    def admit(self) -> Iterator["Admission"]:
        """Let a request run, or refuse it with 429."""
        self._forget_old()
        self._check()
        self._running += 1
        started = self._clock()
        admission = Admission()
        try:
            yield admission
        finally:
            self._running -= 1
            self._note(started, self._clock() - started, admission.operations)

    def headers(self) -> dict[str, str]:
        """Return what is left, as each answer tells it."""
        options = self._options
        requests = max(0, options.limit_requests - self._requests)
        seconds = max(0.0, options.limit_seconds - self._seconds)

        return {
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(requests),
            "x-ms-ratelimit-time-remaining-xrm-requests": f"{seconds:,.2f}",
        }

    def _check(self) -> None:
        options = self._options
        window = f"{options.limit_window:g} seconds"
        if options.limit_requests and self._requests >= options.limit_requests:
            raise _refusal(
                self._until(lambda left: self._requests - left.operations < options.limit_requests),
                "0x80072322",
                f"Number of requests exceeded the limit of {options.limit_requests} over time "
                f"window of {window}.",
            )

        if options.limit_seconds and self._seconds >= options.limit_seconds:
            raise _refusal(
                self._until(lambda left: self._seconds - left.seconds < options.limit_seconds),
                "0x80072321",
                "Combined execution time of incoming requests exceeded limit of "
                f"{options.limit_seconds * 1000:,.0f} milliseconds over time window of {window}. "
                "Decrease number of concurrent requests or reduce the duration of requests and "
                "try again later.",
            )

        if options.limit_concurrent and self._running >= options.limit_concurrent:
            raise _refusal(
                _CONCURRENCY_WAIT,
                "0x80072326",
                f"Number of concurrent requests exceeded the limit of {options.limit_concurrent}.",
            )

    def _until(self, enough: Callable[[Use], bool]) -> float:
        """Return the seconds until enough of what was used has left the window."""
        left = Use(0.0, 0.0, 0)
        for use in self._used:
            left = Use(use.started, left.seconds + use.seconds, left.operations + use.operations)
            if enough(left):
                break

        return left.started + self._options.limit_window - self._clock()

    def _note(self, started: float, seconds: float, operations: int) -> None:
        self._used.append(Use(started, seconds, operations))
        self._seconds += seconds
        self._requests += operations

    def _forget_old(self) -> None:
        horizon = self._clock() - self._options.limit_window
        while self._used and self._used[0][0] < horizon:
            _, seconds, operations = self._used.popleft()
            self._seconds -= seconds
            self._requests -= operations


def _refusal(wait: float, code: str, message: str) -> DataverseError:
    return DataverseError(429, code, message, {"Retry-After": str(max(1, math.ceil(wait)))})
