"""Reads people from Dataverse: the rows as they are now, and which leads they once were."""

import asyncio
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import replace
from functools import partial
from itertools import batched
from typing import Final

import httpx

from connector.adapters.dataverse.addresses import holding, who_hold
from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.columns import DataverseColumns
from connector.adapters.dataverse.guid import to_guid
from connector.adapters.dataverse.refusals import NoSuchRowError, UnknownTableError
from connector.adapters.dataverse.row_reading import RowReading
from connector.adapters.dataverse.rows import (
    KEYS,
    LABEL,
    any_of,
    properties_of,
    select_of,
    to_count,
    to_id,
    to_record,
)
from connector.adapters.dataverse.sales import ORIGINATING_LEAD, Sales
from connector.adapters.dataverse.timing import in_time
from connector.domain.connection import OtherOrganisationError
from connector.domain.contact import Column, Record, RecordId, RecordPage, Table
from connector.domain.crm_column import ColumnNow
from connector.domain.errors import (
    SYSTEM_OF,
    ConfigurationError,
    InvalidEventError,
    System,
    named,
    reading,
)
from connector.domain.identity import MASTER

IDS_PER_QUERY: Final = 100
"""Is well under the 32 KB that an address may have: a hundred ids take 6."""

_PREFER_LABELS: Final = f'odata.include-annotations="{LABEL}"'
_SETS: Final = {Table.CONTACT: "contacts", Table.LEAD: "leads"}
_QUALIFIED: Final = "statecode eq 1"


class DataverseGateway:
    """The CRM gateway that speaks to Dataverse."""

    def __init__(
        self,
        client: DataverseClient,
        columns: DataverseColumns | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the client, what the metadata tells, and the clock by which memories fade."""
        self._client = client
        self._columns = columns or DataverseColumns(client, clock=clock)
        self._rows = RowReading(self._columns, clock)
        self._sales = Sales(client, clock)

    async def list_records(
        self, table: Table, ids: Collection[RecordId], columns: Collection[Column]
    ) -> Mapping[RecordId, Record]:
        """Return the rows that exist now, by id, at most 100 in one query.

        A row that was not asked for is nobody's: it is left.
        """
        records: dict[RecordId, Record] = {}
        for some in batched(_distinct(ids), IDS_PER_QUERY, strict=False):
            with reading(table):
                found = await self._read(table, some, columns)
            records |= {record.key.id: record for record in found if record.key.id in some}

        return records

    async def find_originating_leads(
        self, contacts: Collection[RecordId]
    ) -> Mapping[RecordId, RecordId]:
        """Return for each contact the oldest qualified lead whose parent it is, where one is."""
        leads: dict[RecordId, RecordId] = {}
        for some in batched(_distinct(contacts), IDS_PER_QUERY, strict=False):
            with reading(Table.LEAD):
                async for contact, lead in self._iter_qualified(some):
                    if contact in some:
                        leads.setdefault(contact, lead)

        return leads

    async def find_heirs(self, leads: Collection[RecordId]) -> Mapping[RecordId, RecordId]:
        """Return the contacts that name one of these as the lead they were made from."""
        columns = [Column(ORIGINATING_LEAD, is_lookup=True)]
        heirs: dict[RecordId, RecordId] = {}
        for some in batched(_distinct(leads), IDS_PER_QUERY, strict=False):
            ask = partial(self._query_heirs, some)
            with reading(Table.CONTACT):
                found: list[Record] = await self._sales.ask(Table.CONTACT, columns, ask, [])
            heirs |= {one.key.id: RecordId(str(one.value(ORIGINATING_LEAD))) for one in found}

        return heirs

    async def find_merged(
        self, table: Table, masters: Collection[RecordId]
    ) -> Mapping[RecordId, RecordId]:
        """Return the rows that were merged into one of these, each with that one."""
        merged: dict[RecordId, RecordId] = {}
        for some in batched(_distinct(masters), IDS_PER_QUERY, strict=False):
            ask = partial(self._query, table, some, by=f"_{MASTER.name}_value")
            with reading(table):
                found = await self._ask(table, [MASTER], ask)
            merged |= {one.key.id: RecordId(str(one.value(MASTER.name))) for one in found}

        return merged

    async def list_by_address(
        self,
        table: Table,
        column: str,
        addresses: Collection[str],
        columns: Collection[Column] = (),
    ) -> Sequence[Record]:
        """Return the rows whose column holds one of the addresses, without regard to case.

        A column that is gone holds none.
        """
        if not addresses:
            return []

        async def ask(columns: Collection[Column]) -> list[Record]:
            if column not in {one.name for one in columns}:
                return []

            return await self._find(table, columns, holding(column, addresses))

        wanted = {one.name: one for one in (Column(column), *columns)}
        with reading(table):
            found = await self._ask(table, [*wanted.values()], ask)

        return who_hold(column, addresses, found)

    async def find_deleted(self, table: Table, ids: Collection[RecordId]) -> Collection[RecordId]:
        """Return which rows are deleted: a row that is hidden from us is answered otherwise.

        Each takes a call of its own; raises `TransientError` when they take too long together.
        """
        wanted = [RecordId(one) for one in _distinct(ids)]
        with reading(table):
            async with in_time(System.ROWS):
                answers = await asyncio.gather(*(self._is_deleted(table, one) for one in wanted))

        deleted = [one for one, is_deleted in zip(wanted, answers, strict=True) if is_deleted]
        if deleted:
            await self.prove()

        return deleted

    async def prove(self) -> None:
        """Make sure now that the environment is our organisation's."""
        await self._client.prove()

    async def _is_deleted(self, table: Table, row: RecordId) -> bool:
        try:
            await self._client.get(f"{_SETS[table]}({row})", {"$select": KEYS[table]})
        except NoSuchRowError:
            return True
        except OtherOrganisationError:
            raise
        except ConfigurationError:
            return False

        return False

    async def look_at_columns(
        self, table: Table, columns: Collection[str]
    ) -> Mapping[str, ColumnNow]:
        """Return what is true now of these columns, as far as they are there."""
        with reading(table):
            return await self._columns.look_at_columns(table, columns)

    async def read_page(
        self, table: Table, columns: Collection[Column], *, size: int, cursor: str | None = None
    ) -> RecordPage:
        """Return the rows behind a cursor, or the first ones, in the order of their ids.

        A cursor is what follows the root of the Web API in the link to the next page: as long as
        rows are ordered by their key, it holds ids and names of columns only.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/page-results
        """

        async def ask(there: Collection[Column]) -> RecordPage:
            return await self._query_page(table, there, size, cursor)

        with named(SYSTEM_OF[table]):
            page = await self._rows.ask(
                table, columns, lambda there: self._sales.ask(table, there, ask, RecordPage(()))
            )

        return replace(page, records=tuple(await self._rows.finish(table, columns, page.records)))

    async def count(self, table: Table) -> int:
        """Return about how many rows a table has: Dataverse may have counted a day ago.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrievetotalrecordcount
        """

        async def ask(_: Collection[Column]) -> int:
            path = f"RetrieveTotalRecordCount(EntityNames=['{table}'])"
            return to_count(await self._client.get(path), table)

        return await self._sales.ask(table, (), ask, 0)

    async def _read(
        self, table: Table, ids: Collection[str], columns: Collection[Column]
    ) -> list[Record]:
        async def ask(there: Collection[Column]) -> list[Record]:
            return await self._query(table, ids, there)

        return await self._ask(table, columns, ask)

    async def _ask(
        self,
        table: Table,
        columns: Collection[Column],
        ask: Callable[[Collection[Column]], Awaitable[list[Record]]],
    ) -> list[Record]:
        """Ask for rows; one that lacks a column, or is of no table that is there, stops nobody."""
        nobody: list[Record] = []
        found = await self._rows.ask(
            table, columns, lambda there: self._sales.ask(table, there, ask, nobody)
        )

        return await self._rows.finish(table, columns, found)

    async def _query_heirs(self, leads: Iterable[str], columns: Collection[Column]) -> list[Record]:
        """Ask who names a lead, where there is a column to name one in."""
        by = f"_{ORIGINATING_LEAD}_value"

        return await self._query(Table.CONTACT, leads, columns, by=by) if columns else []

    async def _query(
        self, table: Table, ids: Iterable[str], columns: Collection[Column], *, by: str = ""
    ) -> list[Record]:
        """Ask for exactly what was asked of us."""
        return await self._find(table, columns, any_of(by or KEYS[table], ids))

    async def _find(
        self, table: Table, columns: Collection[Column], condition: str
    ) -> list[Record]:
        """Ask for rows in pages, for Dataverse may give less at once.

        Labels are always asked for: a column of text has none, so it costs nothing.
        """
        properties = properties_of(columns)
        params = {"$select": select_of(table, properties), "$filter": condition}
        pages = self._client.iter_pages(_SETS[table], params, _PREFER_LABELS)

        return [to_record(table, row, properties) async for page in pages for row in page.rows]

    async def _query_page(
        self, table: Table, columns: Collection[Column], size: int, cursor: str | None
    ) -> RecordPage:
        """Follow the link as Dataverse gave it, unless other columns are mapped since."""
        properties = properties_of(columns)
        params = {"$select": select_of(table, properties), "$orderby": KEYS[table]}
        prefer = f"odata.maxpagesize={size},{_PREFER_LABELS}"
        if cursor is None:
            page = await self._client.get_page(_SETS[table], params, prefer)
        else:
            page = await self._client.get_page(_selecting(cursor, params["$select"]), None, prefer)

        records = tuple(to_record(table, row, properties) for row in page.rows)

        return RecordPage(records, page.next_link and self._client.to_cursor(page.next_link))

    async def _iter_qualified(
        self, contacts: Iterable[str]
    ) -> AsyncIterator[tuple[RecordId, RecordId]]:
        """Yield contacts with the leads that became them, the oldest lead first."""
        if not self._sales.has_leads:
            return

        params = {
            "$select": "leadid,_parentcontactid_value",
            "$filter": f"{_QUALIFIED} and ({any_of('_parentcontactid_value', contacts)})",
            "$orderby": "createdon asc,leadid asc",
        }
        try:
            async for page in self._client.iter_pages(_SETS[Table.LEAD], params):
                for row in page.rows:
                    yield to_id(row, "_parentcontactid_value"), to_id(row, "leadid")
        except UnknownTableError as error:
            await self._sales.confirm_absence(error)


def _distinct(ids: Collection[RecordId]) -> list[str]:
    """Return each id once, having made sure that nothing else gets into a filter."""
    try:
        return list(dict.fromkeys(map(to_guid, ids)))
    except ValueError as error:
        raise InvalidEventError("the id of a record must be a GUID") from error


def _selecting(cursor: str, select: str) -> str:
    """Return a cursor that reads these columns, untouched where it does so already."""
    link = httpx.URL(cursor)
    if link.params.get("$select") == select:
        return cursor

    return str(link.copy_set_param("$select", select))
