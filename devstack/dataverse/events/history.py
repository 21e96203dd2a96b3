"""Remembers the deliveries, for tests and benchmarks."""

import dataclasses
from collections import deque

_REMEMBERED = 5_000


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """Tell of one attempt to deliver an event."""

    operation_id: str
    step_id: str
    message: str
    table: str
    row_id: str
    attempt: int
    is_duplicate: bool
    status: int | None
    error: str | None
    size: int
    size_exceeded: bool
    seconds: float
    """How long the receiver took."""
    since_write: float
    """Seconds from the write to the answer."""


@dataclasses.dataclass(slots=True)
class History:
    """Count what happened and keep the last attempts."""

    accepted: int = 0
    delivered: int = 0
    failed: int = 0
    retried: int = 0
    retrying: int = 0
    """How many retries are not answered yet."""
    duplicated: int = 0
    recent: deque[Delivery] = dataclasses.field(
        default_factory=lambda: deque(maxlen=_REMEMBERED), repr=False
    )

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {
            "accepted": self.accepted,
            "delivered": self.delivered,
            "failed": self.failed,
            "retried": self.retried,
            "retrying": self.retrying,
            "duplicated": self.duplicated,
        }

    def last(self, count: int) -> list[Delivery]:
        """Return the last attempts, the oldest first."""
        return list(self.recent)[-count:] if count > 0 else []
