"""The table `parked`: events that wait for a person."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from itertools import batched

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from connector.adapters.envelope import parse_change, to_body
from connector.adapters.tables.answers import find_entity, iter_entities, reading_answer
from connector.adapters.tables.conditional import write_unchanged
from connector.adapters.tables.rows import LARGEST_PAGE
from connector.adapters.tables.service import TableService
from connector.domain.contact import OrganisationId, RecordKey
from connector.domain.errors import InvalidEventError, System, TransientError
from connector.domain.event import CHANGES
from connector.domain.parking import ParkedEvent, parking_id

logger = logging.getLogger(__name__)

TABLE = "parked"
ATTEMPTS = 10
PARALLEL = 16

PIECE = 60 * 1024
"""A property holds 64 KiB, so that a body lies in several."""

PIECES = 12
"""With these a row, on its way in base64, stays under 1 MiB; our queues carry 256 KiB at most."""

BODY = "body_"
"""Begins the name of each piece."""


class TableParkingStore:
    """Is the `ParkingStore` of one organisation."""

    def __init__(
        self,
        service: TableService,
        organisation: OrganisationId,
        *,
        worked: Callable[[System], None] | None = None,
    ) -> None:
        """Take the connection, the organisation of all rows, and whom to tell of what worked."""
        self._service = service
        self._organisation = organisation
        self._worked = worked

    async def park(self, parked: ParkedEvent) -> None:
        """Keep an event in place of what was parked for the same record.

        Of several who park it at once the later sees what the earlier kept: a deletion stays one.
        """
        async with self._service.open(TABLE, System.PARKING) as table:
            for _ in range(ATTEMPTS):
                kept = parked.after(await self._find(table, parked.id))
                if await write_unchanged(table, self._to_entity(kept), kept.etag) is not None:
                    return

        raise TransientError("an event must not be parked by many at once")

    async def list_parked(self) -> Sequence[ParkedEvent]:
        """Return all that is parked."""
        async with self._open() as table:
            rows = iter_entities(
                table,
                "PartitionKey eq @organisation",
                parameters={"organisation": self._organisation},
            )
            return [to_parked(row) async for row in rows]

    async def list_for(
        self, reason: str, *, most: int, due: datetime | None = None
    ) -> Sequence[ParkedEvent]:
        """Return some of what is parked for a reason, none only when there is none.

        With `due`, a moment, there is only what is to be tried again then.
        """
        found: list[ParkedEvent] = []
        async with self._open() as table:
            rows = iter_entities(
                table,
                "PartitionKey eq @organisation and reason eq @reason",
                parameters={"organisation": self._organisation, "reason": reason},
                size=min(most, LARGEST_PAGE),
            )
            async for row in rows:
                parked = to_parked(row)
                if due is None or parked.is_due(due):
                    found.append(parked)
                if len(found) == most:
                    break

        return found

    async def forget(self, parked: Sequence[ParkedEvent]) -> None:
        """Forget what is still parked as it was listed; what was parked anew since stays."""
        if not parked:
            return

        async with self._open() as table:
            await asyncio.gather(*(self._forget_one(table, one) for one in parked))

    async def postpone(self, parked: Sequence[ParkedEvent], now: datetime) -> Sequence[ParkedEvent]:
        """Note that events are tried now; return those that were still parked as listed."""
        noted: list[ParkedEvent] = []
        async with self._open() as table:
            for some in batched(parked, PARALLEL, strict=False):
                tried = [replace(one, parked_at=now) for one in some]
                written = await asyncio.gather(
                    *(write_unchanged(table, self._to_entity(one), one.etag) for one in tried)
                )
                noted += [
                    replace(one, etag=etag)
                    for one, etag in zip(tried, written, strict=True)
                    if etag is not None
                ]

        return noted

    async def list_of(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, ParkedEvent]:
        """Return what is parked of some records, as far as anything is."""
        if not keys:
            return {}

        found: dict[RecordKey, ParkedEvent] = {}
        async with self._open() as table:
            for some in batched(keys, PARALLEL, strict=False):
                rows = await asyncio.gather(*(self._find(table, parking_id(key)) for key in some))
                found |= {key: row for key, row in zip(some, rows, strict=True) if row is not None}

        return found

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[TableClient]:
        """Yield the table for what reads it first; that an event can be kept is another matter."""
        async with self._service.open(TABLE, System.PARKED) as table:
            yield table

        if self._worked is not None:
            self._worked(System.PARKED)

    async def _forget_one(self, table: TableClient, parked: ParkedEvent) -> None:
        with suppress(ResourceModifiedError, ResourceNotFoundError):
            await table.delete_entity(
                self._organisation,
                parked.id,
                etag=parked.etag,
                match_condition=MatchConditions.IfNotModified,
            )

    def _to_entity(self, kept: ParkedEvent) -> TableEntity:
        return TableEntity(
            PartitionKey=self._organisation,
            RowKey=kept.id,
            queue=kept.queue,
            reason=kept.reason,
            attempts=kept.attempts,
            parked_at=kept.parked_at,
            first_parked_at=kept.first_parked_at,
            **_to_pieces(kept),
        )

    async def _find(self, table: TableClient, row: str) -> ParkedEvent | None:
        found = await find_entity(table, self._organisation, row)

        return to_parked(found) if found is not None else None


def _to_pieces(parked: ParkedEvent) -> dict[str, bytes]:
    whole = to_body(parked.event).encode() if parked.event else parked.raw
    if len(whole) > PIECE * PIECES:
        logger.warning("a parked body of %d bytes is cut to what a row holds", len(whole))

    pieces = range((len(whole) - 1) // PIECE + 1)

    return {f"{BODY}{n:02}": whole[n * PIECE : (n + 1) * PIECE] for n in pieces[:PIECES]}


def to_parked(row: TableEntity) -> ParkedEvent:
    """Return what a row keeps."""
    with reading_answer():
        pieces = sorted(name for name in row if name.startswith(BODY))
        whole = b"".join(row[name] for name in pieces)
        kept = ParkedEvent(
            row["RowKey"],
            row["reason"],
            row["parked_at"],
            attempts=row["attempts"],
            first_parked_at=row["first_parked_at"],
            queue=row["queue"],
            etag=row.metadata["etag"],
        )
    if kept.queue != CHANGES:
        return replace(kept, body=whole.decode(errors="surrogateescape"))

    try:
        return replace(kept, event=parse_change(whole))
    except InvalidEventError:
        return replace(kept, body=whole.decode(errors="surrogateescape"))
