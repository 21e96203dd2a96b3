"""Writes contacts one by one, with our mark."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.refusals import PreconditionFailedError, RowNotFoundError
from connector.adapters.dataverse.writable_columns import WritableColumns
from connector.domain.contact import ColumnValue, Record, RecordId, Table
from connector.domain.way_back import Columns

_SET: Final = "contacts"
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
