"""The checks of all systems around us: the same ones before a save and for who looks."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connector.application.check_ports import QueueWatch, StatusStore, StoredStatus
from connector.application.job_ports import JobStore
from connector.application.licence_keeping import LicenceKeeping
from connector.application.mapped_columns import Checkable
from connector.application.webhook_check import WebhookCheck
from connector.domain.activity import Activity
from connector.domain.activity_checks import check_secret, check_sends, check_work
from connector.domain.connection import Credentials, NotConnectedError
from connector.domain.connection_check import (
    Check,
    CheckCode,
    CheckField,
    CheckName,
    CheckOutcome,
    check_fields,
    check_permissions,
    to_check,
)
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    System,
    TransientError,
    system_of,
)
from connector.domain.event import CHANGES
from connector.domain.licence import InvalidLicenceError
from connector.domain.licence_status import LicenceState
from connector.domain.property import Catalogue

logger = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 5.0
STANDSTILL: Final = timedelta(minutes=5)
OUR_STORAGE: Final = frozenset(
    {System.TABLES, System.RECORDS, System.PARKED, System.PARKING, System.VAULT}
)

type GetCredentials = Callable[[], Awaitable[Credentials]]
type ReadCatalogue = Callable[[Credentials], Awaitable[Catalogue]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and what is kept of before; None where the tables do not answer.

    `activity` is what is kept and what this process alone may know.
    """

    checks: tuple[Check, ...]
    status: StoredStatus | None
    activity: Activity


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemChecks:
    """The checks of the systems; none raises, and none lasts longer than our patience.

    What a worker `noted` counts though it cannot be written: the host that knows it tells it. A
    change that waits longer than `standstill` waits in vain. `secrets` are the tags of ours.
    """

    crm: Checkable
    webhook: WebhookCheck
    licence: LicenceKeeping
    status: StatusStore
    queues: QueueWatch
    jobs: JobStore
    now: Callable[[], datetime]
    noted: Callable[[], Activity]
    secrets: Collection[str] = ()
    standstill: timedelta = STANDSTILL
    patience_seconds: float = PATIENCE_SECONDS

    async def look(
        self, spotler: Awaitable[tuple[Check, ...]], licence: str | None = None
    ) -> Looked:
        """Look at everything at once; a licence is one that somebody wants to enter."""
        found, crm, steps, of_licence, (of_tables, status), of_queues = await asyncio.gather(
            spotler,
            self._check_crm(),
            self._check_webhook(),
            self._check_licence(licence),
            self._check_tables(),
            asyncio.gather(self._check_queues(), self._has_stranded_jobs()),
        )
        (queues, oldest), is_stranded = of_queues
        checks = put_storage_apart((*found, *crm, *steps, of_licence, of_tables))
        activity, now = self.noted(), self.now()
        if status is not None:
            activity = status.activity.latest(activity)

        told = (
            *(check_secret(one, activity, now) for one in checks),
            _check_steps(check_sends(queues, activity, now, self.secrets), is_stranded=is_stranded),
        )
        work = check_work(
            told,
            activity,
            oldest=oldest,
            now=now,
            patience=self.standstill,
        )

        return Looked((*told, work), status, activity)

    async def check_spotler(self, get: GetCredentials, read: ReadCatalogue) -> tuple[Check, ...]:
        """Look whether Spotler takes the credentials, and shows all that we need."""
        rest = skip_fields()
        try:
            async with looking(self.patience_seconds):
                credentials = await get()
        except (ConnectorError, TimeoutError) as exc:
            return *_tell_unreadable(exc), *rest

        try:
            async with looking(self.patience_seconds):
                catalogue = await read(credentials)
        except (ConnectorError, TimeoutError) as exc:
            return *_tell(CheckName.SPOTLER, exc), *rest

        return Check(CheckName.SPOTLER), check_fields(catalogue), check_permissions(catalogue)

    async def _check_crm(self) -> tuple[Check, ...]:
        try:
            async with looking(self.patience_seconds):
                await self.crm.check()
        except (ConnectorError, TimeoutError) as exc:
            return _tell(CheckName.DATAVERSE, exc)

        return (Check(CheckName.DATAVERSE),)

    async def _check_webhook(self) -> tuple[Check, ...]:
        try:
            async with looking():
                return (await self.webhook.check(self.patience_seconds),)
        except (ConnectorError, TimeoutError) as exc:
            return _tell(CheckName.STEPS, exc)

    async def _check_licence(self, code: str | None) -> Check:
        name, at = CheckName.LICENCE, CheckField.LICENCE
        try:
            async with looking(self.patience_seconds):
                if code is not None:
                    self.licence.examine(code)
                    return Check(name)

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
            async with looking(self.patience_seconds):
                status = await self.status.read()
        except (ConnectorError, TimeoutError) as exc:
            return to_check(CheckName.TABLES, exc), None

        return Check(CheckName.TABLES), status

    async def _has_stranded_jobs(self) -> bool:
        """Tell whether the step of a job got no place on its queue, as far as can be seen."""
        try:
            async with looking(self.patience_seconds):
                return any(job.is_stranded for job in await self.jobs.list_jobs())
        except (ConnectorError, TimeoutError) as exc:
            logger.warning("whether jobs stand still is not known: %s", exc)
            return False

    async def _check_queues(self) -> tuple[Check, datetime | None]:
        """Return also since when the oldest change waits."""
        name = CheckName.QUEUES
        try:
            async with looking(self.patience_seconds):
                await self.queues.check()
                oldest = await self.queues.find_oldest(CHANGES)
        except ConnectorError as exc:
            return Check.failed(name, CheckCode.QUEUE_UNAVAILABLE, str(exc)), None
        except TimeoutError:
            said = "service bus must answer in time"
            return Check.failed(name, CheckCode.QUEUE_UNAVAILABLE, said), None

        return Check(name), oldest


@asynccontextmanager
async def looking(seconds: float | None = None) -> AsyncIterator[None]:
    """Take an error that nobody foresaw for one that passes: it is what fails, and not the look.

    The log names its kind alone: what it says may be anything.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except (ConnectorError, TimeoutError):
        raise
    except Exception as exc:
        kind = type(exc).__name__
        logger.warning("a check must end: it met what nobody foresaw, %s", kind)
        raise TransientError(f"the check must end: it met {kind}") from exc


def skip_fields() -> tuple[Check, Check]:
    """Return the checks for which Spotler must let us in first."""
    return Check.skipped(CheckName.FIELDS), Check.skipped(CheckName.PERMISSIONS)


def put_storage_apart(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return one check of our storage behind the others: it fails when any of them met it so."""
    of_storage = [check for check in checks if check.name is CheckName.TABLES]
    worst = next((check for check in of_storage if not check.is_well), of_storage[0])

    return *(check for check in checks if check.name is not CheckName.TABLES), worst


def _check_steps(queues: Check, *, is_stranded: bool) -> Check:
    """Return that no step of a job gets on its queue, unless worse is known of the queues."""
    if not is_stranded or queues.outcome is CheckOutcome.FAILED:
        return queues

    said = (
        "service bus must let us send to the queue jobs: until it does, jobs stand still, and "
        "nothing is lost; they go on by themselves"
    )

    return Check.failed(CheckName.QUEUES, CheckCode.STEPS_REFUSED, said)


def _tell(name: CheckName, error: ConnectorError | TimeoutError) -> tuple[Check, ...]:
    """Return what an error means; a system is not to blame for what our own storage did."""
    if system_of(error) in OUR_STORAGE:
        return Check.skipped(name), to_check(CheckName.TABLES, error)

    return (to_check(name, error),)


def _tell_unreadable(error: ConnectorError | TimeoutError) -> tuple[Check, ...]:
    """Tell of credentials that are kept and cannot be had; only a missing secret can be entered."""
    is_of_tables = system_of(error) is System.TABLES
    if is_of_tables or not isinstance(error, ConfigurationError):
        return Check.skipped(CheckName.SPOTLER), to_check(CheckName.TABLES, error)
    if not isinstance(error, NotConnectedError):
        said = f"{error}; enter the secret again"
        code, at = CheckCode.SECRET_UNREADABLE, CheckField.SECRET
        return (Check.failed(CheckName.SPOTLER, code, said, at),)

    return (to_check(CheckName.SPOTLER, error),)
