"""As whom we call Spotler: read from where it was saved, by every host on its own."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from connector.application.connection_ports import ConnectionStore, SecretStore
from connector.domain.connection import Credentials, NotConnectedError, SecretVersion

GOOD_FOR_SECONDS = 30.0
"""A host that is not refused before notices a change within this."""


@dataclass(frozen=True, slots=True)
class GivenCredentials:
    """Is the `SpotlerCredentials` of who tries some that are not saved yet."""

    credentials: Credentials

    async def get(self) -> Credentials:
        """Return the credentials."""
        return self.credentials

    async def renewed(self, refused: Credentials) -> Credentials | None:  # noqa: ARG002 - the port
        """Return None: there are no others."""
        return None


class StoredCredentials:
    """Is the `SpotlerCredentials` of the saved connection.

    The secret is asked for only when the row names another version, so that a secret store that
    is away for a while stops nobody. That nobody is connected is not remembered.
    """

    def __init__(
        self, store: ConnectionStore, secrets: SecretStore, clock: Callable[[], float]
    ) -> None:
        """Take where the connection is kept, and a clock that never goes back."""
        self._store = store
        self._secrets = secrets
        self._clock = clock
        self._reading = asyncio.Lock()
        self._known: tuple[SecretVersion, Credentials] | None = None
        self._good_until = float("-inf")

    async def get(self) -> Credentials:
        """Return the credentials; nobody waits for a read as long as the last one is good."""
        if self._known is not None and self._clock() < self._good_until:
            return self._known[1]

        async with self._reading:
            if self._known is not None and self._clock() < self._good_until:
                return self._known[1]

            return await self._read()

    async def renewed(self, refused: Credentials) -> Credentials | None:
        """Return others than those that Spotler refused, if somebody has saved others since."""
        async with self._reading:
            known = self._known[1] if self._known else None
            if known is None or known == refused:
                known = await self._read()

        return None if known == refused else known

    def forget(self) -> None:
        """Read anew at the next call: somebody has saved."""
        self._good_until = float("-inf")

    async def _read(self) -> Credentials:
        row = await self._store.find()
        if row is None:
            self._known = None
            raise NotConnectedError

        if self._known is None or self._known[0] != row.secret_version:
            secret = await self._secrets.get(row.secret_version)
        else:
            secret = self._known[1].secret

        credentials = Credentials(row.key, secret)
        self._known = row.secret_version, credentials
        self._good_until = self._clock() + GOOD_FOR_SECONDS

        return credentials
