"""Connect to Spotler: look whether everything works, and save only then."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from connector.application.connection_ports import ConnectionStore, SecretStore, SpotlerProbe
from connector.application.licence_keeping import LicenceKeeping
from connector.application.mapped_columns import Checkable
from connector.application.ports import MarketingGateway
from connector.application.spotler_credentials import StoredCredentials
from connector.domain.connection import (
    ConnectionChangedError,
    Credentials,
    Secret,
    StoredConnection,
)
from connector.domain.connection_check import (
    Check,
    CheckCode,
    Checked,
    CheckField,
    CheckName,
    ChecksFailedError,
    check_fields,
    to_check,
)
from connector.domain.errors import ConfigurationError, ConnectorError
from connector.domain.licence import InvalidLicenceError
from connector.domain.licence_status import LicenceState

logger = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 10.0
"""Somebody sits before the page and waits."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Is what an administrator filled in; None keeps what is saved.

    `replace_licence` says that a licence may take the place of a better one.
    """

    key: str | None = field(default=None, repr=False)
    secret: Secret | None = None
    licence: str | None = field(default=None, repr=False)
    replace_licence: bool = False


@dataclass(slots=True)
class Connecting:
    """Is where an administrator connects the organisation.

    `checked` is what was last found of the connection that is saved, and of no other values.
    """

    store: ConnectionStore
    secrets: SecretStore
    credentials: StoredCredentials
    probe: SpotlerProbe
    crm: Checkable
    marketing: MarketingGateway
    licence: LicenceKeeping
    clock: Callable[[], datetime]
    patience_seconds: float = PATIENCE_SECONDS
    checked: Checked | None = None

    async def find(self) -> StoredConnection | None:
        """Return the connection, or None when nobody saved one."""
        return await self.store.find()

    async def test(self, wanted: Wanted) -> Checked:
        """Look whether everything would work with these values, and write nothing."""
        stored = await self.store.find()
        checked = await self._check(wanted, stored)
        if stored is not None and wanted == Wanted():
            self.checked = checked

        return checked

    async def save(self, wanted: Wanted, *, saved_by: str) -> StoredConnection:
        """Save the connection and the licence if everything works, or else nothing.

        The secret is safe before the row names its version, and that one write switches key and
        secret together: a crash in between leaves what was there. Raises `ChecksFailedError`,
        `LicenceWorseError`, and `ConnectionChangedError` when somebody else was faster.
        """
        stored = await self.store.find()
        checked = await self._check(wanted, stored)
        if not checked.is_good:
            raise ChecksFailedError(checked)
        if wanted.licence is not None and not wanted.replace_licence:
            await self.licence.check_not_worse(wanted.licence)

        connection = await self._to_connection(wanted, stored, saved_by)
        if not await self.store.save(connection):
            raise ConnectionChangedError(
                "a connection must not be saved by several people at once: look, and save again"
            )

        self.credentials.forget()
        if wanted.secret is not None:
            await self._disable_older(connection)
        if wanted.licence is not None:
            await self.licence.save(wanted.licence, replace_worse=wanted.replace_licence)
        await self._read_fields_again()
        self.checked = checked

        return connection

    async def _to_connection(
        self, wanted: Wanted, stored: StoredConnection | None, saved_by: str
    ) -> StoredConnection:
        """Return the row to write; what is not given is there, or a check would have failed."""
        key = wanted.key or (stored.key if stored else "")
        if wanted.secret is None and stored is not None:
            version = stored.secret_version
        else:
            version = await self.secrets.save(wanted.secret or Secret(""))

        return StoredConnection(
            key, version, self.clock(), saved_by, etag=stored.etag if stored else None
        )

    async def _disable_older(self, connection: StoredConnection) -> None:
        """Leave one secret that opens Spotler; one that cannot be disabled now opens it longer."""
        try:
            await self.secrets.disable_older(connection.secret_version)
        except ConnectorError as exc:
            logger.warning("older secrets were not disabled: %s", exc)

    async def _read_fields_again(self) -> None:
        """Let what was made visible in Spotler be known at once; what is saved stays saved."""
        try:
            await self.marketing.check()
        except ConnectorError as exc:
            logger.warning("spotler's fields are read later: %s", exc)

    async def _check(self, wanted: Wanted, stored: StoredConnection | None) -> Checked:
        spotler, dataverse, licence = await asyncio.gather(
            self._check_spotler(wanted, stored), self._check_crm(), self._check_licence(wanted)
        )

        return Checked((*spotler, dataverse, licence), self.clock())

    async def _check_spotler(
        self, wanted: Wanted, stored: StoredConnection | None
    ) -> tuple[Check, ...]:
        fields = Check.skipped(CheckName.FIELDS)
        if missing := _missing(wanted, stored):
            return (*missing, fields)

        try:
            credentials = await self._complete(wanted, stored)
        except ConnectorError as exc:
            return _unreadable(exc), fields

        try:
            async with asyncio.timeout(self.patience_seconds):
                catalogue = await self.probe.read_catalogue(credentials)
        except (ConnectorError, TimeoutError) as exc:
            return to_check(CheckName.SPOTLER, exc), fields

        return Check(CheckName.SPOTLER), check_fields(catalogue)

    async def _complete(self, wanted: Wanted, stored: StoredConnection | None) -> Credentials:
        key, secret = wanted.key, wanted.secret
        if stored is not None:
            key = key or stored.key
            secret = secret or await self.secrets.get(stored.secret_version)

        return Credentials(key or "", secret or Secret(""))

    async def _check_crm(self) -> Check:
        try:
            async with asyncio.timeout(self.patience_seconds):
                await self.crm.check()
        except (ConnectorError, TimeoutError) as exc:
            return to_check(CheckName.DATAVERSE, exc)

        return Check(CheckName.DATAVERSE)

    async def _check_licence(self, wanted: Wanted) -> Check:
        name, at = CheckName.LICENCE, CheckField.LICENCE
        try:
            if wanted.licence is not None:
                self.licence.examine(wanted.licence)
                return Check(name)

            status = await self.licence.status()
        except InvalidLicenceError as exc:
            return Check.failed(name, exc.fault, str(exc), at)
        except ConnectorError as exc:
            return to_check(name, exc)

        if status.state is LicenceState.NONE:
            said = "a licence code must be given: ask GAC Business Solutions for one"
            return Check.failed(name, CheckCode.LICENCE_MISSING, said, at)
        if status.reason is not None:
            return Check.failed(name, status.reason, status.reason.advice, at)

        return Check(name)


def _missing(wanted: Wanted, stored: StoredConnection | None) -> tuple[Check, ...]:
    if stored is not None:
        return ()

    key = Check.failed(
        CheckName.SPOTLER,
        CheckCode.KEY_MISSING,
        "the authentication key must be given: it stands in spotler's settings, integrations",
        CheckField.KEY,
    )
    secret = Check.failed(
        CheckName.SPOTLER,
        CheckCode.SECRET_MISSING,
        "the authentication secret must be given: it stands in spotler's settings, integrations",
        CheckField.SECRET,
    )

    return (*([] if wanted.key else [key]), *([] if wanted.secret else [secret]))


def _unreadable(error: ConnectorError) -> Check:
    """Tell of a secret that is kept and cannot be had; only a missing one helps to be entered."""
    if isinstance(error, ConfigurationError):
        said = f"{error}; enter the secret again"
        return Check.failed(CheckName.SPOTLER, CheckCode.SECRET_UNREADABLE, said, CheckField.SECRET)

    return to_check(CheckName.SPOTLER, error)
