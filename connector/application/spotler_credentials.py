"""As whom we call Spotler: read from where it was saved, by every host on its own."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from connector.application.connection_ports import (
    ConnectionStore,
    SecretStore,
    SpotlerCredentials,
)
from connector.domain.connection import (
    Credentials,
    NotConnectedError,
    OtherAccountError,
    SecretVersion,
)
from connector.domain.contact import Account

GOOD_FOR_SECONDS = 30.0
"""A host that is not refused before notices a change within this."""


@dataclass(frozen=True, slots=True)
class GivenCredentials:
    """Is the `SpotlerCredentials` of who tries some that are not saved yet."""

    credentials: Credentials

    async def get(self, *, now: bool = False) -> Credentials:  # noqa: ARG002 - the port
        """Return the credentials."""
        return self.credentials

    async def renewed(self, refused: Credentials) -> Credentials | None:  # noqa: ARG002 - the port
        """Return None: there are no others."""
        return None


@dataclass(frozen=True, slots=True)
class AccountCredentials:
    """The `SpotlerCredentials` of one account: none once another is connected."""

    credentials: SpotlerCredentials
    account: Account

    async def get(self, *, now: bool = False) -> Credentials:
        """Return the credentials; raises `OtherAccountError` when they are of another account."""
        return self._own(await self.credentials.get(now=now))

    async def renewed(self, refused: Credentials) -> Credentials | None:
        """Return others than those that Spotler refused, which are of the same account."""
        others = await self.credentials.renewed(refused)

        return others and self._own(others)

    def _own(self, found: Credentials) -> Credentials:
        if found.account != self.account:
            raise OtherAccountError

        return found


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

    async def get(self, *, now: bool = False) -> Credentials:
        """Return the credentials; nobody waits for a read as long as the last one is good.

        Who wants those of now has them read anew, whatever is known.
        """
        known = None if now else self._find_good()
        if known is not None:
            return known

        async with self._reading:
            known = None if now else self._find_good()
            return known or await self._read()

    def _find_good(self) -> Credentials | None:
        if self._known is None or self._clock() >= self._good_until:
            return None

        return self._known[1]

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
