"""The table `audit`: who did what, the newest first.

A row is named by the time that is left until the end of the calendar, so that the newest row comes
first and the rows of a day lie together: neither needs a scan.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from azure.data.tables import TableEntity

from connector.adapters.tables.answers import reading_answer
from connector.adapters.tables.rows import LARGEST_PAGE, StoredRow, compare, iter_rows
from connector.adapters.tables.service import TableService
from connector.domain.audit import AuditEntry, AuditFilter, AuditPage, AuditRecord, AuditResult
from connector.domain.contact import OrganisationId

TABLE: Final = "audit"
END: Final = datetime.max.replace(tzinfo=UTC)
DIGITS: Final = 18
SEPARATOR: Final = ","


class TableAuditTrail:
    """The `AuditTrail` of one organisation."""

    def __init__(self, service: TableService, organisation: OrganisationId) -> None:
        """Take the connection to the tables and the organisation whose rows they are."""
        self._service = service
        self._organisation = organisation

    async def begin(self, entry: AuditEntry) -> None:
        """Write a new row."""
        async with self._service.open(TABLE) as table:
            await table.create_entity(self._row(entry, _to_columns(entry)))

    async def finish(self, entry: AuditEntry, result: AuditResult) -> None:
        """Add the result to the row."""
        async with self._service.open(TABLE) as table:
            await table.update_entity(self._row(entry, _to_result_columns(result)))

    async def note(self, entry: AuditEntry, result: AuditResult) -> None:
        """Write a new row with its result."""
        columns = {**_to_columns(entry), **_to_result_columns(result)}
        async with self._service.open(TABLE) as table:
            await table.create_entity(self._row(entry, columns))

    async def list_page(
        self, wanted: AuditFilter, *, size: int, after: str | None = None
    ) -> AuditPage:
        """Return the newest entries that are wanted, or the first ones behind a row."""
        found: list[AuditRecord] = []
        where = " and ".join(compare(*one) for one in self._conditions(wanted, after))
        async with self._service.open(TABLE) as table:
            async for row in iter_rows(table, where, size=min(size + 1, LARGEST_PAGE)):
                if len(found) == size:
                    return AuditPage(records=found, last=found[-1].place)
                with reading_answer():
                    found.append(_to_record(row))

        return AuditPage(records=found)

    def _conditions(self, wanted: AuditFilter, after: str | None) -> Iterator[tuple[str, str, str]]:
        yield "PartitionKey", "eq", self._organisation
        if after is not None:
            yield "RowKey", "gt", after
        if wanted.until is not None:  # what is older than that has more time left
            yield "RowKey", "ge", _time_left(wanted.until - timedelta(microseconds=1))
        if wanted.since is not None:
            yield "RowKey", "lt", _time_left(wanted.since - timedelta(microseconds=1))
        if wanted.action is not None:
            yield "action", "eq", wanted.action
        if wanted.caller is not None:
            yield "caller", "eq", wanted.caller

    def _row(self, entry: AuditEntry, columns: Mapping[str, object]) -> TableEntity:
        there = {name: value for name, value in columns.items() if value not in {None, ""}}

        return TableEntity(
            PartitionKey=self._organisation,
            RowKey=f"{_time_left(entry.at)}-{entry.id}",
            **there,
        )


def _time_left(moment: datetime) -> str:
    """Return what sorts the other way round than time does."""
    return f"{(END - moment) // timedelta(microseconds=1):0{DIGITS}d}"


def _to_moment(row: str) -> datetime:
    return END - timedelta(microseconds=int(row[:DIGITS]))


def _to_columns(entry: AuditEntry) -> dict[str, object]:
    return {
        "caller": entry.caller,
        "action": entry.action,
        "target": entry.target,
        "named": SEPARATOR.join(entry.named),
        "subject": entry.subject,
        "before": entry.before,
        "seen": entry.seen,
    }


def _to_result_columns(result: AuditResult) -> dict[str, object]:
    return {
        "status": result.status,
        "led_to": SEPARATOR.join(result.named),
        "subject": result.subject,
        "after": result.after,
    }


def _to_record(row: StoredRow) -> AuditRecord:
    place = str(row["RowKey"])
    entry = AuditEntry(
        id=place[DIGITS + 1 :],
        at=_to_moment(place),
        caller=row["caller"],
        action=row["action"],
        target=row.get("target", ""),
        named=_split(row.get("named")),
        subject=row.get("subject"),
        before=row.get("before"),
        seen=row.get("seen"),
    )
    result = None
    if "status" in row:
        result = AuditResult(
            status=row["status"],
            named=_split(row.get("led_to")),
            subject=row.get("subject"),
            after=row.get("after"),
        )

    return AuditRecord(entry=entry, place=place, result=result)


def _split(joined: str | None) -> tuple[str, ...]:
    return tuple(joined.split(SEPARATOR)) if joined else ()
