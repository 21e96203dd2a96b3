"""Writes many rows of one partition in a transaction, at a cost that is in proportion to them.

The SDK makes and reads every part of a transaction with the standard library's package for e-mail,
which takes longer over a row than everything else that is done for a person. Here the parts are
plain text, sent through the SDK's own pipeline: it signs, retries and pools as ever.

https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from azure.core.rest import HttpRequest
from azure.data.tables.aio import TableClient

from connector.adapters.tables.rows import key_of, send

ROWS_PER_TRANSACTION = 100

_VERSION = "2019-02-02"
_HEADERS = {
    "x-ms-version": _VERSION,
    "DataServiceVersion": "3.0",
    "MaxDataServiceVersion": "3.0;NetFx",
    "Accept": "application/json",
}
_PART = (
    "Content-Type: application/http\r\n"
    "Content-Transfer-Encoding: binary\r\n"
    "Content-ID: {number}\r\n\r\n"
    "{method} {url} HTTP/1.1\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: {length}\r\n"
    f"x-ms-version: {_VERSION}\r\n"
    "DataServiceVersion: 3.0\r\n"
    "Accept: application/json;odata=minimalmetadata\r\n"
    "{condition}\r\n\r\n"
    "{row}\r\n"
)
_DONE = b"HTTP/1.1 204 "

type Row = Mapping[str, str | int]
"""Is a row as JSON, keys included; what is neither text nor a small number names its type."""


async def write_rows(table: TableClient, rows: Sequence[tuple[Row, str | None]]) -> bool:
    """Write at most 100 rows, each with the etag that its row must still have, or all or none.

    A row without an etag is written only if there is none. Returns whether that was done: when it
    was not, nothing is written, and the SDK's own transaction tells why.
    """
    batch, changes = f"batch_{uuid.uuid4()}", f"changeset_{uuid.uuid4()}"
    address = table.url
    parts = (
        f"--{changes}\r\n{_part(number, f'{address}/{table.table_name}', row, etag)}"
        for number, (row, etag) in enumerate(rows)
    )
    body = (
        f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n"
        f"{''.join(parts)}--{changes}--\r\n\r\n--{batch}--\r\n"
    )
    headers = _HEADERS | {"Content-Type": f"multipart/mixed; boundary={batch}"}
    request = HttpRequest("POST", f"{address}/$batch", headers=headers, content=body.encode())

    response = await send(table, request)
    answer = await response.read()

    return response.status_code == HTTPStatus.ACCEPTED and answer.count(_DONE) == len(rows)


def _part(number: int, table: str, row: Row, etag: str | None) -> str:
    content = json.dumps(row)
    if etag is None:
        method, url, condition = "POST", table, "Prefer: return-no-content"
    else:
        method, url, condition = "PUT", f"{table}({_key(row)})", f"If-Match: {etag}"

    return _PART.format(
        number=number,
        method=method,
        url=url,
        length=len(content),
        condition=condition,
        row=content,
    )


def _key(row: Row) -> str:
    return key_of(str(row["PartitionKey"]), str(row["RowKey"]))
