"""Look whether the systems that we stand between know us, and since when it is so."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from connector.application.check_ports import StatusStore, StoredStatus
from connector.application.connection_ports import SpotlerCredentials
from connector.application.ports import MarketingGateway
from connector.application.system_checks import Looked, SystemChecks
from connector.domain.activity import Activity
from connector.domain.check_history import (
    History,
    continue_history,
    date_checks,
    join_histories,
)
from connector.domain.connection import Credentials
from connector.domain.connection_check import Check, Checked, CheckName
from connector.domain.environment import Environment, environment_of
from connector.domain.errors import ConnectorError
from connector.domain.property import Catalogue

logger = logging.getLogger(__name__)

FRESH_SECONDS: Final = 15.0
PROVEN_SECONDS: Final = 3600.0
"""So long the proof holds whose environment it is: it does not change every day."""

WRITES: Final = 3
"""So often we write since when things are so, when others write it at the same time."""


class Health(StrEnum):
    """Tells anyone who asks, and nothing more."""

    OK = "ok"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, and when a change last came in and went to Spotler."""

    checked: Checked
    activity: Activity


@dataclass(slots=True, kw_only=True)
class ConnectionChecker:
    """The looks at all systems, one at a time, for all who ask within a while.

    Anyone may ask for the health, so asking must not cost the vendors a call each time.
    """

    checks: SystemChecks
    credentials: SpotlerCredentials
    marketing: MarketingGateway
    status: StatusStore
    now: Callable[[], datetime]
    clock: Callable[[], float]
    fresh_seconds: float = FRESH_SECONDS
    _answer: tuple[float, Found] | None = None
    _history: History = field(default_factory=dict)
    _activity: Activity = field(default_factory=Activity)
    _environment: tuple[float, Environment] | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self) -> Health:
        """Return ok when all answer in time; the log says which did not, and why."""
        found = await self.look()

        return Health.OK if found.checked.is_well else Health.DEGRADED

    async def look(self) -> Found:
        """Return what was found a moment ago, or look anew."""
        async with self._asking:
            if self._answer is None or self.clock() - self._answer[0] >= self.fresh_seconds:
                return await self._look()

            return self._answer[1]

    @property
    def environment(self) -> Environment:
        """Return whose environment it is, as was proven not long ago; nothing is asked."""
        if self._environment is None or self.clock() - self._environment[0] >= PROVEN_SECONDS:
            return Environment.UNKNOWN

        return self._environment[1]

    async def note(self, looked: Looked) -> Checked:
        """Take what somebody found who looked on their own; return it with its times."""
        async with self._asking:
            return (await self._keep(looked)).checked

    def _note_environment(self, checks: Iterable[Check]) -> None:
        """Note what was proven; that the CRM does not answer proves nothing."""
        [found] = [environment_of(one) for one in checks if one.name is CheckName.DATAVERSE]
        if found is not Environment.UNKNOWN:
            self._environment = self.clock(), found

    async def _look(self) -> Found:
        spotler = self.checks.check_spotler(self.credentials.get, self._read_catalogue)
        looked = await self.checks.look(spotler)
        for check in looked.checks:
            if not check.is_well:
                logger.warning("%s is not as it must be: %s", check.name, check.code or "not known")

        return await self._keep(looked)

    async def _keep(self, looked: Looked) -> Found:
        now = self.now()
        history = await self._remember(looked.checks, looked.status, now)
        self._activity = self._activity.latest(looked.activity)
        self._note_environment(looked.checks)
        found = Found(Checked(date_checks(looked.checks, history), now), self._activity)
        self._answer = self.clock(), found

        return found

    async def _remember(
        self, checks: tuple[Check, ...], status: StoredStatus | None, now: datetime
    ) -> History:
        """Return since when all is so; while the tables are away, as far as this process knows."""
        before = self._history
        if status is not None:
            before = join_histories(before, status.history)
        history = continue_history(before, checks, now)
        if status is not None and history != status.history:
            history = await self._save(history, status, checks, now)
        self._history = history

        return history

    async def _save(
        self, history: History, status: StoredStatus, checks: tuple[Check, ...], now: datetime
    ) -> History:
        """Write the history; who is overtaken goes on from what others wrote."""
        try:
            async with asyncio.timeout(self.checks.patience_seconds):
                for _ in range(WRITES):
                    if await self.status.save_history(history, status.history_etag):
                        break
                    status = await self.status.read()
                    history = continue_history(status.history, checks, now)
        except (ConnectorError, TimeoutError) as exc:
            logger.warning("since when things are so is written later: %s", exc)

        return history

    async def _read_catalogue(self, _: Credentials) -> Catalogue:
        """Read the fields with the workers' own client: what it is refused counts."""
        return await self.marketing.check()
