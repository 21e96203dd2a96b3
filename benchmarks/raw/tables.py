"""Azurite alone, under the SDK that the connector uses: one query and one transaction a batch."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import batched
from pathlib import Path

from azure.data.tables import TableEntity, TransactionOperation
from azure.data.tables.aio import TableClient, TableServiceClient

from benchmarks.timing import per_second
from devstack.stack.azurite import start_azurite

TOGETHER = 100


async def rows_per_second(count: int) -> float:
    """Return how many rows can be read and written in a second, 100 neighbours at a time."""
    async with _table() as table:

        async def through(some: Sequence[TableEntity]) -> None:
            ends = {"first": some[0]["RowKey"], "last": some[-1]["RowKey"]}
            between = "PartitionKey eq 'rows' and RowKey ge @first and RowKey le @last"
            _ = [one async for one in table.query_entities(between, parameters=ends)]
            await table.submit_transaction([(TransactionOperation.UPSERT, one) for one in some])

        portions = [*batched(map(_row, range(count)), TOGETHER, strict=False)]
        await through(portions[0])

        return await per_second(portions, through) * count / len(portions)


def _row(number: int) -> TableEntity:
    """Make a row as large as the state of a record."""
    return TableEntity(
        PartitionKey="rows",
        RowKey=f"{number:032}",
        external_id="x" * 36,
        fingerprint="x" * 64,
        version=number,
        status="in_sync",
    )


@asynccontextmanager
async def _table() -> AsyncIterator[TableClient]:
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as logs:
        azurite, connection = await start_azurite(Path(logs))
        try:
            async with TableServiceClient.from_connection_string(connection) as service:
                yield await service.create_table("rows")
        finally:
            await azurite.stop()
