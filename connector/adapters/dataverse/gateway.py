"""Reads people from Dataverse: the rows as they are now, and which leads they once were."""

import re
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from itertools import batched
from typing import Final

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.guid import to_guid
from connector.adapters.dataverse.models import Row
from connector.adapters.dataverse.refusals import UnknownColumnError, UnknownTableError
from connector.domain.contact import Column, Record, RecordId, RecordKey, Table
from connector.domain.errors import ConfigurationError, InvalidEventError, TransientError

IDS_PER_QUERY: Final = 100
"""Is well under the 32 KB that an address may have: a hundred ids take 6."""

ORIGINATING_LEAD: Final = "originatingleadid"
"""Is a column of contact that exists only where Dynamics 365 Sales is installed."""

REMEMBERED_SECONDS: Final = 3600.0
"""Is how long we take it that Sales is not installed, before we look again."""

_LABEL: Final = "OData.Community.Display.V1.FormattedValue"
_PREFER_LABELS: Final = f'odata.include-annotations="{_LABEL}"'
_SETS: Final = {Table.CONTACT: "contacts", Table.LEAD: "leads"}
_KEYS: Final = {Table.CONTACT: "contactid", Table.LEAD: "leadid"}
_QUALIFIED: Final = "statecode eq 1"
_VERSION = re.compile(r'(?:W/")?([0-9]{1,19})"?')
_NAME = re.compile(r"[a-z][a-z0-9_]{0,127}", re.ASCII)


class DataverseGateway:
    """Is the CRM gateway that speaks to Dataverse.

    An environment without Sales has no leads. That is noticed once and remembered for an hour:
    Sales may be installed while we run.
    """

    def __init__(
        self, client: DataverseClient, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the client of the environment, and the clock by which memories fade."""
        self._client = client
        self._leads = _Absence(clock)
        self._originating_lead = _Absence(clock)

    async def list_records(
        self, table: Table, ids: Collection[RecordId], columns: Collection[Column]
    ) -> Mapping[RecordId, Record]:
        """Return the rows that exist now, by id, at most 100 in one query."""
        records: dict[RecordId, Record] = {}
        for some in batched(_distinct(ids), IDS_PER_QUERY, strict=False):
            found = await self._read(table, some, columns)
            records |= {record.key.id: record for record in found}

        return records

    async def find_originating_leads(
        self, contacts: Collection[RecordId]
    ) -> Mapping[RecordId, RecordId]:
        """Return for each contact the oldest qualified lead whose parent it is, where one is."""
        leads: dict[RecordId, RecordId] = {}
        for some in batched(_distinct(contacts), IDS_PER_QUERY, strict=False):
            async for contact, lead in self._iter_qualified(some):
                leads.setdefault(contact, lead)

        return leads

    async def check(self) -> None:
        """Raise when the CRM does not know us.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/whoami
        """
        await self._client.get("WhoAmI")

    async def _read(
        self, table: Table, ids: Iterable[str], columns: Collection[Column]
    ) -> list[Record]:
        """Read rows, without what only Sales brings where there is no Sales."""
        if table is Table.LEAD:
            return await self._read_leads(ids, columns)

        if not self._originating_lead.is_known:
            try:
                return await self._query(table, ids, columns)
            except UnknownColumnError as error:
                if error.column != ORIGINATING_LEAD:
                    raise
                self._originating_lead.note()

        return await self._query(table, ids, [c for c in columns if c.name != ORIGINATING_LEAD])

    async def _read_leads(self, ids: Iterable[str], columns: Collection[Column]) -> list[Record]:
        if self._leads.is_known:
            return []

        try:
            return await self._query(Table.LEAD, ids, columns)
        except UnknownTableError:
            self._leads.note()
            return []

    async def _query(
        self, table: Table, ids: Iterable[str], columns: Collection[Column]
    ) -> list[Record]:
        """Ask for exactly what was asked of us.

        Labels are always asked for: only choices, lookups, dates and numbers have one, so a
        column of text costs nothing. One page would do, but Dataverse may give less than asked.
        """
        properties = {column.name: _property(column) for column in columns}
        names = [_KEYS[table], "versionnumber", "modifiedon", *properties.values()]
        params = {
            "$select": ",".join(dict.fromkeys(names)),
            "$filter": _any_of(_KEYS[table], ids),
        }

        pages = self._client.iter_pages(_SETS[table], params, _PREFER_LABELS)

        return [_to_record(table, row, properties) async for page in pages for row in page.rows]

    async def _iter_qualified(
        self, contacts: Iterable[str]
    ) -> AsyncIterator[tuple[RecordId, RecordId]]:
        """Yield contacts with the leads that became them, the oldest lead first."""
        if self._leads.is_known:
            return

        params = {
            "$select": "leadid,_parentcontactid_value",
            "$filter": f"{_QUALIFIED} and ({_any_of('_parentcontactid_value', contacts)})",
            "$orderby": "createdon asc,leadid asc",
        }
        try:
            async for page in self._client.iter_pages(_SETS[Table.LEAD], params):
                for row in page.rows:
                    yield _to_id(row, "_parentcontactid_value"), _to_id(row, "leadid")
        except UnknownTableError:
            self._leads.note()


class _Absence:
    """Remembers for a while that something is not there."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: float | None = None

    @property
    def is_known(self) -> bool:
        return self._until is not None and self._clock() < self._until

    def note(self) -> None:
        self._until = self._clock() + REMEMBERED_SECONDS


def _distinct(ids: Collection[RecordId]) -> list[str]:
    """Return each id once, having made sure that nothing else gets into a filter."""
    try:
        return list(dict.fromkeys(map(to_guid, ids)))
    except ValueError as error:
        raise InvalidEventError("the id of a record must be a GUID") from error


def _any_of(name: str, ids: Iterable[str]) -> str:
    return " or ".join(f"{name} eq {id_}" for id_ in ids)


def _property(column: Column) -> str:
    """Return a column's name in the Web API."""
    if not _NAME.fullmatch(column.name):
        raise ConfigurationError("a mapped column must be named as the CRM names columns")

    return f"_{column.name}_value" if column.is_lookup else column.name


def _to_record(table: Table, row: Row, properties: Mapping[str, str]) -> Record:
    """Return a row in our own words, and no column that was not asked for."""
    labels = {name: row.get(f"{property_}@{_LABEL}") for name, property_ in properties.items()}

    return Record(
        key=RecordKey(table, _to_id(row, _KEYS[table])),
        version=_to_version(row),
        columns={name: row.get(property_) for name, property_ in properties.items()},
        labels={name: str(label) for name, label in labels.items() if label is not None},
        modified_on=_to_time(row),
    )


def _to_id(row: Row, name: str) -> RecordId:
    try:
        return RecordId(to_guid(row.get(name)))
    except ValueError as error:
        raise TransientError(f"each row of the CRM must have its {name}") from error


def _to_version(row: Row) -> int:
    """Return the row's version, which is also its etag."""
    version = _VERSION.fullmatch(str(row.get("versionnumber") or row.get("@odata.etag")))
    if version is None:
        raise TransientError("each row of the CRM must have its version")

    return int(version[1])


def _to_time(row: Row) -> datetime | None:
    modified_on = row.get("modifiedon")
    if modified_on is None:
        return None

    try:
        return datetime.fromisoformat(str(modified_on)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TransientError("each row of the CRM must have a readable modifiedon") from error
