"""Count records so seldom that counting never is what keeps the table or the CRM busy."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from connector.application.read_storage import read_storage
from connector.application.review_ports import RecordLists
from connector.domain.contact import Account, Table
from connector.domain.errors import ConnectorError
from connector.domain.record_list import Counts, count_known, count_unseen

logger = logging.getLogger(__name__)

FRESH_SECONDS = 5.0
REST = 20
"""A count stays good for so many times as long as it took: at most a twentieth is counting."""

ROWS_FRESH_SECONDS: Final = 600.0
"""The CRM itself may have counted a day ago."""

ROWS_DOUBTED_SECONDS: Final = 30.0
"""After so long a CRM that did not answer is asked again."""

ROWS_PATIENCE_SECONDS: Final = 5.0
"""Somebody looks at the page and waits."""

ACCOUNT_PATIENCE_SECONDS: Final = 3.0
"""So long somebody waits for which account is connected; then it is the last one."""


class RowTotals(Protocol):
    """Knows how many rows a table of the CRM has; raises as `CrmGateway` does."""

    async def count(self, table: Table) -> int:
        """Return about how many rows a table has."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A count, when it began, and how many rows were never looked at, where that is known."""

    counts: Counts
    at: datetime
    not_looked_at: int | None = None


class RowCounter:
    """The rows of the CRM by table, asked for seldom; a CRM that does not answer has None."""

    def __init__(
        self,
        crm: RowTotals,
        *,
        clock: Callable[[], float],
        patience_seconds: float = ROWS_PATIENCE_SECONDS,
    ) -> None:
        """Take whom to ask, and a clock that never goes back."""
        self._crm = crm
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._rows: Mapping[Table, int] | None = None
        self._good_until = float("-inf")

    async def get(self) -> Mapping[Table, int] | None:
        """Return what the CRM said last, or ask again when that is too old."""
        if self._clock() >= self._good_until:
            self._rows = await self._ask()
            fresh = ROWS_DOUBTED_SECONDS if self._rows is None else ROWS_FRESH_SECONDS
            self._good_until = self._clock() + fresh

        return self._rows

    async def _ask(self) -> Mapping[Table, int] | None:
        try:
            async with asyncio.timeout(self._patience_seconds):
                return {table: await self._crm.count(table) for table in Table}
        except (ConnectorError, TimeoutError) as exc:
            logger.warning("the rows of the crm are not counted: %s", exc)
            return None


class RecordCounter:
    """Counts for all who ask in this process: once at a time, and not again for a while."""

    def __init__(
        self,
        records: RecordLists,
        rows: RowCounter,
        *,
        account: Callable[[], Awaitable[Account]],
        now: Callable[[], datetime],
        clock: Callable[[], float],
        patience_seconds: float = ACCOUNT_PATIENCE_SECONDS,
    ) -> None:
        """Take what to count and for which account, the time that is shown, and a clock.

        The clock never goes back.
        """
        self._records = records
        self._rows = rows
        self._find_account = account
        self._account: Account | None = None
        self._now = now
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._counting = asyncio.Lock()
        self._counted: Counted | None = None
        self._good_until = float("-inf")

    async def get(self) -> Counted:
        """Return the last count, or a new one when that is too old or of another account."""
        async with self._counting:
            is_moved = await self._is_account_new()
            if is_moved or self._counted is None or self._clock() >= self._good_until:
                self._counted = None
                self._counted = await self._count()

            return self._counted

    async def _is_account_new(self) -> bool:
        """Note which account is connected; as long as that is not known it is the last one."""
        before = self._account
        try:
            self._account = await read_storage(self._find_account(), self._patience_seconds)
        except ConnectorError:
            return False

        return self._account != before

    async def _count(self) -> Counted:
        rows = await self._rows.get()
        began, at = self._clock(), self._now()
        counts = count_known(await self._records.count(), self._account)
        ended = self._clock()
        self._good_until = ended + max(FRESH_SECONDS, REST * (ended - began))

        return Counted(counts, at, None if rows is None else count_unseen(counts, rows))
