"""Doubt what is empty where that has consequences: the CRM shows a secured column as empty."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connector.application.ports import CrmGateway
from connector.domain.contact import Record, RecordKey, Table
from connector.domain.converters.unusable import Note
from connector.domain.crm_column import ColumnNow
from connector.domain.errors import ConfigurationError
from connector.domain.mapping_plan import MappingPlan
from connector.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Doubted:
    """The rows, in each which empty columns are unknown, and the marks that say nothing any more.

    These are of columns that were deleted and made anew since: nobody emptied them.
    """

    rows: Mapping[RecordKey, Record]
    outdated: Mapping[RecordKey, frozenset[str]]


async def doubt_empty(
    snapshot: Snapshot,
    plan: MappingPlan,
    *,
    crm: CrmGateway,
    page: Mapping[RecordKey, Record] | None = None,
) -> Doubted:
    """Doubt the empty columns of what was read, where their emptiness has consequences.

    The CRM is asked after the rows were read: a column that was secured, or made anew, before that
    is told. Only an address that is missing and a value that would be cleared are worth asking.
    What may be cleared is what was filled for a person, also as the lead that they were. Rows of
    one `page` were read at once: where one of them shows an address, addresses may be read.
    """
    rows = snapshot.records
    shown = _shown_by(page.values() if page else ())
    emptied = {key: plan.find_emptied(row, snapshot.filled(key)) for key, row in rows.items()}
    doubtful: dict[Table, set[str]] = defaultdict(set)
    for key, row in rows.items():
        is_of_page = page is not None and page.get(key) is row
        doubtful[key.table] |= plan.find_no_address(row) - (shown if is_of_page else set())
        doubtful[key.table] |= {*emptied[key].values()}

    found = {
        table: await _look_at(table, columns, crm=crm)
        for table, columns in doubtful.items()
        if columns
    }
    outdated = {
        key: _made_since(snapshot.filled_at(key), marks, found[key.table])
        for key, marks in emptied.items()
        if marks
    }
    marked = {key: _marked(row, found.get(key.table, {})) for key, row in rows.items()}

    return Doubted(marked, outdated)


def _made_since(
    moment: datetime | None, marks: Mapping[str, str], found: Mapping[str, ColumnNow]
) -> frozenset[str]:
    """Return the marks whose columns were made after a moment."""
    return frozenset(
        mark
        for mark, column in marks.items()
        if column in found and found[column].is_younger_than(moment)
    )


def _shown_by(rows: Iterable[Record]) -> set[str]:
    return {name for row in rows for name, value in row.columns.items() if value is not None}


async def _look_at(
    table: Table, columns: Collection[str], *, crm: CrmGateway
) -> Mapping[str, ColumnNow]:
    """Return what is true of columns: none may be read where the CRM refuses to tell."""
    try:
        return await crm.look_at_columns(table, columns)
    except ConfigurationError:
        return dict.fromkeys(columns, ColumnNow(is_readable=False))


def _marked(row: Record, found: Mapping[str, ColumnNow]) -> Record:
    hidden = {
        name: Note.UNREADABLE
        for name, column in found.items()
        if not column.is_readable and row.value(name) is None
    }

    return replace(row, unknown={**hidden, **row.unknown}) if hidden else row
