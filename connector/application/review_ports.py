"""What looking at what did not go through needs of the world."""

from collections.abc import Collection
from typing import Protocol

from connector.domain.contact import RecordKey
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
