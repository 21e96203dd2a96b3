"""Somebody who looks into the connector's table `records` for why a record is not in Spotler."""

import asyncio
from uuid import UUID

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

TABLE = "records"
LOOK_SECONDS = 0.05
"""Between two looks; a table tells nobody that it has changed."""


class RecordWatch:
    """Reads the table over a connection string of Table Storage."""

    def __init__(self, connection_string: str) -> None:
        """Take what the setting `TablesConnection` holds."""
        self._connection_string = connection_string

    async def until_excluded(self, record: str, *, seconds: float = 30) -> str:
        """Return the code of the reason for which a record is excluded, as soon as it is there."""
        row: dict[str, object] = {}
        async with TableClient.from_connection_string(self._connection_string, TABLE) as table:
            try:
                async with asyncio.timeout(seconds):
                    while row.get("status") != "excluded":
                        await asyncio.sleep(LOOK_SECONDS)
                        row = await _row(table, record)
            except TimeoutError as exc:
                raise AssertionError(f"{record} was not excluded in {seconds} s") from exc

        return str(row.get("reason"))


async def _row(table: TableClient, record: str) -> dict[str, object]:
    rows = table.query_entities(f"RowKey eq '{_row_key(record)}'")
    try:
        return {name: value async for row in rows for name, value in row.items()}
    except ResourceNotFoundError:
        # The connector makes its table with the first row.
        return {}


def _row_key(record: str) -> str:
    """Return the bytes of an id in the order in which SQL Server compares them."""
    stored = UUID(record).bytes_le

    return (stored[10:] + stored[8:10] + stored[6:8] + stored[4:6] + stored[:4]).hex()
