"""The table `licences`: the code as it was entered, and the latest clock that anybody saw."""

from datetime import datetime

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError
from azure.data.tables import TableEntity

from connector.adapters.tables.answers import find_entity
from connector.adapters.tables.conditional import write_unchanged
from connector.adapters.tables.service import TableService
from connector.domain.contact import OrganisationId
from connector.domain.errors import ConfigurationError
from connector.domain.licence_status import StoredLicence

TABLE = "licences"
ROW = "licence"


class TableLicenceStore:
    """Is the `LicenceStore` of one organisation."""

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection and the organisation whose licence it is."""
        self._service = service
        self._organisation = organisation

    async def find(self) -> StoredLicence | None:
        """Return the code as it was entered, or None when nobody entered one."""
        async with self._service.open(TABLE) as table:
            row = await find_entity(table, self._organisation, ROW)

        return _to_stored(row) if row is not None else None

    async def save(self, stored: StoredLicence) -> bool:
        """Write the row if it is still as it was read; False when the race is lost."""
        entity = TableEntity(
            PartitionKey=self._organisation,
            RowKey=ROW,
            code=stored.code,
            first_seen=stored.first_seen,
            highest_clock=stored.highest_clock,
        )
        async with self._service.open(TABLE) as table:
            return await write_unchanged(table, entity, stored.etag) is not None

    async def remove(self, stored: StoredLicence) -> bool:
        """Remove the row if it is still as it was read; False when the race is lost."""
        async with self._service.open(TABLE) as table:
            try:
                await table.delete_entity(
                    self._organisation,
                    ROW,
                    etag=stored.etag,
                    match_condition=MatchConditions.IfNotModified,
                )
            except ResourceModifiedError:
                return False

        return True


def _to_stored(row: TableEntity) -> StoredLicence:
    match row:
        case {
            "code": str(code),
            "first_seen": datetime() as first_seen,
            "highest_clock": datetime() as highest_clock,
        }:
            return StoredLicence(code, first_seen, highest_clock, row.metadata["etag"])

    raise ConfigurationError(
        "the stored licence must have a code and two times: delete the row, enter the code again"
    )
