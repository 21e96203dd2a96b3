"""Where the messages of a queue lie: each is active, locked, scheduled or deferred."""

import heapq
import itertools
import os
import struct
from collections.abc import Callable, Iterator
from math import inf

from devstack.servicebus.deadlines import Deadlines
from devstack.servicebus.message import Message


def nothing() -> None:
    """Do nothing, where nobody listens."""


class Store:
    """Messages by state, and when their locks, lives and waits end."""

    def __init__(self) -> None:
        self.active: dict[int, Message] = {}
        self.locked: dict[bytes, Message] = {}
        self.scheduled: dict[int, Message] = {}
        self.deferred: dict[int, Message] = {}
        self.on_deadline: Callable[[], None] = nothing

        self._ready: list[int] = []
        self._tokens = (os.urandom(8) + struct.pack("<Q", n) for n in itertools.count(1))
        self._locks = Deadlines[bytes](self._lock_ends)
        self._lives = Deadlines[int](self._life_ends)
        self._waits = Deadlines[int](self._wait_ends)

    def add(self, message: Message) -> None:
        """Put a message in its place: deferred if it was set aside, else active."""
        if message.deferred:
            self.deferred[message.sequence_number] = message
        else:
            self.active[message.sequence_number] = message
            heapq.heappush(self._ready, message.sequence_number)

        if message.expires_at < inf:
            self._set(self._lives, message.expires_at, message.sequence_number)

    def take(self) -> Message | None:
        """Take the first active message."""
        while self._ready:
            message = self.active.pop(heapq.heappop(self._ready), None)
            if message is not None:
                return message

        return None

    def schedule(self, message: Message, due: float) -> None:
        """Keep a message until it is due."""
        self.scheduled[message.sequence_number] = message
        self._set(self._waits, due, message.sequence_number)

    def lock(self, message: Message, until: float) -> None:
        """Keep a message locked under a new token."""
        message.token = next(self._tokens)
        self.locked[message.token] = message
        self.extend(message, until)

    def extend(self, message: Message, until: float) -> None:
        """Keep a locked message locked for longer."""
        message.locked_until = until
        self._set(self._locks, until, message.token)

    def unlock(self, token: bytes) -> Message | None:
        """Take a locked message."""
        message = self.locked.pop(token, None)
        if message is not None:
            message.locked_until = 0.0

        return message

    def all(self) -> list[Message]:
        """Return every message in the order of sequence numbers."""
        states = (self.active, self.locked, self.scheduled, self.deferred)
        every = itertools.chain.from_iterable(state.values() for state in states)

        return sorted(every, key=lambda message: message.sequence_number)

    def clear(self) -> None:
        """Forget every message."""
        self.locked.clear()
        for state in (self.active, self.scheduled, self.deferred):
            state.clear()

    def next_deadline(self) -> float | None:
        """Return when the first lock, life or wait ends."""
        ends = (self._locks.next(), self._lives.next(), self._waits.next())
        return min((when for when in ends if when is not None), default=None)

    def take_unlocked(self, now: float) -> Iterator[Message]:
        """Take the messages whose lock has ended."""
        for token in self._locks.due(now):
            message = self.unlock(token)
            if message is not None:
                yield message

    def take_due(self, now: float) -> Iterator[Message]:
        """Take the scheduled messages that are due."""
        for number in self._waits.due(now):
            yield self.scheduled.pop(number)

    def take_expired(self, now: float) -> Iterator[Message]:
        """Take the messages whose life has ended; a locked one is left until it comes back."""
        for number in self._lives.due(now):
            yield self.active.pop(number) if number in self.active else self.deferred.pop(number)

    def _set[K](self, deadlines: Deadlines[K], when: float, key: K) -> None:
        if deadlines.set(when, key):
            self.on_deadline()

    def _lock_ends(self, when: float, token: bytes) -> bool:
        message = self.locked.get(token)
        return message is not None and message.locked_until == when

    def _life_ends(self, _: float, number: int) -> bool:
        return number in self.active or number in self.deferred

    def _wait_ends(self, _: float, number: int) -> bool:
        return number in self.scheduled
