"""The table `mappings`: what administrators changed about the default mappings."""

import hashlib
import time
from collections.abc import Callable, Sequence

from azure.data.tables import TableEntity, UpdateMode

from connector.adapters.tables.service import TableService
from connector.domain.contact import OrganisationId
from connector.domain.converter import Converter
from connector.domain.errors import ConfigurationError, MappingError
from connector.domain.mapping import Mapping, Origin, Target

TABLE = "mappings"
FRESH_SECONDS = 30.0
"""How long a worker may go on with mappings that it read; a change reaches all within this."""


class TableMappingStore:
    """Is the `MappingStore` of one organisation."""

    def __init__(
        self,
        service: TableService,
        organisation: OrganisationId,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the connection and the organisation that all rows belong to."""
        self._service = service
        self._organisation = organisation
        self._clock = clock
        self._read: tuple[float, Sequence[Mapping]] | None = None

    async def list_changes(self) -> Sequence[Mapping]:
        """Return the stored mappings, deleted ones included."""
        if self._read is None or self._clock() - self._read[0] >= FRESH_SECONDS:
            self._read = (self._clock(), await self._list())

        return self._read[1]

    async def save(self, mapping: Mapping) -> None:
        """Store a mapping in place of the one for the same property."""
        async with self._service.open(TABLE) as table:
            await table.upsert_entity(_to_entity(self._organisation, mapping), UpdateMode.REPLACE)

        self._read = None

    async def _list(self) -> Sequence[Mapping]:
        async with self._service.open(TABLE) as table:
            rows = table.query_entities(
                "PartitionKey eq @organisation", parameters={"organisation": self._organisation}
            )
            return [_to_mapping(row) async for row in rows]


def _to_entity(organisation: OrganisationId, mapping: Mapping) -> TableEntity:
    columns = {
        "target": mapping.target.key,
        "contact_column": mapping.contact_column,
        "lead_column": mapping.lead_column,
        "converter": mapping.converter,
        "lead_converter": mapping.lead_converter,
        "origin": mapping.origin,
        "deleted": mapping.deleted,
    }
    filled = {name: value for name, value in columns.items() if value is not None}

    return TableEntity(PartitionKey=organisation, RowKey=_row_key(mapping.target), **filled)


def _row_key(target: Target) -> str:
    """Return what a row is called; a label may hold what a key of a table must not."""
    return hashlib.sha256(target.key.encode()).hexdigest()


def _to_mapping(row: TableEntity) -> Mapping:
    try:
        return Mapping(
            target=Target(row["target"]),
            contact_column=row.get("contact_column"),
            lead_column=row.get("lead_column"),
            converter=Converter(row["converter"]),
            origin=Origin(row["origin"]),
            deleted=row["deleted"],
            lead_converter=Converter(row["lead_converter"]) if "lead_converter" in row else None,
        )
    except (ValueError, KeyError, MappingError) as exc:
        raise ConfigurationError(
            "a stored mapping must name its property, a known converter and an origin"
        ) from exc
