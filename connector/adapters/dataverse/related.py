"""Asks Dataverse who points to a row: ids of people only, a page at a time."""

import time
from collections.abc import Callable, Collection, Iterable
from typing import Final

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.guid import to_guid
from connector.adapters.dataverse.refusals import UnknownColumnError
from connector.adapters.dataverse.rows import KEYS, properties_of, to_id
from connector.adapters.dataverse.sales import Sales
from connector.domain.contact import Column, RecordId, Table
from connector.domain.errors import InvalidEventError
from connector.domain.related import RelatedPage

_SETS: Final = {Table.CONTACT: "contacts", Table.LEAD: "leads"}


class DataverseRelated:
    """The `RelatedReader` that speaks to Dataverse."""

    def __init__(
        self, client: DataverseClient, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the client of the environment, and the clock by which memories fade."""
        self._client = client
        self._sales = Sales(client, clock)

    async def read_related(
        self,
        table: Table,
        columns: Collection[str],
        row: RecordId,
        *,
        size: int,
        cursor: str | None = None,
    ) -> RelatedPage:
        """Return the ids behind a cursor, or the first ones, whose row is in one of the lookups."""
        _check_cursor(table, cursor)
        id_ = _to_id(row)

        async def ask(lookups: Collection[Column]) -> RelatedPage:
            return await self._ask_what_is_there(table, lookups, id_, size, cursor)

        lookups = [Column(name, is_lookup=True) for name in columns]

        return await self._sales.ask(table, lookups, ask, RelatedPage(()))

    async def _ask_what_is_there(
        self, table: Table, lookups: Iterable[Column], row: str, size: int, cursor: str | None
    ) -> RelatedPage:
        """Ask without each column that turns out not to be there: nobody has anything in it."""
        left = properties_of(lookups)
        while left:
            try:
                return await self._query(table, left.values(), row, size, cursor)
            except UnknownColumnError as error:
                if error.column not in left:
                    raise
                del left[error.column]

        return RelatedPage(())

    async def _query(
        self, table: Table, properties: Iterable[str], row: str, size: int, cursor: str | None
    ) -> RelatedPage:
        """Ask for a page, in the order of the ids so that a cursor holds nothing else.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/page-results
        """
        key, prefer = KEYS[table], f"odata.maxpagesize={size}"
        params = {
            "$select": key,
            "$filter": " or ".join(f"{one} eq {row}" for one in properties),
            "$orderby": key,
        }
        if cursor is None:
            page = await self._client.get_page(_SETS[table], params, prefer)
        else:
            page = await self._client.get_page(cursor, None, prefer)

        ids = tuple(to_id(one, key) for one in page.rows)

        return RelatedPage(ids, page.next_link and self._client.to_cursor(page.next_link))


def _check_cursor(table: Table, cursor: str | None) -> None:
    """Refuse what would lead elsewhere: a cursor has been in a queue."""
    if cursor is not None and not cursor.startswith(f"{_SETS[table]}?"):
        raise InvalidEventError("a cursor must be one that the CRM gave")


def _to_id(row: RecordId) -> str:
    """Return an id, having made sure that nothing else gets into a filter."""
    try:
        return to_guid(row)
    except ValueError as error:
        raise InvalidEventError("the id of a row must be a GUID") from error
