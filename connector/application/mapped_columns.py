"""Look whether the CRM answers, and still has all that the mappings read."""

from dataclasses import dataclass
from typing import Protocol

from connector.application.mapping_ports import ColumnReader
from connector.application.ports import MappingStore
from connector.application.read_storage import read_storage
from connector.domain.contact import Table
from connector.domain.default_mappings import effective_mappings
from connector.domain.gone_columns import ColumnsMissingError, find_gone


class Checkable(Protocol):
    """Can be asked whether all is well; raises as `CrmGateway` does."""

    async def check(self) -> None:
        """Look whether the system knows us."""


@dataclass(frozen=True, slots=True)
class MappedCrm:
    """Is a CRM that is well only when no mapped column is gone.

    Somebody who waits for it looks at the columns of now, and who asks often at those known lately.
    """

    crm: Checkable
    mappings: MappingStore
    columns: ColumnReader
    is_live: bool = False

    async def check(self) -> None:
        """Raise `ColumnsMissingError` besides, which names the columns."""
        await self.crm.check()

        look = self.columns.refresh if self.is_live else self.columns.list_columns
        there = {table: await look(table) for table in Table}
        changes = await read_storage(self.mappings.list_changes(now=self.is_live))
        gone = find_gone(effective_mappings(changes), there)
        if gone:
            raise ColumnsMissingError(gone)
