"""A transaction says what the SDK would have said, and counts only when every row was written."""

import re
from types import SimpleNamespace
from typing import Any, Self, cast

import pytest
from azure.core import MatchConditions
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import HttpRequest
from azure.data.tables import TableEntity, TransactionOperation, UpdateMode
from azure.data.tables.aio import TableClient, TableServiceClient

from connector.adapters.tables.transactions import Row, write_rows

ADDRESS = "https://demo.table.core.windows.net"
CONNECTION = f"AccountName=demo;AccountKey=ZGVtbw==;TableEndpoint={ADDRESS};"
NEW: Row = {"PartitionKey": "o'1/é", "RowKey": "r 1", "status": "in_sync"}
KNOWN: Row = {**NEW, "RowKey": "r2"}
ETAG = "W/\"datetime'2026-11-23T12%3A00%3A00Z'\""
DONE = b"--c\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
LOST = b"--c\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 409 Conflict\r\n\r\n"

BOUNDARY = re.compile(r"(batch|changeset)_[0-9a-f-]{36}")
TYPES = re.compile(r', "\w+@odata.type": "Edm.String"')
LEFT_OUT = re.compile(r"(x-ms-date|Date|Content-Length|Accept|Prefer): .*\r\n")
"""The time is signed once for all parts, text needs no type, and we want no rows back."""


class Heard(Exception):  # noqa: N818 - ends the call once it was heard
    """Holds what the SDK wanted to send."""

    def __init__(self, request: Any) -> None:  # noqa: ANN401 - the SDK's own
        super().__init__()
        self.request = request


class Listening(AsyncHttpTransport[Any, Any]):
    """Is a transport that only listens."""

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def send(self, request: Any, **_: object) -> Any:  # noqa: ANN401 - the SDK's own
        raise Heard(request)


class Table:
    """Is a table that answers every transaction in the same way."""

    url, table_name = ADDRESS, "records"

    def __init__(self, status: int = 202, answer: bytes = DONE * 2) -> None:
        self.requests: list[HttpRequest] = []
        self.status, self.answer = status, answer
        self._client = self

    async def send_request(self, request: HttpRequest, *, stream: bool) -> object:
        assert stream, "the SDK cannot read what it reads by itself"
        self.requests.append(request)

        async def read() -> bytes:
            return self.answer

        return SimpleNamespace(status_code=self.status, read=read)

    async def write(self, *rows: tuple[Row, str | None]) -> bool:
        return await write_rows(cast("TableClient", self), rows)


async def test_same_as_the_sdk() -> None:
    """
    A new row and a known one are written by the same words that the SDK writes.
    """
    table = Table()
    async with TableServiceClient.from_connection_string(
        CONNECTION, transport=Listening()
    ) as service:
        known = {
            "mode": UpdateMode.REPLACE,
            "etag": ETAG,
            "match_condition": MatchConditions.IfNotModified,
        }
        with pytest.raises(Heard) as heard:
            await service.get_table_client("records").submit_transaction(
                [
                    (TransactionOperation.CREATE, TableEntity(NEW)),
                    (TransactionOperation.UPDATE, TableEntity(KNOWN), known),
                ]
            )

    assert await table.write((NEW, None), (KNOWN, ETAG))

    [ours] = table.requests
    theirs = heard.value.request
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    assert BOUNDARY.sub("", ours.headers["Content-Type"]) == BOUNDARY.sub(
        "", theirs.headers["Content-Type"]
    )
    assert plain(ours.content) == plain(theirs.content)


async def test_length_is_that_of_the_row() -> None:
    """
    Each part says how long its row is, in bytes.
    """
    table = Table(answer=DONE)

    await table.write(({**NEW, "reason": "é€"}, None))

    [part] = re.findall(
        rb"Content-Length: (\d+)\r\n.*?\r\n\r\n(\{.*?\})\r\n", body(table), re.DOTALL
    )
    assert int(part[0]) == len(part[1])


async def test_new_rows_come_back_empty() -> None:
    """
    We know what we wrote: the service is asked not to repeat it.
    """
    table = Table(answer=DONE)

    await table.write((NEW, None))

    assert b"\r\nPrefer: return-no-content\r\n" in body(table)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        pytest.param(202, LOST, id="lost race"),
        pytest.param(202, DONE, id="one answer is missing"),
        pytest.param(404, b"", id="no table"),
        pytest.param(503, DONE * 2, id="busy"),
    ],
)
async def test_not_all_is_nothing(status: int, answer: bytes) -> None:
    """
    A transaction of which not every row was written was not done.
    """
    assert not await Table(status, answer).write((NEW, None), (KNOWN, ETAG))


def body(table: Table) -> bytes:
    return bytes(table.requests[0].content)


def plain(content: bytes) -> list[str]:
    """Return what a transaction says, without what may differ, in one order of headers."""
    text = LEFT_OUT.sub("", TYPES.sub("", BOUNDARY.sub("", content.decode())))

    return [line for part in text.split("\r\n\r\n") for line in sorted(part.split("\r\n"))]
