"""Rows come as the service writes them, and what is no row is an error with its meaning."""

import asyncio
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.core.rest import HttpRequest
from azure.data.tables.aio import TableClient

from connector.adapters.tables.rows import compare, find_row, iter_rows, read_page
from connector.domain.errors import TransientError

ADDRESS = "https://demo.table.core.windows.net"
MORE = {
    "x-ms-continuation-NextPartitionKey": "1!4!b3Vycw--",
    "x-ms-continuation-NextRowKey": "1!8!cm93/2",
}
NONSENSE = [
    pytest.param(b"<h1>Maintenance</h1>", id="page"),
    pytest.param(b"", id="empty"),
    pytest.param(b"\xff\xfe", id="bytes"),
    pytest.param(b"[" * 200_000, id="deep"),
    pytest.param(b"null", id="null"),
    pytest.param(b"[]", id="list"),
    pytest.param(b"{}", id="object"),
    pytest.param(b'{"value": null}', id="no rows"),
    pytest.param(b'{"value": [1]}', id="no row"),
    pytest.param(b'{"value": [{}]}', id="empty row"),
    pytest.param(b'{"value": [{"PartitionKey": "o", "RowKey": 1, "odata.etag": "1"}]}', id="key"),
    pytest.param(b'{"value": [{"PartitionKey": "o", "RowKey": "1"}]}', id="no etag"),
    pytest.param(b'{"PartitionKey": "o", "RowKey": "2", "odata.etag": "1"}', id="another row"),
]


def a_row(key: str) -> dict[str, str]:
    return {"PartitionKey": "ours", "RowKey": key, "odata.etag": "1"}


class Table:
    """Is a table that gives prepared answers, one after the other."""

    url, table_name = ADDRESS, "records"

    def __init__(self, *answers: tuple[int, object, Mapping[str, str]]) -> None:
        self.answers = list(answers)
        self.urls: list[str] = []
        self._client = self

    @property
    def client(self) -> TableClient:
        return cast("TableClient", self)

    async def send_request(self, request: HttpRequest, *, stream: bool) -> object:
        assert stream, "the SDK cannot read what it reads by itself"
        self.urls.append(request.url)
        status, body, headers = self.answers.pop(0)

        async def read() -> bytes:
            return body if isinstance(body, bytes) else json.dumps(body).encode()

        return SimpleNamespace(
            status_code=status, reason="", headers=headers, read=read, text=lambda: ""
        )


async def test_all_pages_are_read() -> None:
    """
    Reading goes on where the service says, also behind an empty page.
    """
    table = Table((200, {"value": [a_row("1")]}, MORE), (200, {"value": []}, MORE))
    table.answers.append((200, {"value": [a_row("2")]}, {}))

    rows = [row["RowKey"] async for row in iter_rows(table.client, "RowKey ge ''", size=1)]

    assert rows == ["1", "2"]
    assert "NextPartitionKey=1%214%21b3Vycw--&NextRowKey=1%218%21cm93%2F2" in table.urls[2]


async def test_page_that_hangs_is_late() -> None:
    """
    Who waits for rows waits for each page for so many seconds, and no longer.
    """
    table = Table()

    async def hang(request: HttpRequest, *, stream: bool) -> object:
        return await asyncio.Future()

    table.send_request = hang  # type: ignore[method-assign]

    with pytest.raises(TimeoutError):
        [row async for row in iter_rows(table.client, "RowKey ge ''", seconds=0)]


async def test_missing_row_is_none() -> None:
    """
    A row that is not there is nothing; a table that is not there is an error.
    """
    row = {"odata.error": {"code": "ResourceNotFound"}}
    gone = {"odata.error": {"code": "TableNotFound"}}
    table = Table((404, row, {}), (404, gone, {}))

    assert await find_row(table.client, "ours", "1") is None
    with pytest.raises(HttpResponseError):
        await find_row(table.client, "ours", "1")


async def test_refusal_is_told() -> None:
    """
    Who is not let in is told so, as the SDK tells it.
    """
    with pytest.raises(ClientAuthenticationError):
        await read_page(Table((401, {}, {})).client, "RowKey ge ''")


def test_text_in_a_filter_cannot_end_it() -> None:
    """
    A quotation mark in a value stays part of the value.
    """
    assert compare("reason", "eq", "o' or 1 eq 1") == "reason eq 'o'' or 1 eq 1'"


@pytest.mark.parametrize("body", NONSENSE)
async def test_nonsense_is_no_answer(body: bytes) -> None:
    """
    A good status with anything but rows of ours is an outage, whichever way the rows are read.
    """
    with pytest.raises(TransientError, match="table storage"):
        await find_row(Table((200, body, {})).client, "ours", "1")
    with pytest.raises(TransientError, match="table storage"):
        await read_page(Table((200, body, {})).client, "RowKey ge ''")


async def test_columns_that_were_not_asked_for_may_miss() -> None:
    """
    Of a row that is read in part only what was asked for must be there.
    """
    table = Table((200, {"value": [{"RowKey": "1"}]}, {}))

    page = await read_page(table.client, "RowKey ge ''", select=["RowKey", "status"])

    assert page.rows == [{"RowKey": "1"}]


async def test_strange_404_is_no_missing_row() -> None:
    """
    Only the service itself can say that a row is not there: what a proxy says proves nothing.
    """
    with pytest.raises(HttpResponseError):
        await find_row(Table((404, b"<h1>Not found</h1>", {})).client, "ours", "1")
