"""What waits on the queues, in numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """How many were counted; `at_least` tells that there may be more."""

    count: int
    at_least: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLoad:
    """What lies on a queue: due now or in work, due later, and given up."""

    queue: str
    waiting: Number
    scheduled: Number
    dead: Number
