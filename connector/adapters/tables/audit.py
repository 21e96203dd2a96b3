"""The table `audit`: who changed what, in the order of time."""

from typing import Final

from azure.data.tables import TableEntity

from connector.adapters.tables.service import TableService
from connector.domain.audit import AuditEntry, AuditResult
from connector.domain.contact import OrganisationId

TABLE: Final = "audit"


class TableAuditTrail:
    """Is the `AuditTrail` of one organisation."""

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection to the tables and the organisation whose rows they are."""
        self._service = service
        self._organisation = organisation

    async def begin(self, entry: AuditEntry) -> None:
        """Write a new row."""
        row = self._row(entry, at=entry.at, caller=entry.caller, action=entry.action)
        row |= {"target": entry.target}
        if entry.before is not None:
            row["before"] = entry.before

        async with self._service.open(TABLE) as table:
            await table.create_entity(row)

    async def finish(self, entry: AuditEntry, result: AuditResult) -> None:
        """Add the result to the row."""
        async with self._service.open(TABLE) as table:
            await table.update_entity(self._row(entry, status=result.status, after=result.after))

    def _row(self, entry: AuditEntry, **columns: object) -> TableEntity:
        moment = entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

        return TableEntity(
            PartitionKey=self._organisation, RowKey=f"{moment}-{entry.id}", **columns
        )
