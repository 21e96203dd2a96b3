"""The semantics of one queue: what Service Bus does with a message, apart from any wire.

Nothing here waits or knows the network. Time comes from a clock; whoever owns the queue calls
`tick` when `store.next_deadline()` has come.
https://learn.microsoft.com/azure/service-bus-messaging/message-transfers-locks-settlement
"""

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, Self

from devstack.servicebus.conditions import lock_lost, message_not_found
from devstack.servicebus.config import QueueSettings
from devstack.servicebus.duplicates import Duplicates
from devstack.servicebus.lifecycle import NO_CHANGES, Lifecycle
from devstack.servicebus.message import Message


def _open(_: str) -> None:
    """Let every send pass."""


class Consumer(Protocol):
    """A receiver that waits for messages."""

    @property
    def deletes(self) -> bool:
        """Tell whether what it receives is gone at once, without a lock."""

    @property
    def credit(self) -> int:
        """Return how many more messages it takes."""

    def deliver(self, message: Message) -> None:
        """Take one message."""


class Queue(Lifecycle):
    """A queue with its dead letters; the dead letters are a queue without any of their own."""

    def __init__(
        self,
        settings: QueueSettings,
        clock: Callable[[], float] = time.time,
        dead_letters: Self | None = None,
    ) -> None:
        super().__init__(settings, clock, dead_letters)
        self.journal: deque[Message] = deque(maxlen=0)
        self.gate: Callable[[str], None] = _open
        self.duplicates = 0

        self._history = Duplicates(settings.duplicate_window.total_seconds())
        self._sequence = itertools.count(1)
        self._hungry: deque[Consumer] = deque()

    @classmethod
    def with_dead_letters(
        cls, settings: QueueSettings, clock: Callable[[], float] = time.time
    ) -> Self:
        """Make a queue and the queue of its dead letters."""
        return cls(settings, clock, dead_letters=cls(settings, clock))

    def send(self, messages: Iterable[Message]) -> list[int]:
        """Take messages, drop duplicates, and return the sequence numbers."""
        self.gate(self.name)
        now = self._clock()
        numbers = [self._accept(message, now) for message in messages]
        self.dispatch()

        return numbers

    def subscribe(self, consumer: Consumer) -> None:
        """Deliver to a consumer for as long as it has credit."""
        if consumer not in self._hungry:
            self._hungry.append(consumer)
        self.dispatch()

    def unsubscribe(self, consumer: Consumer) -> None:
        """Deliver no more to a consumer; what it has locked stays locked."""
        if consumer in self._hungry:
            self._hungry.remove(consumer)

    def complete(self, token: bytes) -> None:
        """Remove a locked message for good."""
        self._unlock(token)
        self.completed += 1
        self.on_change()

    def abandon(self, token: bytes, changes: Mapping[str, object] = NO_CHANGES) -> None:
        """Give a locked message back, with changed properties, and count the delivery."""
        self._count_delivery(self._unlock_changed(token, changes))
        self.dispatch()

    def release(self, token: bytes) -> None:
        """Give a locked message back as if it was never delivered."""
        self._restore(self._unlock(token))
        self.dispatch()

    def defer(self, token: bytes, changes: Mapping[str, object] = NO_CHANGES) -> None:
        """Set a locked message aside until it is asked for by its sequence number."""
        message = self._unlock_changed(token, changes)
        message.deferred = True
        self._restore(message)
        self.on_change()

    def dead_letter(
        self,
        token: bytes,
        reason: str | None,
        description: str | None,
        changes: Mapping[str, object] = NO_CHANGES,
    ) -> None:
        """Move a locked message, with changed properties, to the dead letters."""
        self._grave()
        self._bury(self._unlock_changed(token, changes), reason, description)

    def renew(self, tokens: Sequence[bytes]) -> list[float]:
        """Lock messages anew and return until when."""
        self.tick()
        if any(token not in self.store.locked for token in tokens):
            raise lock_lost()

        until = self._clock() + self._lock_seconds
        for token in tokens:
            self.store.extend(self.store.locked[token], until)

        return [until] * len(tokens)

    def receive_deferred(self, numbers: Sequence[int], *, deletes: bool) -> list[Message]:
        """Lock, or remove, deferred messages by their sequence numbers."""
        deferred = self.store.deferred
        if any(number not in deferred for number in numbers):
            raise message_not_found(
                "Failed to lock one or more specified messages. The message does not exist."
            )

        messages = [deferred.pop(number) for number in numbers]
        for message in messages:
            self._hand_out(message, self._clock(), deletes=deletes)

        return messages

    def cancel(self, numbers: Sequence[int]) -> None:
        """Remove scheduled messages by their sequence numbers."""
        if any(number not in self.store.scheduled for number in numbers):
            raise message_not_found("The scheduled message to cancel could not be found.")

        for number in numbers:
            del self.store.scheduled[number]
        self.on_change()

    def clear(self) -> None:
        """Forget every message, every id and every count."""
        self.store.clear()
        self.journal.clear()
        self.incoming = self.completed = self.duplicates = 0
        self._history.clear()
        self.on_change()

    def is_idle(self, horizon: float) -> bool:
        """Tell whether nothing is active, locked, or due within so many seconds."""
        if self.store.active or self.store.locked:
            return False

        end = self._clock() + horizon
        return all((message.scheduled_for or 0) > end for message in self.store.scheduled.values())

    def tick(self) -> None:
        """Do what is due: give back what lost its lock, enqueue the scheduled, expire."""
        now = self._clock()
        for message in self.store.take_unlocked(now):
            self._count_delivery(message)
        for message in self.store.take_due(now):
            message.sequence_number = next(self._sequence)
            self._enqueue(message, now)
        for message in self.store.take_expired(now):
            self._expire(message)
        self.dispatch()

    def dispatch(self) -> None:
        """Hand active messages to the consumers that have credit, each in its turn."""
        while self._hungry:
            consumer = self._hungry[0]
            if consumer.credit <= 0:
                self._hungry.popleft()
                continue

            message = self.store.take()
            if message is None:
                return

            now = self._clock()
            if message.expires_at <= now:
                self._expire(message)
                continue

            self._hungry.rotate(-1)
            self._hand_out(message, now, deletes=consumer.deletes)
            consumer.deliver(message)

    def _accept(self, message: Message, now: float) -> int:
        message.sequence_number = next(self._sequence)
        if self._repeats(message, now):
            self.duplicates += 1
            return message.sequence_number

        self.incoming += 1
        self.journal.append(message)
        due = message.scheduled_for
        if due is not None and due > now:
            message.enqueued_at = due
            self.store.schedule(message, due)
        else:
            self._enqueue(message, now)

        return message.sequence_number

    def _repeats(self, message: Message, now: float) -> bool:
        if not self.settings.detects_duplicates or message.message_id is None:
            return False

        return self._history.repeats(message.message_id, now)
