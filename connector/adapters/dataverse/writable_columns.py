"""Which columns of a table may be written, and what they take: read from the metadata now and then.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from connector.adapters.dataverse.client import DataverseClient
from connector.domain.contact import Table
from connector.domain.errors import TransientError
from connector.domain.way_back import ColumnKind, Columns, ColumnType

GOOD_SECONDS: Final = 600.0

_CLASS: Final = "Microsoft.Dynamics.CRM.{}AttributeMetadata"
_KINDS: Final = {
    "String": (ColumnKind.TEXT, ",MaxLength"),
    "Memo": (ColumnKind.TEXT, ",MaxLength"),
    "DateTime": (ColumnKind.DAY, ",Format"),
    "Picklist": (ColumnKind.CHOICE, ""),
}
_DAY: Final = "DateOnly"


class _Attribute(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    name: str = Field(alias="LogicalName")
    creatable: bool = Field(alias="IsValidForCreate")
    updatable: bool = Field(alias="IsValidForUpdate")
    longest: int | None = Field(alias="MaxLength", default=None)
    format: str | None = Field(alias="Format", default=None)


_ATTRIBUTES: Final = TypeAdapter(list[_Attribute])


class WritableColumns:
    """Reads the columns of a table, and takes what it read for good for a while."""

    def __init__(
        self, client: DataverseClient, table: Table, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the client of the environment, and the clock by which memories fade."""
        self._client = client
        self._table = table
        self._clock = clock
        self._reading = asyncio.Lock()
        self._known: Columns = {}
        self._good_until = float("-inf")

    async def get(self) -> Columns:
        """Return what is known, or read it when that is too long ago."""
        async with self._reading:
            if self._clock() >= self._good_until:
                found = [one for kind in _KINDS for one in await self._read(kind)]
                self._known, self._good_until = dict(found), self._clock() + GOOD_SECONDS

            return self._known

    async def _read(self, class_: str) -> Iterable[tuple[str, ColumnType]]:
        kind, more = _KINDS[class_]
        select = f"LogicalName,IsValidForCreate,IsValidForUpdate{more}"
        path = f"EntityDefinitions(LogicalName='{self._table}')/Attributes/{_CLASS.format(class_)}"
        answer = await self._client.get(path, {"$select": select})
        try:
            columns = _ATTRIBUTES.validate_python(answer.get("value"))
        except ValidationError as error:
            raise TransientError("the CRM must describe its columns") from error

        return [
            (one.name, ColumnType(kind, one.longest))
            for one in columns
            if one.creatable
            and one.updatable
            and (kind is not ColumnKind.DAY or one.format == _DAY)
        ]
