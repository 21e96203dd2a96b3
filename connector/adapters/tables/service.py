"""The connection to Table Storage, and what its failures mean."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DeserializationError,
    HttpResponseError,
    ResourceExistsError,
)

from connector.domain.errors import ConfigurationError, System, TransientError, named

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient, TableServiceClient


class TableService:
    """Opens tables by name, once each, and makes those that are not there."""

    def __init__(self, make_client: "Callable[[], TableServiceClient]") -> None:
        """Take how to make a client; it is made at first use, inside the event loop."""
        self._make_client = make_client
        self._client: TableServiceClient | None = None
        self._tables: dict[str, TableClient] = {}
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def open(self, name: str, part: System = System.TABLES) -> "AsyncIterator[TableClient]":
        """Yield a table, and translate what goes wrong while it is used."""
        with named(part):
            async with self._open(name) as table:
                yield table

    async def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        self._tables.clear()
        if client is not None:
            await client.close()

    @asynccontextmanager
    async def _open(self, name: str) -> "AsyncIterator[TableClient]":
        try:
            yield self._tables.get(name) or await self._create(name)
        except ClientAuthenticationError as exc:
            raise ConfigurationError("table storage must accept our identity") from exc
        except HttpResponseError as exc:
            if exc.status_code == HTTPStatus.FORBIDDEN:
                raise ConfigurationError("table storage must grant us its tables") from exc
            if exc.status_code == HTTPStatus.NOT_FOUND:
                self._tables.pop(name, None)  # somebody deleted the table: make it anew
            raise TransientError(f"table storage answered {exc.status_code}") from exc
        except DeserializationError as exc:
            raise TransientError("table storage must answer as documented") from exc
        except (AzureError, OSError) as exc:
            raise TransientError("table storage must be reachable") from exc

    async def _create(self, name: str) -> "TableClient":
        async with self._opening:
            if name not in self._tables:
                self._client = self._client or self._make_client()
                table = self._client.get_table_client(name)
                with suppress(ResourceExistsError):
                    await table.create_table()
                self._tables[name] = table

            return self._tables[name]
