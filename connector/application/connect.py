"""Connect to Spotler: look whether everything works, and save only then."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from connector.application.check_connections import ConnectionChecker
from connector.application.connection_ports import ConnectionStore, SecretStore, SpotlerProbe
from connector.application.licence_keeping import LicenceKeeping
from connector.application.ports import MarketingGateway
from connector.application.save_connection import ConnectionSaving, NewLicence
from connector.application.spotler_credentials import StoredCredentials
from connector.application.system_checks import Looked, SystemChecks, skip_fields
from connector.domain.connection import (
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
)
from connector.domain.errors import ConnectorError
from connector.domain.licence_status import StoredLicence

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Is what an administrator filled in; None keeps what is saved.

    `replace_licence` says that a licence may take the place of a better one.
    """

    key: str | None = field(default=None, repr=False)
    secret: Secret | None = None
    licence: str | None = field(default=None, repr=False)
    replace_licence: bool = False

    def new_licence(self, seen: StoredLicence | None) -> NewLicence | None:
        """Return the licence to enter in the place of the one that was seen, if there is one."""
        if self.licence is None:
            return None

        return NewLicence(self.licence, seen, self.replace_licence)


@dataclass(slots=True, kw_only=True)
class Connecting:
    """Is where an administrator connects the organisation.

    What is found of the connection that is saved is what the checker knows from then on.
    """

    store: ConnectionStore
    secrets: SecretStore
    credentials: StoredCredentials
    probe: SpotlerProbe
    marketing: MarketingGateway
    licence: LicenceKeeping
    checks: SystemChecks
    checker: ConnectionChecker
    clock: Callable[[], datetime]

    async def find(self) -> StoredConnection | None:
        """Return the connection, or None when nobody saved one."""
        return await self.store.find()

    async def test(self, wanted: Wanted) -> Checked:
        """Look whether everything would work with these values, and write nothing."""
        stored = await self.store.find()
        looked = await self._look(wanted, stored)
        if stored is not None and wanted == Wanted():
            return await self.checker.note(looked)

        return Checked(looked.checks, self.clock())

    async def save(self, wanted: Wanted, *, saved_by: str) -> StoredConnection:
        """Save the connection and the licence if everything works, or else nothing.

        The secret is safe before the row names its version, and that one write switches key and
        secret together: a crash in between leaves what was there. A licence alone leaves the row
        as it is. Raises `ChecksFailedError`, `LicenceWorseError`, `ConnectionChangedError` when
        somebody else was faster, and `PartlySavedError` when not all is as it was.
        """
        stored = await self.store.find()
        licence = await self.licence.store.find() if wanted.licence is not None else None
        looked = await self._look(wanted, stored)
        checked = Checked(looked.checks, self.clock())
        if not checked.is_good:
            raise ChecksFailedError(checked)
        if wanted.licence is not None and not wanted.replace_licence:
            await self.licence.check_not_worse(wanted.licence)

        connection = await self._to_connection(wanted, stored, saved_by)
        saving = ConnectionSaving(self.store, self.licence)
        await saving.save(None if connection is stored else connection, wanted.new_licence(licence))

        self.credentials.forget()
        if wanted.secret is not None:
            await self._disable_older(connection)
        await self._read_fields_again()
        await self.checker.note(looked)

        return connection

    async def _to_connection(
        self, wanted: Wanted, stored: StoredConnection | None, saved_by: str
    ) -> StoredConnection:
        """Return the row to write; what is not given is there, or a check would have failed.

        Without a key and a secret it is the row that is there.
        """
        if stored is not None and not wanted.key and wanted.secret is None:
            return stored

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

    async def _look(self, wanted: Wanted, stored: StoredConnection | None) -> Looked:
        return await self.checks.look(self._check_spotler(wanted, stored), wanted.licence)

    async def _check_spotler(
        self, wanted: Wanted, stored: StoredConnection | None
    ) -> tuple[Check, ...]:
        if missing := _missing(wanted, stored):
            return (*missing, *skip_fields())

        async def complete() -> Credentials:
            return await self._complete(wanted, stored)

        return await self.checks.check_spotler(complete, self.probe.read_catalogue)

    async def _complete(self, wanted: Wanted, stored: StoredConnection | None) -> Credentials:
        key, secret = wanted.key, wanted.secret
        if stored is not None:
            key = key or stored.key
            secret = secret or await self.secrets.get(stored.secret_version)

        return Credentials(key or "", secret or Secret(""))


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
