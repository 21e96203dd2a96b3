"""Reads contacts by their address, and writes them one by one with our mark."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from connector.adapters.dataverse.addresses import holding, who_hold
from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.refusals import PreconditionFailedError, RowNotFoundError
from connector.adapters.dataverse.rows import LABEL, properties_of, select_of, to_record
from connector.adapters.dataverse.writable_columns import WritableColumns
from connector.domain.contact import Column, ColumnValue, Record, RecordId, Table
from connector.domain.way_back import Columns

_SET: Final = "contacts"
_PREFER: Final = f'odata.include-annotations="{LABEL}"'
_CHANGED: Final = "0x80060882"
_EXISTS: Final = "0x80040237"


class DataverseContactBook:
    """Is the `ContactBook` that speaks to Dataverse.

    Contacts are written one by one: customers' own logic runs on each, and one that is refused
    must not take others with it.
    """

    def __init__(
        self, client: DataverseClient, tag: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the client, and the mark by which we know our own writes again."""
        self._client = client
        self._tag = tag
        self._columns = WritableColumns(client, Table.CONTACT, clock=clock)

    async def describe_columns(self) -> Columns:
        """Return the columns that may be written, as read not long ago."""
        return await self._columns.get()

    async def list_by_email(
        self, column: str, addresses: Collection[str], columns: Collection[Column]
    ) -> Sequence[Record]:
        """Return all contacts whose column holds one of the addresses, without regard to case."""
        if not addresses:
            return []

        properties = properties_of({*columns, Column(column)})
        params = {
            "$select": select_of(Table.CONTACT, properties),
            "$filter": holding(column, addresses),
        }
        pages = self._client.iter_pages(_SET, params, _PREFER)
        found = [to_record(Table.CONTACT, row, properties) async for p in pages for row in p.rows]

        return who_hold(column, addresses, found)

    async def create(self, row: RecordId, columns: Mapping[str, ColumnValue]) -> bool:
        """Make a contact of that id; False when it is there already.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/perform-conditional-operations-using-web-api
        """
        try:
            await self._client.patch_new(f"{_SET}({row})", columns, tag=self._tag)
        except PreconditionFailedError as error:
            if error.code.lower() != _EXISTS:
                raise

            return False

        return True

    async def update(self, held: Record, columns: Mapping[str, ColumnValue]) -> bool:
        """Change columns of a contact; False when the row is not as it was read any more."""
        etag = f'W/"{held.version}"'
        try:
            await self._client.patch(
                f"{_SET}({held.key.id})", columns, if_match=etag, tag=self._tag
            )
        except RowNotFoundError:
            return False
        except PreconditionFailedError as error:
            if error.code.lower() != _CHANGED:
                raise

            return False

        return True
