"""The queues of one namespace, and how an address leads to them."""

from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from devstack.servicebus.access import SharedKey
from devstack.servicebus.conditions import entity_not_found
from devstack.servicebus.faults import Faults
from devstack.servicebus.queue import Queue

CBS_NODE = "$cbs"
MANAGEMENT_SUFFIX = "/$management"


@dataclass(slots=True)
class Namespace:
    """What all connections share."""

    queues: dict[str, Queue]
    faults: Faults
    key: SharedKey
    violations: deque[str] = field(default_factory=lambda: deque(maxlen=100))

    def get(self, address: str) -> Queue:
        """Return the queue, or the dead letters of a queue, at an address."""
        name = path_of(address)
        for queue in (self.queues.get(name), self._dead_letters(name)):
            if queue is not None:
                return queue

        raise entity_not_found(address)

    def _dead_letters(self, path: str) -> Queue | None:
        name, _, suffix = path.rpartition("/")
        if suffix != "$deadletterqueue" or name not in self.queues:
            return None

        return self.queues[name].dead_letters


def path_of(address: str) -> str:
    """Return the path of an address, which may be a whole URL; case does not matter."""
    path = urlsplit(address).path if "://" in address else address

    return path.strip("/").lower()
