"""The life of a message in a queue: enqueued, handed out, given back, expired or dead-lettered.

https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from math import inf
from types import MappingProxyType
from typing import Self

from devstack.servicebus.conditions import NOT_ALLOWED, RefusedError, lock_lost
from devstack.servicebus.config import QueueSettings
from devstack.servicebus.message import Message
from devstack.servicebus.sections import with_application_properties
from devstack.servicebus.store import Store, nothing

DEAD_LETTER_SUFFIX = "/$deadletterqueue"
NO_CHANGES: Mapping[str, object] = MappingProxyType({})


class Lifecycle(ABC):
    """What happens to the messages of a queue as time and deliveries go by."""

    def __init__(
        self, settings: QueueSettings, clock: Callable[[], float], dead_letters: Self | None
    ) -> None:
        self.settings = settings
        self.dead_letters = dead_letters
        self.name = settings.name if dead_letters else settings.name + DEAD_LETTER_SUFFIX
        self.store = Store()
        self.on_change: Callable[[], None] = nothing
        self.incoming = self.completed = 0

        ttl = settings.default_time_to_live
        self._clock = clock
        self._lock_seconds = settings.lock_duration.total_seconds()
        self._longest_life = inf if ttl is None else ttl.total_seconds()

    @abstractmethod
    def dispatch(self) -> None:
        """Hand out what became active."""

    def _enqueue(self, message: Message, now: float) -> None:
        message.enqueued_at = now
        message.time_to_live = min(message.time_to_live, self._longest_life)
        message.expires_at = now + message.time_to_live
        self.store.add(message)

    def _hand_out(self, message: Message, now: float, *, deletes: bool) -> None:
        if deletes:
            self.completed += 1
            self.on_change()
        else:
            self.store.lock(message, now + self._lock_seconds)

    def _unlock(self, token: bytes) -> Message:
        message = self.store.locked.get(token)
        if message is None or message.locked_until <= self._clock():
            raise lock_lost()

        self.store.unlock(token)

        return message

    def _unlock_changed(self, token: bytes, changes: Mapping[str, object]) -> Message:
        """Unlock a message and set application properties of it; the others stay."""
        message = self._unlock(token)
        if changes:
            message.bare = with_application_properties(message.bare, changes)

        return message

    def _count_delivery(self, message: Message) -> None:
        message.delivery_count += 1
        most = self.settings.max_delivery_count
        if self.dead_letters is not None and message.delivery_count >= most:
            description = f"Message could not be consumed after {most} delivery attempts."
            self._bury(message, "MaxDeliveryCountExceeded", description)
        else:
            self._restore(message)

    def _restore(self, message: Message) -> None:
        if message.expires_at <= self._clock():
            self._expire(message)
        else:
            self.store.add(message)

    def _expire(self, message: Message) -> None:
        if self.settings.dead_letters_expired:
            description = "The message expired and was dead lettered."
            self._bury(message, "TTLExpiredException", description)
        else:
            self.on_change()

    def _bury(self, message: Message, reason: str | None, description: str | None) -> None:
        told = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
        extra = {name: text for name, text in told.items() if text is not None}
        if extra:
            message.bare = with_application_properties(message.bare, extra)
        message.dead_letter_source = self.settings.name
        message.deferred = False
        message.expires_at = inf

        grave = self._grave()
        grave.store.add(message)
        grave.incoming += 1
        grave.dispatch()
        self.on_change()

    def _grave(self) -> Self:
        if self.dead_letters is None:
            raise RefusedError(NOT_ALLOWED, "A dead letter cannot be dead-lettered again.")

        return self.dead_letters
