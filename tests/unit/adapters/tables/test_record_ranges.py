"""A range is read to its end, however early the service ends a page."""

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

from azure.core.rest import HttpRequest
from azure.data.tables.aio import TableClient

from connector.adapters.tables.keys import row_key
from connector.adapters.tables.record_ranges import RecordRange
from connector.domain.contact import Table
from tests.builders import ORGANISATION, an_id

MORE = {"x-ms-continuation-NextRowKey": "further"}


class EarlyTable:
    """A table whose first partition gives an empty page, and then a row and more behind it."""

    url, table_name = "https://demo.table.core.windows.net", "records"

    def __init__(self) -> None:
        self._client = self
        self.asked: list[str] = []

    async def send_request(self, request: HttpRequest, *, stream: bool) -> object:
        assert stream
        self.asked.append(request.url)
        rows, headers = self._answer(request.url)

        async def read() -> bytes:
            return json.dumps({"value": rows}).encode()

        return SimpleNamespace(
            status_code=200, reason="", headers=headers, read=read, text=lambda: ""
        )

    def _answer(self, url: str) -> tuple[list[dict[str, str]], Mapping[str, str]]:
        if "-contact-0" in url:
            return ([_row(2)], MORE) if "NextRowKey" in url else ([], MORE)
        if "-contact-1" in url:
            return [_row(1), _row(3)], {}

        return [], {}


def _row(number: int) -> dict[str, str]:
    keys = {"PartitionKey": "ours", "RowKey": row_key(an_id(number))}

    return {**keys, "odata.etag": "1", "version": "1"}


async def test_empty_page_is_not_the_end() -> None:
    """
    Behind an empty page it goes on; what lies behind the place reached comes with the next piece.
    """
    table = EarlyTable()
    all_ = RecordRange(organisation=ORGANISATION, table=Table.CONTACT, after=None, until=None)

    piece = await all_.read(cast("TableClient", table), size=10)

    assert [state.key.id for state in piece.states] == [an_id(1), an_id(2)]
    assert piece.last is not None
    assert piece.last.id == an_id(2)
    assert len(table.asked) == 5
