"""What the licence allows now: for changes read once a minute while it allows all, or anew."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from connector.application.check_licence import LicenceCheck
from connector.application.licence_ports import LicenceStore, LicenceVerifier
from connector.domain.contact import OrganisationId
from connector.domain.licence import ZONE
from connector.domain.licence_status import LicenceStatus, StoredLicence

FRESH: Final = timedelta(seconds=60)
"""Within this the end of a licence holds changes on every host."""

DOUBTED: Final = timedelta(seconds=1)
"""Within this a new licence is known to every host: none refuses for long what it allows."""


@dataclass(slots=True)
class LicenceKeeping:
    """Keeps the licence of one organisation; the signature is verified at each reading."""

    organisation: OrganisationId
    verifier: LicenceVerifier
    store: LicenceStore
    clock: Callable[[], datetime]
    zone: ZoneInfo = ZONE
    _read: tuple[datetime, LicenceStatus] | None = None

    async def status(self) -> LicenceStatus:
        """Return what the licence allows, as it was at most a minute ago; a refusal is newer."""
        now = self.clock()
        if self._read is None or not timedelta() <= now - self._read[0] < _lasts(self._read[1]):
            return await self.read()

        return self._read[1]

    async def read(self) -> LicenceStatus:
        """Return what the licence allows, whatever was read before."""
        check = self._check()
        status = await check.check()
        self._read = check.now, status

        return status

    async def allows_sync(self) -> bool:
        """Tell whether changes go to Spotler as they happen."""
        return (await self.status()).allows_sync

    def examine(self, text: str) -> LicenceStatus:
        """Return what a code would allow; raises `InvalidLicenceError` when that is nothing."""
        return self._check().examine(text)

    async def check_not_worse(self, text: str) -> None:
        """Raise `LicenceWorseError` when a code would allow less than the stored one."""
        await self._check().check_not_worse(text)

    async def save(
        self, text: str, *, replace_worse: bool = False, over: Collection[str | None] | None = None
    ) -> LicenceStatus:
        """Store a code that allows something now, and no worse one unless the caller insists.

        Raises `InvalidLicenceError`, `LicenceWorseError`, and `LicenceChangedError` when another
        code is there than one of those it may go over.
        """
        check = self._check()
        status = await check.save(text, replace_worse=replace_worse, over=over)
        self._read = check.now, status

        return status

    async def holds(self, text: str) -> bool:
        """Tell whether a code is the one that is stored."""
        return await self._check().holds(text)

    async def take_back(self, text: str, before: StoredLicence | None) -> None:
        """Put what was stored before in the place of a code, unless another took that since."""
        self._read = None
        await self._check().take_back(text, before)

    def _check(self) -> LicenceCheck:
        return LicenceCheck(
            verifier=self.verifier,
            store=self.store,
            organisation=self.organisation,
            now=self.clock(),
            zone=self.zone,
        )


def _lasts(status: LicenceStatus) -> timedelta:
    return FRESH if status.allows_sync and status.allows_initial_sync else DOUBTED
