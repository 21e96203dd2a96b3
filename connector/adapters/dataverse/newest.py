"""An example: the person who was added last."""

from collections.abc import Collection
from typing import Final

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.refusals import UnknownTableError
from connector.adapters.dataverse.rows import KEYS, LABEL, properties_of, select_of, to_record
from connector.domain.contact import Column, Record, Table

_SETS: Final = {Table.CONTACT: "contacts", Table.LEAD: "leads"}
_PREFER: Final = f'odata.include-annotations="{LABEL}"'


class DataverseNewest:
    """Is the `NewestReader` that asks Dataverse."""

    def __init__(self, client: DataverseClient) -> None:
        """Take the client of the environment."""
        self._client = client

    async def find_newest(self, table: Table, columns: Collection[Column]) -> Record | None:
        """Find the row that was made last, or None where there is none."""
        properties = properties_of(columns)
        params = {
            "$select": select_of(table, properties),
            "$orderby": f"createdon desc,{KEYS[table]}",
            "$top": "1",
        }
        try:
            page = await self._client.get_page(_SETS[table], params, _PREFER)
        except UnknownTableError:
            return None

        return next((to_record(table, row, properties) for row in page.rows), None)
