"""Rows as people see them: without the columns that are gone, and with the zone that counts."""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from connector.adapters.dataverse.columns import DataverseColumns
from connector.adapters.dataverse.refusals import UnknownColumnError
from connector.adapters.dataverse.timing import Deadline
from connector.domain.contact import Column, ColumnValue, Record, Table
from connector.domain.converters.masked import holds_mask
from connector.domain.converters.unusable import Note
from connector.domain.errors import SYSTEM_OF, ConfigurationError

logger = logging.getLogger(__name__)

REMEMBERED_SECONDS: Final = 60.0
"""How long a column stays gone before it is asked for again: somebody may make it anew."""


class RowReading:
    """What every reader of rows does: one column that is gone costs its own values alone."""

    def __init__(self, columns: DataverseColumns, clock: Callable[[], float]) -> None:
        """Take what the metadata tells, and the clock by which memories fade."""
        self._columns = columns
        self._clock = clock
        self._gone: dict[tuple[Table, str], float] = {}

    async def ask[Answer](
        self,
        table: Table,
        columns: Collection[Column],
        ask: Callable[[Collection[Column]], Awaitable[Answer]],
    ) -> Answer:
        """Ask for the columns that are there; the answer to a question without any is up to it."""
        there = [one for one in columns if not self._is_gone(table, one)]
        deadline = Deadline(SYSTEM_OF[table])
        while True:
            try:
                return await ask(there)
            except UnknownColumnError as error:
                left = [one for one in there if one.name != error.column]
                if len(left) == len(there):
                    raise

                self._gone[table, error.column] = self._clock() + REMEMBERED_SECONDS
                there = left
                deadline.check()

    async def finish(
        self, table: Table, columns: Collection[Column], records: Iterable[Record]
    ) -> list[Record]:
        """Return the rows with what is known of their columns."""
        gone = {one.name: Note.GONE for one in columns if self._is_gone(table, one)}
        finished = [replace(one, unknown=gone) if gone else one for one in records]

        told = await self._read_security(
            table, [one.name for one in columns if not one.is_lookup], finished
        )

        return await self._read_zones(table, [one.name for one in columns if one.is_date], told)

    async def _read_security(
        self, table: Table, plain: Collection[str], rows: list[Record]
    ) -> list[Record]:
        """Return rows that say where a text with the signs of a mask cannot be one.

        It is asked after the rows were read: a column that was secured before that is told.
        Where the CRM refuses to tell, any text may be masked.
        """
        doubtful = {name for row in rows for name in plain if holds_mask(row.value(name))}
        if not doubtful:
            return rows

        try:
            unsecured = await self._columns.find_unsecured(table, doubtful)
        except ConfigurationError as exc:
            logger.warning("the CRM does not tell which columns may be masked: %s", exc)
            return rows

        return [replace(one, unsecured=unsecured) for one in rows] if unsecured else rows

    async def _read_zones(
        self, table: Table, dates: Collection[str], rows: list[Record]
    ) -> list[Record]:
        """Return moments as people see them; without what tells how, a moment is unknown."""
        if not any(_is_moment(row.value(name)) for row in rows for name in dates):
            return rows

        try:
            zoneless = await self._columns.list_zoneless(table) & {*dates}
        except ConfigurationError as exc:
            logger.warning("the CRM does not tell what its moments mean: %s", exc)
            return [_without_moments(one, dates) for one in rows]

        return [replace(one, columns=_without_zone(one.columns, zoneless)) for one in rows]

    def _is_gone(self, table: Table, column: Column) -> bool:
        return self._clock() < self._gone.get((table, column.name), float("-inf"))


def _is_moment(value: ColumnValue) -> bool:
    return isinstance(value, str) and "T" in value


def _without_moments(row: Record, dates: Collection[str]) -> Record:
    hidden = {name: Note.UNREADABLE for name in dates if _is_moment(row.value(name))}

    return replace(row, unknown={**hidden, **row.unknown}) if hidden else row


def _without_zone(
    columns: Mapping[str, ColumnValue], zoneless: Collection[str]
) -> dict[str, ColumnValue]:
    """Return values without a zone that means nothing: the digits are what people see.

    https://learn.microsoft.com/power-apps/developer/data-platform/behavior-format-date-time-attribute
    """
    return {
        name: value.removesuffix("Z") if name in zoneless and isinstance(value, str) else value
        for name, value in columns.items()
    }
