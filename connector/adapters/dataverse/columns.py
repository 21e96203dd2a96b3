"""The columns that tables really have, read once in a while."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.column_security import ColumnSecurity, read_attributes
from connector.adapters.dataverse.metadata import Attribute, Attributes, parse
from connector.domain.contact import Table
from connector.domain.crm_column import ColumnNow, ColumnType, CrmColumn
from connector.domain.errors import TransientError

FRESH_SECONDS: Final = 300.0
"""Is how long a list of columns stays good."""

_SELECT: Final = (
    "LogicalName,AttributeType,AttributeTypeName,DisplayName,AttributeOf,IsValidForRead,IsSecured,"
    "MetadataId"
)
_DATES: Final = "Microsoft.Dynamics.CRM.DateTimeAttributeMetadata"


@dataclass(frozen=True, slots=True)
class Listed:
    """The columns of a table, and those whose moments have no zone."""

    columns: tuple[CrmColumn, ...]
    zoneless: frozenset[str]

    def told(self, asked: Collection[str], unreadable: Collection[str]) -> "Listed":
        """Return the columns with what is known now of some: whether our user may read them."""
        columns = (
            replace(one, is_readable=one.name not in unreadable) if one.name in asked else one
            for one in self.columns
        )

        return replace(self, columns=tuple(columns))


class DataverseColumns:
    """The `ColumnReader` that asks Dataverse's metadata, one caller at a time for each table.

    The names of tables are our own words; nothing that anybody typed gets into an address.
    """

    def __init__(
        self, client: DataverseClient, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the client of the environment, and the clock by which lists grow old."""
        self._client = client
        self._security = ColumnSecurity(client)
        self._clock = clock
        self._known: dict[Table, tuple[float, Listed]] = {}
        self._reading: dict[Table, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def list_columns(self, table: Table) -> Sequence[CrmColumn]:
        """Return the columns, as known not long ago; none without the table.

        While the CRM does not answer, a list that is there is better than none.
        """
        return (await self._get(table)).columns

    async def refresh(self, table: Table) -> Sequence[CrmColumn]:
        """Return the columns as they are now."""
        async with self._reading[table]:
            return (await self._read(table)).columns

    async def list_zoneless(self, table: Table) -> frozenset[str]:
        """Return the columns whose moments have no zone, as known not long ago."""
        return (await self._get(table)).zoneless

    async def look_at_columns(
        self, table: Table, columns: Collection[str]
    ) -> Mapping[str, ColumnNow]:
        """Return what is true now of these columns, as far as they are there."""
        found = await self._security.look_at_columns(table, columns)
        unreadable = {name for name, column in found.items() if not column.is_readable}
        if table in self._known:
            good_until, listed = self._known[table]
            self._known[table] = good_until, listed.told(columns, unreadable)

        return found

    async def find_unsecured(self, table: Table, columns: Collection[str]) -> Collection[str]:
        """Return which of these columns are certainly not secured, as of now."""
        return await self._security.find_unsecured(table, columns)

    async def _get(self, table: Table) -> Listed:
        async with self._reading[table]:
            known = self._known.get(table)
            if known is None:
                return await self._read(table)

            with suppress(TransientError):
                if self._clock() >= known[0]:
                    return await self._read(table)

            return self._known[table][1]

    async def _read(self, table: Table) -> Listed:
        listed = await self._ask(table)
        self._known[table] = (self._clock() + FRESH_SECONDS, listed)

        return listed

    async def _ask(self, table: Table) -> Listed:
        attributes = await read_attributes(self._client, table, _SELECT)
        dates = await self._read_dates(table) if attributes else []
        days = {one.name for one in dates if one.is_day}
        secured = [one for one in attributes if one.is_secured]
        unreadable = await self._security.sort_out(table, secured)
        found = sorted(filter(None, (one.to_column() for one in attributes)), key=_name)
        typed = [replace(one, type=ColumnType.DATE) if one.name in days else one for one in found]
        zoneless = frozenset(one.name for one in dates if one.is_zoneless)

        return Listed(tuple(typed), zoneless).told({one.name for one in typed}, unreadable)

    async def _read_dates(self, table: Table) -> Sequence[Attribute]:
        """Return the columns of type date; only their own class tells of format and behaviour."""
        path = f"EntityDefinitions(LogicalName='{table}')/Attributes/{_DATES}"
        answer = await self._client.get(path, {"$select": "LogicalName,Format,DateTimeBehavior"})

        return parse(Attributes, answer).value


def _name(column: CrmColumn) -> str:
    return column.name
