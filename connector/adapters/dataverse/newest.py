"""An example: the person who was added last."""

import time
from collections.abc import Collection
from typing import Final

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.columns import DataverseColumns
from connector.adapters.dataverse.refusals import UnknownTableError
from connector.adapters.dataverse.row_reading import RowReading
from connector.adapters.dataverse.rows import KEYS, LABEL, properties_of, select_of, to_record
from connector.domain.contact import Column, Record, Table

_SETS: Final = {Table.CONTACT: "contacts", Table.LEAD: "leads"}
_PREFER: Final = f'odata.include-annotations="{LABEL}"'


class DataverseNewest:
    """The `NewestReader` that asks Dataverse."""

    def __init__(self, client: DataverseClient, columns: DataverseColumns) -> None:
        """Take the client of the environment, and what the metadata tells."""
        self._client = client
        self._rows = RowReading(columns, time.monotonic)

    async def find_newest(self, table: Table, columns: Collection[Column]) -> Record | None:
        """Find the row that was made last, or None where there is none."""
        try:
            found = await self._rows.ask(table, columns, lambda there: self._query(table, there))
        except UnknownTableError:
            return None

        return next(iter(await self._rows.finish(table, columns, found)), None)

    async def _query(self, table: Table, columns: Collection[Column]) -> list[Record]:
        properties = properties_of(columns)
        params = {
            "$select": select_of(table, properties),
            "$orderby": f"createdon desc,{KEYS[table]}",
            "$top": "1",
        }
        page = await self._client.get_page(_SETS[table], params, _PREFER)

        return [to_record(table, row, properties) for row in page.rows]
