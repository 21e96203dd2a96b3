"""Asks Dataverse who points to rows: ids only, a page of people at a time."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.guid import find_guid, to_guid
from connector.adapters.dataverse.models import Row
from connector.adapters.dataverse.refusals import UnknownColumnError
from connector.adapters.dataverse.rows import KEYS, properties_of, to_id
from connector.adapters.dataverse.sales import Sales
from connector.adapters.dataverse.timing import Deadline
from connector.domain.contact import Column, RecordId, Table
from connector.domain.errors import SYSTEM_OF, InvalidEventError, named
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
        rows: Collection[RecordId],
        *,
        size: int,
        cursor: str | None = None,
    ) -> RelatedPage:
        """Return the people behind a cursor, or the first, who have one of the rows in a lookup."""
        _check_cursor(table, cursor)
        ids = _to_ids(rows)
        prefer = f"odata.maxpagesize={size}"

        async def ask(lookups: Collection[Column]) -> RelatedPage:
            return await self._ask_what_is_there(table, lookups, ids, prefer, cursor)

        lookups = [Column(name, is_lookup=True) for name in columns]

        with named(SYSTEM_OF[table]):
            return await self._sales.ask(table, lookups, ask, RelatedPage({}))

    async def _ask_what_is_there(
        self,
        table: Table,
        lookups: Iterable[Column],
        ids: Collection[RecordId],
        prefer: str,
        cursor: str | None,
    ) -> RelatedPage:
        """Ask without each column that turns out not to be there: nobody has anything in it."""
        left = properties_of(lookups)
        deadline = Deadline(SYSTEM_OF[table])
        while left:
            deadline.check()
            params = None if cursor else _to_params(table, left.values(), ids)
            try:
                page = await self._client.get_page(cursor or _SETS[table], params, prefer)
            except UnknownColumnError as error:
                if error.column not in left:
                    raise
                del left[error.column]
            else:
                shown = {to_id(row, KEYS[table]): _find_shown(row, left, ids) for row in page.rows}
                return RelatedPage(shown, page.next_link and self._client.to_cursor(page.next_link))

        return RelatedPage({})


def _to_params(
    table: Table, properties: Collection[str], ids: Iterable[RecordId]
) -> dict[str, str]:
    """Return a question for ids alone, in the order of the ids so that a cursor holds no more.

    https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/page-results
    """
    terms = (f"{property_} eq {id_}" for id_ in ids for property_ in properties)

    return {
        "$select": ",".join((KEYS[table], *properties)),
        "$filter": " or ".join(terms),
        "$orderby": KEYS[table],
    }


def _find_shown(
    row: Row, properties: Mapping[str, str], ids: Collection[RecordId]
) -> Collection[RecordId]:
    """Find which of the ids stand in the lookups of a row; its own id is none of them."""
    held = {find_guid(row.get(property_)) for property_ in properties.values()}

    return [id_ for id_ in ids if id_ in held]


def _check_cursor(table: Table, cursor: str | None) -> None:
    """Refuse what would lead elsewhere: a cursor has been in a queue."""
    if cursor is not None and not cursor.startswith(f"{_SETS[table]}?"):
        raise InvalidEventError("a cursor must be one that the CRM gave")


def _to_ids(rows: Iterable[RecordId]) -> tuple[RecordId, ...]:
    """Return each id once, having made sure that nothing else gets into a filter."""
    try:
        return tuple(dict.fromkeys(RecordId(to_guid(row)) for row in rows))
    except ValueError as error:
        raise InvalidEventError("the id of a row must be a GUID") from error
