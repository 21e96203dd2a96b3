"""The checks of all systems around us: the same ones before a save and for who looks."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connector.application.check_ports import QueueWatch, StatusStore, StoredStatus
from connector.application.licence_keeping import LicenceKeeping
from connector.application.mapped_columns import Checkable
from connector.application.webhook_check import WebhookCheck
from connector.domain.connection import Credentials, NotConnectedError
from connector.domain.connection_check import (
    Check,
    CheckCode,
    CheckField,
    CheckName,
    check_fields,
    check_permissions,
    check_secret,
    to_check,
)
from connector.domain.errors import ConfigurationError, ConnectorError
from connector.domain.licence import InvalidLicenceError
from connector.domain.licence_status import LicenceState
from connector.domain.property import Catalogue

PATIENCE_SECONDS: Final = 5.0

type GetCredentials = Callable[[], Awaitable[Credentials]]
type ReadCatalogue = Callable[[Credentials], Awaitable[Catalogue]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and what is kept of before; None where the tables do not answer."""

    checks: tuple[Check, ...]
    status: StoredStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemChecks:
    """The checks of the systems; none raises, and none lasts longer than our patience."""

    crm: Checkable
    webhook: WebhookCheck
    licence: LicenceKeeping
    status: StatusStore
    queues: QueueWatch
    now: Callable[[], datetime]
    patience_seconds: float = PATIENCE_SECONDS

    async def look(
        self, spotler: Awaitable[tuple[Check, ...]], licence: str | None = None
    ) -> Looked:
        """Look at everything at once; a licence is one that somebody wants to enter."""
        of_spotler, dataverse, steps, of_licence, (tables, status), queues = await asyncio.gather(
            spotler,
            self._check_crm(),
            self.webhook.check(self.patience_seconds),
            self._check_licence(licence),
            self._check_tables(),
            self._check_queues(),
        )

        if status is not None and status.activity.is_refused(self.now()):
            steps = check_secret(steps)

        return Looked((*of_spotler, dataverse, steps, of_licence, tables, queues), status)

    async def check_spotler(self, get: GetCredentials, read: ReadCatalogue) -> tuple[Check, ...]:
        """Look whether Spotler takes the credentials, and shows all that we need."""
        rest = skip_fields()
        try:
            async with asyncio.timeout(self.patience_seconds):
                credentials = await get()
        except (ConnectorError, TimeoutError) as exc:
            return _tell_unreadable(exc), *rest

        try:
            async with asyncio.timeout(self.patience_seconds):
                catalogue = await read(credentials)
        except (ConnectorError, TimeoutError) as exc:
            return to_check(CheckName.SPOTLER, exc), *rest

        return Check(CheckName.SPOTLER), check_fields(catalogue), check_permissions(catalogue)

    async def _check_crm(self) -> Check:
        try:
            async with asyncio.timeout(self.patience_seconds):
                await self.crm.check()
        except (ConnectorError, TimeoutError) as exc:
            return to_check(CheckName.DATAVERSE, exc)

        return Check(CheckName.DATAVERSE)

    async def _check_licence(self, code: str | None) -> Check:
        name, at = CheckName.LICENCE, CheckField.LICENCE
        try:
            if code is not None:
                self.licence.examine(code)
                return Check(name)

            async with asyncio.timeout(self.patience_seconds):
                status = await self.licence.status()
        except InvalidLicenceError as exc:
            return Check.failed(name, exc.fault, str(exc), at)
        except (ConnectorError, TimeoutError) as exc:
            return to_check(name, exc)

        if status.state is LicenceState.NONE:
            said = "a licence code must be given: ask GAC Business Solutions for one"
            return Check.failed(name, CheckCode.LICENCE_MISSING, said, at)
        if status.reason is not None:
            return Check.failed(name, status.reason, status.reason.advice, at)

        return Check(name)

    async def _check_tables(self) -> tuple[Check, StoredStatus | None]:
        try:
            async with asyncio.timeout(self.patience_seconds):
                status = await self.status.read()
        except (ConnectorError, TimeoutError) as exc:
            return to_check(CheckName.TABLES, exc), None

        return Check(CheckName.TABLES), status

    async def _check_queues(self) -> Check:
        name = CheckName.QUEUES
        try:
            async with asyncio.timeout(self.patience_seconds):
                await self.queues.check()
        except ConnectorError as exc:
            return Check.failed(name, CheckCode.QUEUE_UNAVAILABLE, str(exc))
        except TimeoutError:
            said = "service bus must answer in time"
            return Check.failed(name, CheckCode.QUEUE_UNAVAILABLE, said)

        return Check(name)


def skip_fields() -> tuple[Check, Check]:
    """Return the checks for which Spotler must let us in first."""
    return Check.skipped(CheckName.FIELDS), Check.skipped(CheckName.PERMISSIONS)


def _tell_unreadable(error: ConnectorError | TimeoutError) -> Check:
    """Tell of a secret that is kept and cannot be had; only a missing one helps to be entered."""
    if isinstance(error, ConfigurationError) and not isinstance(error, NotConnectedError):
        said = f"{error}; enter the secret again"
        return Check.failed(CheckName.SPOTLER, CheckCode.SECRET_UNREADABLE, said, CheckField.SECRET)

    return to_check(CheckName.SPOTLER, error)
