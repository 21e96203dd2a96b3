"""Faults on demand: refused sends, refused connections, latency."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from devstack.servicebus.conditions import SERVER_BUSY, RefusedError


def check_amount(name: str, value: object) -> float:
    """Return a number that is not negative, or raise ValueError with what it must be."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise ValueError(f"{name} must be a number that is not negative")

    return float(value)


@dataclass(slots=True)
class Refusal:
    """Refuse so many times, or for so many seconds, or until it is cleared."""

    times: float = inf
    seconds: float = inf
    queue: str | None = None
    condition: str = SERVER_BUSY
    description: str = "The server was unable to process the request; please retry the operation."

    _until: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("times", "seconds"):
            check_amount(name, getattr(self, name))
        self._until = time.monotonic() + self.seconds

    def strikes(self, queue: str | None = None) -> bool:
        """Decide whether this is refused, and count it."""
        if self.queue not in (None, queue) or self.times <= 0 or time.monotonic() > self._until:
            return False

        self.times -= 1

        return True


class Faults:
    """The switches of one emulator."""

    def __init__(self, drop_connections: Callable[[], None]) -> None:
        """Take what drops every connection."""
        self.drop_connections = drop_connections
        self.latency = 0.0
        self.sends: Refusal | None = None
        self.connections: Refusal | None = None
        self.struck = 0

    def check_send(self, queue: str) -> None:
        """Refuse a send when a switch says so."""
        if self.sends is None or not self.sends.strikes(queue):
            return

        self.struck += 1
        raise RefusedError(self.sends.condition, self.sends.description)

    def refuses_connection(self) -> bool:
        """Tell whether a new connection is dropped at once."""
        if self.connections is None or not self.connections.strikes():
            return False

        self.struck += 1

        return True

    def clear(self) -> None:
        """Switch every fault off."""
        self.latency = 0.0
        self.sends = self.connections = None
