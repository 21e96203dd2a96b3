"""Doubt what is empty where that has consequences: the CRM shows a secured column as empty."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from connector.application.ports import CrmGateway
from connector.domain.contact import Record, RecordKey, Table
from connector.domain.converters.unusable import Note
from connector.domain.errors import ConfigurationError
from connector.domain.mapping_plan import MappingPlan


async def doubt_empty(
    rows: Mapping[RecordKey, Record],
    filled: Callable[[RecordKey], Collection[str]],
    plan: MappingPlan,
    *,
    crm: CrmGateway,
    page: Mapping[RecordKey, Record] | None = None,
) -> dict[RecordKey, Record]:
    """Return the rows, and in each which empty columns our user may not read.

    What a user may read is asked after the rows were read: a column that was secured before that
    is told. Only an address that is missing and a value that would be cleared are worth asking.
    What may be cleared is what was `filled` for a person, also as the lead that they were.
    Rows of one `page` were read at once: a column of which one of them shows a value may be read.
    """
    shown = _shown_by(page.values() if page else ())
    doubtful: dict[Table, set[str]] = defaultdict(set)
    for key, row in rows.items():
        columns = plan.find_doubtful(row, filled(key))
        is_of_page = page is not None and page.get(key) is row
        doubtful[key.table] |= columns - shown if is_of_page else columns

    unreadable = {
        table: await _find_unreadable(table, columns, crm=crm)
        for table, columns in doubtful.items()
        if columns
    }

    return {key: _marked(row, unreadable.get(key.table, ())) for key, row in rows.items()}


def _shown_by(rows: Iterable[Record]) -> set[str]:
    return {name for row in rows for name, value in row.columns.items() if value is not None}


async def _find_unreadable(
    table: Table, columns: Collection[str], *, crm: CrmGateway
) -> Collection[str]:
    """Return what is not proven to be readable: all of it where the CRM refuses to tell."""
    try:
        return await crm.find_unreadable(table, columns)
    except ConfigurationError:
        return columns


def _marked(row: Record, unreadable: Collection[str]) -> Record:
    hidden = {name: Note.UNREADABLE for name in unreadable if row.value(name) is None}

    return replace(row, unknown={**hidden, **row.unknown}) if hidden else row
