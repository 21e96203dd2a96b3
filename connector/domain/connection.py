"""The connection to Spotler: as whom we call, and where that is noted."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NewType

from connector.domain.errors import ConfigurationError, ConnectorError, System

SecretVersion = NewType("SecretVersion", str)

SHOWN: Final = 4
"""So many characters at the end of a key tell people which one it is, and nobody more."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Is a text that shows itself nowhere: no log, error or answer gets it by accident."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Is as whom we call Spotler."""

    key: str = field(repr=False)
    secret: Secret


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """Is the connection as it is kept: the key, and under which version its secret lies elsewhere.

    `etag` is None as long as there is no row.
    """

    key: str = field(repr=False)
    secret_version: SecretVersion
    saved_at: datetime
    saved_by: str
    etag: str | None = None

    @property
    def key_ends(self) -> str | None:
        """Return the end of the key, or None where that would be too much of it."""
        return self.key[-SHOWN:] if len(self.key) > 2 * SHOWN else None


class NotConnectedError(ConfigurationError):
    """Lacks a key and a secret: nobody has saved a connection yet."""

    system = System.SPOTLER

    def __init__(self) -> None:
        """Say where to do so."""
        super().__init__("spotler must be connected on the config page")


class OtherOrganisationError(ConfigurationError):
    """An environment of Dynamics whose organisation is not the one of the settings."""

    system = System.DATAVERSE

    def __init__(self) -> None:
        """Say which settings belong together."""
        super().__init__(
            "DATAVERSE_ORGANISATION_ID must be the organisation of the environment at DATAVERSE_URL"
        )


class CredentialsRefusedError(ConfigurationError):
    """Was refused by Spotler for as whom we called; `is_key_unknown` is a hint, not a proof."""

    def __init__(self, message: str, *, is_key_unknown: bool = False) -> None:
        """Take whether Spotler says that it is the key."""
        super().__init__(message)
        self.is_key_unknown = is_key_unknown


class ConnectionChangedError(ConnectorError):
    """Was overtaken by somebody who saved at the same time."""
