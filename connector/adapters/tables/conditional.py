"""Writes a row if it is still as it was read: races are decided by the table service."""

from http import HTTPStatus

from azure.core import MatchConditions
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableEntity, TableErrorCode, TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from connector.adapters.tables.answers import check_texts, reading_answer

LOST = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED})


async def write_unchanged(table: TableClient, entity: TableEntity, etag: str | None) -> str | None:
    """Write a row and return its new etag, or None when the race is lost.

    Without an etag the row is written only if there is none.
    """
    try:
        if etag is None:
            written = await table.create_entity(entity)
        else:
            written = await table.update_entity(
                entity,
                UpdateMode.REPLACE,
                etag=etag,
                match_condition=MatchConditions.IfNotModified,
            )
    except (ResourceExistsError, ResourceModifiedError):
        return None
    except ResourceNotFoundError as exc:
        if etag is None or is_table_gone(exc):
            raise

        return None

    with reading_answer():
        check_texts(written, ["etag"])

    return str(written["etag"])


def is_lost_race(exc: TableTransactionError) -> bool:
    """Tell whether one row of a transaction is gone, is there already, or was changed."""
    code = getattr(exc, "error_code", None)  # set on all that the SDK decodes, declared on none

    return exc.status_code in LOST and code != TableErrorCode.TABLE_NOT_FOUND


def is_table_gone(exc: ResourceNotFoundError) -> bool:
    """Tell a missing table, which is made anew, from a missing row, which is a lost race."""
    code = getattr(exc, "error_code", None)  # set on all that the SDK decodes, declared on none

    return code == TableErrorCode.TABLE_NOT_FOUND
