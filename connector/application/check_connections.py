"""Look whether the systems that we stand between know us."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from connector.application.mapped_columns import Checkable
from connector.application.ports import MappingStore, MarketingGateway, RecordStore
from connector.domain.contact import RecordId, RecordKey, Table
from connector.domain.default_mappings import effective_mappings
from connector.domain.errors import ConnectorError
from connector.domain.mapping_plan import plan_mappings

logger = logging.getLogger(__name__)

NOBODY = RecordKey(Table.CONTACT, RecordId("00000000-0000-0000-0000-000000000000"))


class Health(StrEnum):
    """Tells anyone who asks, and nothing more."""

    OK = "ok"
    DEGRADED = "degraded"


@dataclass(slots=True)
class ConnectionChecker:
    """Asks CRM, Spotler and the tables, once for all who ask within a while.

    Anyone may ask for the health, so asking must not cost the vendors a call each time.
    """

    crm: Checkable
    marketing: MarketingGateway
    records: RecordStore
    mappings: MappingStore
    clock: Callable[[], float]
    fresh_seconds: float = 15.0
    patience_seconds: float = 5.0
    _answer: tuple[float, Health] | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self) -> Health:
        """Return ok when all answer in time; the log says which did not, and why."""
        async with self._asking:
            if self._answer is None or self.clock() - self._answer[0] >= self.fresh_seconds:
                self._answer = (self.clock(), await self._ask())

            return self._answer[1]

    async def _ask(self) -> Health:
        answers = await asyncio.gather(
            self._is_well("dataverse", self.crm.check()),
            self._is_well("spotler", self._check_fields()),
            self._is_well("tables", self.records.list_states([NOBODY])),
        )

        return Health.OK if all(answers) else Health.DEGRADED

    async def _check_fields(self) -> None:
        catalogue = await self.marketing.check()
        plan_mappings(effective_mappings(await self.mappings.list_changes()), catalogue)

    async def _is_well(self, name: str, check: Coroutine[Any, Any, object]) -> bool:
        try:
            await asyncio.wait_for(check, self.patience_seconds)
        except (ConnectorError, TimeoutError) as exc:
            logger.warning("%s does not answer as it must: %s", name, exc)
            return False

        return True
