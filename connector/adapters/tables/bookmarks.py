"""The table `bookmarks`: how far each stream has come; `IsProcessed` says whether to its end."""

from collections.abc import Sequence
from typing import Final

from azure.data.tables import TableEntity, UpdateMode

from connector.adapters.tables.answers import iter_entities
from connector.adapters.tables.service import TableService
from connector.domain.bookmark import Bookmark
from connector.domain.contact import OrganisationId
from connector.domain.errors import ConfigurationError
from connector.domain.tally import Tally

TABLE: Final = "bookmarks"


class TableBookmarkStore:
    """Is the `BookmarkStore` of one organisation."""

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection and the organisation that all rows belong to."""
        self._service = service
        self._organisation = organisation

    async def list_bookmarks(self) -> Sequence[Bookmark]:
        """Return the bookmark of each stream that was ever begun."""
        async with self._service.open(TABLE) as table:
            rows = iter_entities(
                table,
                "PartitionKey eq @organisation",
                parameters={"organisation": self._organisation},
            )
            return [_to_bookmark(row) async for row in rows]

    async def save(self, bookmark: Bookmark) -> None:
        """Write a bookmark over the one of the same stream."""
        async with self._service.open(TABLE) as table:
            await table.upsert_entity(_to_entity(self._organisation, bookmark), UpdateMode.REPLACE)


def _to_entity(organisation: OrganisationId, bookmark: Bookmark) -> TableEntity:
    finished = {} if bookmark.finished_at is None else {"finished_at": bookmark.finished_at}

    return TableEntity(
        PartitionKey=organisation,
        RowKey=bookmark.stream,
        PageNumber=bookmark.page_number,
        IsProcessed=bookmark.is_processed,
        started_at=bookmark.started_at,
        in_sync=bookmark.tally.in_sync,
        excluded=bookmark.tally.excluded,
        failed=bookmark.tally.failed,
        **finished,
    )


def _to_bookmark(row: TableEntity) -> Bookmark:
    try:
        return Bookmark(
            stream=row["RowKey"],
            page_number=row["PageNumber"],
            is_processed=row["IsProcessed"],
            started_at=row["started_at"],
            tally=Tally(row["in_sync"], row["excluded"], row["failed"]),
            finished_at=row.get("finished_at"),
        )
    except KeyError as exc:
        raise ConfigurationError("a stored bookmark must be complete: delete its row") from exc
