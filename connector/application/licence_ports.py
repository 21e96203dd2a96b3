"""What the licence needs of the world; adapters and the tests' fakes fulfil it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from connector.domain.licence import Licence
from connector.domain.licence_status import StoredLicence
from connector.domain.parking import ParkedEvent


class LicenceVerifier(Protocol):
    """Knows whose signatures to trust."""

    def verify(self, code: str) -> Licence:
        """Return what a code says; raises `InvalidLicenceError` when we did not issue it."""


class LicenceStore(Protocol):
    """Keeps the licence code of one organisation; every write is conditional."""

    async def find(self) -> StoredLicence | None:
        """Return the code as it was entered, or None when nobody entered one."""

    async def save(self, stored: StoredLicence) -> bool:
        """Write the row if it is still as it was read; False when the race is lost.

        What has no etag is written only if there is no row.
        """

    async def remove(self, stored: StoredLicence) -> bool:
        """Remove the row if it is still as it was read; False when the race is lost."""


class LicenceGate(Protocol):
    """Knows what the licence allows now."""

    async def allows_sync(self) -> bool:
        """Tell whether changes go to Spotler as they happen; raises when nobody can tell now."""


class HeldEvents(Protocol):
    """Keeps events until something is put right that concerns them all."""

    async def list_for(
        self, reason: str, *, most: int, due: datetime | None = None
    ) -> Sequence[ParkedEvent]:
        """Return some of what is parked for a reason, none only when there is none.

        With `due`, a moment, there is only what is to be tried again then.
        """

    async def forget(self, parked: Sequence[ParkedEvent]) -> None:
        """Forget what is still parked as it was listed; what was parked anew since stays."""

    async def postpone(self, parked: Sequence[ParkedEvent], now: datetime) -> Sequence[ParkedEvent]:
        """Note that events are tried now; return those that were still parked as listed."""
