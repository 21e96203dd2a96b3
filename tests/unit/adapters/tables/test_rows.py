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

ADDRESS = "https://demo.table.core.windows.net"
MORE = {
    "x-ms-continuation-NextPartitionKey": "1!4!b3Vycw--",
    "x-ms-continuation-NextRowKey": "1!8!cm93/2",
}


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
            return json.dumps(body).encode()

        return SimpleNamespace(
            status_code=status, reason="", headers=headers, read=read, text=lambda: ""
        )


async def test_all_pages_are_read() -> None:
    """
    Reading goes on where the service says, also behind an empty page.
    """
    table = Table((200, {"value": [{"RowKey": "1"}]}, MORE), (200, {"value": []}, MORE))
    table.answers.append((200, {"value": [{"RowKey": "2"}]}, {}))

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
