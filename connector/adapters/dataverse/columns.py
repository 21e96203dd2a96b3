"""The columns that tables really have, read once in a while."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.metadata import Attribute, Attributes, Entities, parse
from connector.domain.contact import Table
from connector.domain.crm_column import ColumnType, CrmColumn
from connector.domain.errors import TransientError

FRESH_SECONDS: Final = 300.0
"""Is how long a list of columns stays good."""

_SELECT: Final = (
    "LogicalName,AttributeType,AttributeTypeName,DisplayName,AttributeOf,IsValidForRead,IsSecured"
)
_REAL: Final = "IsValidForRead eq true and AttributeOf eq null"
_DATES: Final = "Microsoft.Dynamics.CRM.DateTimeAttributeMetadata"


class DataverseColumns:
    """Is the `ColumnReader` that asks Dataverse's metadata, one caller at a time for each table.

    The names of tables are our own words; nothing that anybody typed gets into an address.
    """

    def __init__(
        self, client: DataverseClient, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the client of the environment, and the clock by which lists grow old."""
        self._client = client
        self._clock = clock
        self._known: dict[Table, tuple[float, Sequence[CrmColumn]]] = {}
        self._reading: dict[Table, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def list_columns(self, table: Table) -> Sequence[CrmColumn]:
        """Return the columns that can be read, as known not long ago; none without the table.

        While the CRM does not answer, a list that is there is better than none.
        """
        async with self._reading[table]:
            known = self._known.get(table)
            if known is None:
                return await self._read(table)

            with suppress(TransientError):
                if self._clock() >= known[0]:
                    return await self._read(table)

            return known[1]

    async def refresh(self, table: Table) -> Sequence[CrmColumn]:
        """Return the columns as they are now."""
        async with self._reading[table]:
            return await self._read(table)

    async def _read(self, table: Table) -> Sequence[CrmColumn]:
        columns = await self._ask(table)
        self._known[table] = (self._clock() + FRESH_SECONDS, columns)

        return columns

    async def _ask(self, table: Table) -> Sequence[CrmColumn]:
        attributes = await self._read_attributes(table)
        days = await self._read_days(table) if attributes else set()
        found = [column for one in attributes if (column := one.to_column())]

        return [
            replace(one, type=ColumnType.DATE) if one.name in days else one
            for one in sorted(found, key=lambda column: column.name)
        ]

    async def _read_attributes(self, table: Table) -> Sequence[Attribute]:
        """Return what the metadata says of a table; a table that is not there has nothing.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api
        """
        params = {
            "$select": "LogicalName",
            "$filter": f"LogicalName eq '{table}'",
            "$expand": f"Attributes($select={_SELECT};$filter={_REAL})",
        }
        entities = parse(Entities, await self._client.get("EntityDefinitions", params)).value

        return [attribute for entity in entities for attribute in entity.attributes]

    async def _read_days(self, table: Table) -> set[str]:
        """Return the columns of type date that have no time; only their own class tells."""
        path = f"EntityDefinitions(LogicalName='{table}')/Attributes/{_DATES}"
        answer = await self._client.get(path, {"$select": "LogicalName,Format"})

        return {one.name for one in parse(Attributes, answer).value if one.is_day}
