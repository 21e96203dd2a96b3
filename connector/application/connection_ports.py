"""What a connection to Spotler needs of the world; adapters and the tests' fakes fulfil it."""

from typing import Protocol

from connector.domain.connection import Credentials, Secret, SecretVersion, StoredConnection
from connector.domain.property import Catalogue


class ConnectionStore(Protocol):
    """Keeps the connection of one organisation, never its secret; every write is conditional."""

    async def find(self) -> StoredConnection | None:
        """Return the connection, or None when nobody saved one."""

    async def save(self, connection: StoredConnection) -> bool:
        """Write the row if it is still as it was read; False when the race is lost.

        What has no etag is written only if there is no row.
        """


class SecretStore(Protocol):
    """Keeps secrets, each under a version of its own: none is ever written over.

    Raises `TransientError` when it cannot answer now, `ConfigurationError` when it refuses us.
    """

    async def save(self, secret: Secret) -> SecretVersion:
        """Keep a secret and return its version, once it is safe."""

    async def get(self, version: SecretVersion) -> Secret:
        """Return a secret; raises `ConfigurationError` when there is none of that version."""

    async def disable_older(self, version: SecretVersion) -> None:
        """Make useless what was saved before a version, where the store can; newer ones stay.

        What was saved at the same time may be about to be named by a connection.
        """


class SpotlerCredentials(Protocol):
    """Knows as whom to call Spotler."""

    async def get(self, *, now: bool = False) -> Credentials:
        """Return the credentials, on demand those of now; raises `NotConnectedError` without any.

        Otherwise they may have been read a while ago.
        """

    async def renewed(self, refused: Credentials) -> Credentials | None:
        """Return others than those that Spotler refused, if somebody has saved others since."""


class SpotlerProbe(Protocol):
    """Calls Spotler with credentials that are not saved yet."""

    async def read_catalogue(self, credentials: Credentials) -> Catalogue:
        """Return the visible contact fields; raises as `MarketingGateway` does."""
