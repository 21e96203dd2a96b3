"""What the SDK makes of an answer of Table Storage, and what it cannot make anything of."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import cast

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from connector.adapters.tables.answers import find_entity, iter_entities, submit
from connector.adapters.tables.conditional import write_unchanged
from connector.adapters.tables.parked import to_parked
from connector.domain.errors import TransientError

UNREADABLE = [
    pytest.param(AttributeError("items"), id="no object"),
    pytest.param(KeyError("etag"), id="no etag"),
    pytest.param(IndexError(), id="no part"),
    pytest.param(TypeError("value"), id="no list"),
    pytest.param(ValueError("date"), id="no date"),
    pytest.param(RecursionError(), id="too deep"),
]


class SdkTable:
    """Is a table as the SDK shows it; `errors` are met in turn before anything else."""

    def __init__(self, *rows: TableEntity, error: Exception | None = None) -> None:
        self.rows = rows
        self.error = error
        self.written: dict[str, object] = {"etag": "1"}

    @property
    def client(self) -> TableClient:
        return cast("TableClient", self)

    async def get_entity(self, *_: str) -> TableEntity:
        if self.error:
            raise self.error

        return self.rows[0]

    async def query_entities(self, *_: object, **__: object) -> AsyncIterator[TableEntity]:
        for row in self.rows:
            yield row
        if self.error:
            raise self.error

    async def submit_transaction(self, _: object) -> list[TableEntity]:
        if self.error:
            raise self.error

        return list(self.rows)

    async def create_entity(self, _: object) -> dict[str, object]:
        return self.written


def an_entity(etag: object = "1", **columns: object) -> TableEntity:
    row = TableEntity(columns)
    row._metadata = {"etag": etag}  # type: ignore[typeddict-item]

    return row


OURS = {"PartitionKey": "ours", "RowKey": "1"}
ODD = [
    pytest.param(an_entity(), id="no keys"),
    pytest.param(an_entity(PartitionKey="ours"), id="no row key"),
    pytest.param(an_entity(PartitionKey="ours", RowKey=1), id="key is no text"),
    pytest.param(an_entity(None, **OURS), id="no etag"),
]


async def listed(table: SdkTable) -> list[TableEntity]:
    return [row async for row in iter_entities(table.client, "", parameters={})]


async def test_rows_are_read() -> None:
    """
    A row of ours comes as it is, alone and in a list.
    """
    row = an_entity(**OURS)

    assert await find_entity(SdkTable(row).client, "ours", "1") is row
    assert await listed(SdkTable(row, row)) == [row, row]


async def test_missing_row_is_none() -> None:
    """
    That there is no such row is an answer, too.
    """
    table = SdkTable(error=ResourceNotFoundError())

    assert await find_entity(table.client, "ours", "1") is None


@pytest.mark.parametrize("error", UNREADABLE)
async def test_sdk_cannot_read(error: Exception) -> None:
    """
    Whatever the SDK stumbles over in an answer, the storage did not answer.
    """
    table = SdkTable(error=error)

    with pytest.raises(TransientError, match="table storage") as found:
        await find_entity(table.client, "ours", "1")
    with pytest.raises(TransientError, match="table storage") as told:
        await listed(table)
    with pytest.raises(TransientError, match="table storage") as sent:
        await submit(table.client, [])

    assert found.value.__cause__ is told.value.__cause__ is sent.value.__cause__ is error


@pytest.mark.parametrize("row", [*ODD, pytest.param(an_entity(**OURS | {"RowKey": "2"}), id="2")])
async def test_row_must_be_the_one(row: TableEntity) -> None:
    """
    What has not the keys that were asked for is not the row.
    """
    with pytest.raises(TransientError, match="table storage"):
        await find_entity(SdkTable(row).client, "ours", "1")


@pytest.mark.parametrize("row", ODD)
async def test_listed_row_must_be_one(row: TableEntity) -> None:
    """
    A list of what are no rows of ours is no list, also behind a good one.
    """
    with pytest.raises(TransientError, match="table storage"):
        await listed(SdkTable(an_entity(**OURS), row))


async def test_refusal_stays_one() -> None:
    """
    What the service refuses is told as ever.
    """
    with pytest.raises(HttpResponseError):
        await listed(SdkTable(error=HttpResponseError()))


async def test_error_of_the_caller_is_its_own() -> None:
    """
    What goes wrong with a row that was read is no matter of the storage.
    """
    with pytest.raises(KeyError):
        [
            row["x"]
            async for row in iter_entities(SdkTable(an_entity(**OURS)).client, "", parameters={})
        ]


async def test_transaction_is_answered_whole() -> None:
    """
    A transaction of which one row has no answer may not have been done.
    """
    with pytest.raises(TransientError, match="table storage"):
        await submit(SdkTable().client, [("create", an_entity(**OURS), {})])  # type: ignore[list-item]


async def test_written_row_has_an_etag() -> None:
    """
    Without an etag nobody can say what was written.
    """
    table = SdkTable()
    table.written = {"etag": None}

    with pytest.raises(TransientError, match="table storage"):
        await write_unchanged(table.client, an_entity(**OURS), None)


@pytest.mark.parametrize("without", ["queue", "reason", "attempts", "parked_at"])
def test_parked_row_is_whole(without: str) -> None:
    """
    A row that does not say what was parked, or why, cannot be read.
    """
    at = datetime(2026, 11, 23, tzinfo=UTC)
    columns = {"queue": "jobs", "reason": "licence", "attempts": 1, "parked_at": at}
    whole = OURS | columns | {"first_parked_at": at, "body_00": b"x"}

    assert to_parked(an_entity(**whole)).body == "x"
    with pytest.raises(TransientError, match="table storage"):
        to_parked(an_entity(**{name: one for name, one in whole.items() if name != without}))
