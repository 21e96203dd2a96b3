"""What looking at what did not go through needs of the world."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Protocol

from connector.domain.contact import RecordKey
from connector.domain.dead_letter import DeadLetters
from connector.domain.event import Event
from connector.domain.parking import ParkedEvent
from connector.domain.record_list import Counts, RecordFilter, StatePage


class RecordLists(Protocol):
    """Lists the sync states of records, in an order of its own that never changes."""

    async def count(self) -> Counts:
        """Count all records that have a status; this reads every one of them."""

    async def list_page(
        self, wanted: RecordFilter, *, size: int, after: RecordKey | None = None
    ) -> StatePage:
        """Return the first states that are wanted, or the first ones behind a record.

        That record need not be there any more.
        """


class ParkedRows(Protocol):
    """Looks at what is parked, as the workers keep it by the `ParkingStore`."""

    async def list_deleted(self, keys: Collection[RecordKey]) -> Collection[RecordKey]:
        """Return the records of which a deletion is parked."""

    async def list_parked(self, most: int) -> Sequence[ParkedEvent]:
        """Return what is parked, at most so many; of long bodies only the beginning.

        What waits for the licence comes last.
        """

    async def find_parked(self, ids: Collection[str]) -> Sequence[ParkedEvent]:
        """Return what is parked under some ids, as far as it is there, each with its etag."""

    async def remove(self, parked: ParkedEvent) -> bool:
        """Remove a row if it is still as it was read, and tell whether it is gone."""


class FreshQueue(Protocol):
    """Carries events that somebody sends once more."""

    async def send_anew(self, events: Sequence[Event]) -> None:
        """Queue events so that the queue does not take them for some that it had before.

        Raises `TransientError` when the queue does not take them.
        """


class ReadMessage(Protocol):
    """Understands messages."""

    def __call__(self, queue: str, body: bytes) -> Event:
        """Return what a message of a queue says; raises `InvalidEventError` for any other."""


type HandOver = Callable[[Sequence[bytes]], Awaitable[Sequence[bool]]]
"""Takes the bodies of messages, and says of each whether it is safe now and may go."""


class DeadLetterBox(Protocol):
    """Keeps what the queues gave up.

    Every call raises `TransientError` when Service Bus does not answer in time.
    """

    async def list_dead(self, queue: str, most: int) -> DeadLetters:
        """Look at the messages that a queue gave up, at most so many, and take none."""

    async def hand_over(
        self, queue: str, numbers: Collection[int], take: HandOver
    ) -> Sequence[bool]:
        """Offer messages by their sequence numbers, and remove each that is taken.

        Returns whether it was taken for each that was there; the others stay.
        """
