"""Write a connection and a licence, which lie in two tables: both of them, or neither."""

from dataclasses import dataclass, field

from connector.application.connection_ports import ConnectionStore
from connector.application.licence_keeping import LicenceKeeping
from connector.domain.connection import (
    ConnectionChangedError,
    PartlySavedError,
    SavedPart,
    StoredConnection,
)
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError
from connector.domain.licence import to_code
from connector.domain.licence_change import LicenceChangedError
from connector.domain.licence_status import StoredLicence

CHANGED = "a connection must not be saved by several people at once: look, and save again"


@dataclass(frozen=True, slots=True)
class NewLicence:
    """A code to enter where that was seen; `replace_worse` lets it replace a better one."""

    code: str = field(repr=False)
    seen: StoredLicence | None
    replace_worse: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionSaving:
    """The two writes of a save, in an order that leaves what was there when one of them fails.

    The licence comes first: with the old key it does no harm, while a key of another account would
    be at work at once. When the row of the key cannot be written the licence is taken back.
    """

    store: ConnectionStore
    licence: LicenceKeeping

    async def save(
        self, connection: StoredConnection | None, licence: NewLicence | None = None
    ) -> None:
        """Write what is given.

        Raises what stopped it when all is as it was, and `PartlySavedError` when it is not.
        """
        if licence is not None:
            await self._check_unchanged(connection)
            await self._enter(licence)

        if connection is not None:
            try:
                await self._switch(connection)
            except PartlySavedError as exc:
                saved = () if licence is None else (SavedPart.LICENCE,)
                raise PartlySavedError(saved=saved, unsure=exc.unsure) from exc
            except ConnectorError:
                if licence is not None:
                    await self._take_back(licence)
                raise

    async def _check_unchanged(self, connection: StoredConnection | None) -> None:
        """Look once more before the first write whether the second one could succeed."""
        if connection is None:
            return

        now = await self.store.find()
        if (now.etag if now else None) != connection.etag:
            raise ConnectionChangedError(CHANGED)

    async def _enter(self, licence: NewLicence) -> None:
        """Store the licence; a lost answer is no lost write."""
        over = {licence.seen.code if licence.seen else None, to_code(licence.code)}
        try:
            await self.licence.save(licence.code, replace_worse=licence.replace_worse, over=over)
        except LicenceChangedError as exc:
            raise ConnectionChangedError(CHANGED) from exc
        except (TransientError, ConfigurationError):
            if not await self._holds(licence):
                raise

    async def _switch(self, connection: StoredConnection) -> None:
        """Write the row; a lost answer, or a write that was made twice, is no failure."""
        failure: ConnectorError = ConnectionChangedError(CHANGED)
        try:
            if await self.store.save(connection):
                return
        except (TransientError, ConfigurationError) as exc:
            failure = exc

        try:
            found = await self.store.find()
        except (TransientError, ConfigurationError) as exc:
            raise PartlySavedError(unsure=(SavedPart.CONNECTION,)) from exc
        if not connection.is_same(found):
            raise failure

    async def _take_back(self, licence: NewLicence) -> None:
        try:
            await self.licence.take_back(licence.code, licence.seen)
        except (TransientError, ConfigurationError) as exc:
            if await self._holds(licence):
                raise PartlySavedError(saved=(SavedPart.LICENCE,)) from exc

    async def _holds(self, licence: NewLicence) -> bool:
        try:
            return await self.licence.holds(licence.code)
        except (TransientError, ConfigurationError) as exc:
            raise PartlySavedError(unsure=(SavedPart.LICENCE,)) from exc
