"""The connection to Spotler: as whom we call, and where that is noted."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from connector.domain.contact import Account
from connector.domain.errors import ConfigurationError, ConnectorError, System, TransientError

SecretVersion = NewType("SecretVersion", str)

SHOWN: Final = 4
"""So many characters at the end of a key tell people which one it is, and nobody more."""

ACCOUNT_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Secret:
    """Is a text that shows itself nowhere: no log, error or answer gets it by accident."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Is as whom we call Spotler."""

    key: str = field(repr=False)
    secret: Secret

    @property
    def account(self) -> Account:
        """Return the account of the key: a key is of one account only."""
        return Account(hashlib.sha256(self.key.encode()).hexdigest()[:ACCOUNT_LENGTH])


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

    def is_same(self, other: "StoredConnection | None") -> bool:
        """Tell whether a row is this one, whatever its etag."""
        return other is not None and replace(other, etag=self.etag) == self


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


class OtherAccountError(TransientError):
    """A call that was meant for another Spotler account than the one that is connected now."""

    def __init__(self) -> None:
        """Say what becomes of the work."""
        super().__init__("the spotler account changed: what was begun for one must begin anew")


class CredentialsRefusedError(ConfigurationError):
    """Was refused by Spotler for as whom we called; `is_key_unknown` is a hint, not a proof."""

    def __init__(self, message: str, *, is_key_unknown: bool = False) -> None:
        """Take whether Spotler says that it is the key."""
        super().__init__(message)
        self.is_key_unknown = is_key_unknown


class ConnectionChangedError(ConnectorError):
    """Was overtaken by somebody who saved at the same time."""


class SavedPart(StrEnum):
    """Tells what a save writes in one go: key and secret together, and the licence."""

    CONNECTION = "connection"
    LICENCE = "licence"


class PartlySavedError(ConnectorError):
    """A save that failed, of which something stayed or of which nobody can tell."""

    def __init__(
        self, *, saved: Sequence[SavedPart] = (), unsure: Sequence[SavedPart] = ()
    ) -> None:
        """Take what is saved all the same, and what may be; the rest is as it was."""
        super().__init__(
            "the tables must take and tell what is saved: look at what is there, and save again"
        )
        self.saved = saved
        self.unsure = unsure
