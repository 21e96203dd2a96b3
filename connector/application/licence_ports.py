"""What the licence needs of the world; adapters and the tests' fakes fulfil it."""

from typing import Protocol

from connector.domain.licence import Licence
from connector.domain.licence_status import StoredLicence


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
