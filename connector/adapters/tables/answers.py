"""Reads what Table Storage answers: an answer that cannot be read is none."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableEntity, TransactionOperation
from azure.data.tables.aio import TableClient

from connector.domain.errors import TransientError

KEYS = ("PartitionKey", "RowKey")

type Operation = tuple[TransactionOperation, TableEntity, Mapping[str, Any]]


@contextmanager
def reading_answer() -> Iterator[None]:
    """Tell an answer that is no row of ours as what it is: the storage does not answer.

    For the reading alone: what is wrong with our own code must not look like an outage.
    """
    try:
        yield
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as exc:
        raise TransientError("table storage must answer with rows that can be read") from exc


async def find_entity(table: TableClient, partition: str, row: str) -> TableEntity | None:
    """Return one row, or None when the service itself says that there is none."""
    try:
        with reading_answer():
            found = await table.get_entity(partition, row)
            check_texts(found, KEYS)
            check_texts(found.metadata, ["etag"])
            check_key(found, partition, row)
    except ResourceNotFoundError:
        return None

    return found


async def iter_entities(
    table: TableClient,
    where: str,
    *,
    parameters: Mapping[str, Any],
    select: Sequence[str] = (),
    size: int | None = None,
) -> AsyncIterator[TableEntity]:
    """Yield rows that fit a filter; with `select` some of their columns."""
    columns = list(select) or None
    with reading_answer():
        rows = aiter(
            table.query_entities(
                where, parameters=dict(parameters), select=columns, results_per_page=size
            )
        )

    while True:
        with reading_answer():
            row = await anext(rows, None)
            if row is None:
                return
            check_texts(row, [key for key in KEYS if key in (columns or KEYS)])
            check_texts(row.metadata, ["etag"])
        yield row


async def submit(table: TableClient, operations: Sequence[Operation]) -> None:
    """Carry out a transaction of the SDK; one that is not answered whole may not be done."""
    with reading_answer():
        answers = await table.submit_transaction(operations)
        if len(answers) != len(operations):
            raise ValueError("each operation must have its answer")


def check_texts(columns: Mapping[str, object], names: Sequence[str]) -> None:
    """Raise `TypeError` or `KeyError` unless columns hold a text each."""
    if not all(isinstance(columns[name], str) for name in names):
        raise TypeError("keys and etags must be texts")


def check_key(columns: Mapping[str, object], partition: str, row: str) -> None:
    """Raise `ValueError` unless a row is the one that was asked for."""
    if (columns["PartitionKey"], columns["RowKey"]) != (partition, row):
        raise ValueError("a row must be the one that was asked for")
