"""The table `settings`: the connection to Spotler, and never its secret."""

from datetime import datetime

from azure.data.tables import TableEntity

from connector.adapters.tables.answers import find_entity
from connector.adapters.tables.conditional import write_unchanged
from connector.adapters.tables.service import TableService
from connector.domain.connection import SecretVersion, StoredConnection
from connector.domain.contact import OrganisationId
from connector.domain.errors import ConfigurationError

TABLE = "settings"
ROW = "connection"


class TableConnectionStore:
    """Is the `ConnectionStore` of one organisation."""

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection to the tables and the organisation whose row it is."""
        self._service = service
        self._organisation = organisation

    async def find(self) -> StoredConnection | None:
        """Return the connection, or None when nobody saved one."""
        async with self._service.open(TABLE) as table:
            row = await find_entity(table, self._organisation, ROW)

        return _to_connection(row) if row is not None else None

    async def save(self, connection: StoredConnection) -> bool:
        """Write the row if it is still as it was read; False when the race is lost."""
        entity = TableEntity(
            PartitionKey=self._organisation,
            RowKey=ROW,
            key=connection.key,
            secret_version=connection.secret_version,
            saved_at=connection.saved_at,
            saved_by=connection.saved_by,
        )
        async with self._service.open(TABLE) as table:
            return await write_unchanged(table, entity, connection.etag) is not None


def _to_connection(row: TableEntity) -> StoredConnection:
    match row:
        case {
            "key": str(key),
            "secret_version": str(version),
            "saved_at": datetime() as saved_at,
            "saved_by": str(saved_by),
        }:
            etag = row.metadata["etag"]
            return StoredConnection(key, SecretVersion(version), saved_at, saved_by, etag)

    raise ConfigurationError(
        "the stored connection must have a key, a secret's version, a time and a name: "
        "delete the row, connect again"
    )
