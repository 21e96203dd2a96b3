"""The table `parked`: events that wait for a person."""

from collections.abc import Collection

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableEntity

from connector.adapters.envelope import to_body
from connector.adapters.tables.service import TableService
from connector.domain.contact import OrganisationId, RecordKey
from connector.domain.parking import ParkedEvent, parking_id

TABLE = "parked"


class TableParkingStore:
    """Is the `ParkingStore` of one organisation."""

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection and the organisation that all rows belong to."""
        self._service = service
        self._organisation = organisation

    async def park(self, parked: ParkedEvent) -> None:
        """Keep an event; parking the same one again replaces it."""
        entity = TableEntity(
            PartitionKey=self._organisation,
            RowKey=parked.id,
            reason=parked.reason,
            attempts=parked.event.attempt if parked.event else 0,
            parked_at=parked.parked_at,
            body=to_body(parked.event) if parked.event else parked.body,
        )
        async with self._service.open(TABLE) as table:
            await table.upsert_entity(entity)

    async def release(self, keys: Collection[RecordKey]) -> None:
        """Forget what is parked for records that have succeeded since."""
        async with self._service.open(TABLE) as table:
            for key in keys:
                try:
                    await table.delete_entity(self._organisation, parking_id(key))
                except ResourceNotFoundError:
                    continue
