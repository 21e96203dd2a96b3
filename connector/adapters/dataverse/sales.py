"""Asks Dataverse without what only Dynamics 365 Sales brings, where there is no Sales."""

from collections.abc import Awaitable, Callable, Collection
from typing import Final

from connector.adapters.dataverse.absence import Absence
from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.refusals import UnknownColumnError, UnknownTableError
from connector.domain.contact import Column, Table
from connector.domain.errors import TransientError

ORIGINATING_LEAD: Final = "originatingleadid"
"""Is a column of contact that exists only where Dynamics 365 Sales is installed."""


class Sales:
    """Notices once that an environment has no leads, and remembers it for an hour.

    Sales may be installed while we run.
    """

    def __init__(self, client: DataverseClient, clock: Callable[[], float]) -> None:
        """Take the client of the environment, and the clock by which memories fade."""
        self._client = client
        self._leads = Absence(clock)
        self._originating_lead = Absence(clock)

    @property
    def has_leads(self) -> bool:
        """Tell whether there may be leads, as far as was noticed."""
        return not self._leads.is_known

    async def ask[Answer](
        self,
        table: Table,
        columns: Collection[Column],
        ask: Callable[[Collection[Column]], Awaitable[Answer]],
        nobody: Answer,
    ) -> Answer:
        """Ask for the columns that exist; the answer is `nobody` where there is no such table."""
        if table is Table.LEAD:
            return await self._ask_leads(columns, ask, nobody)

        if not self._originating_lead.is_known:
            try:
                return await ask(columns)
            except UnknownColumnError as error:
                if error.column != ORIGINATING_LEAD:
                    raise
                self._originating_lead.note()

        return await ask([column for column in columns if column.name != ORIGINATING_LEAD])

    async def confirm_absence(self, denial: UnknownTableError) -> None:
        """Ask the metadata too: one answer that denies a table proves nothing about its rows.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api
        """
        params = {"$select": "LogicalName", "$filter": "LogicalName eq 'lead'"}
        if (await self._client.get("EntityDefinitions", params)).get("value"):
            raise TransientError("the CRM must know its own table of leads") from denial

        self._leads.note()

    async def _ask_leads[Answer](
        self,
        columns: Collection[Column],
        ask: Callable[[Collection[Column]], Awaitable[Answer]],
        nobody: Answer,
    ) -> Answer:
        if self._leads.is_known:
            return nobody

        try:
            return await ask(columns)
        except UnknownTableError as error:
            await self.confirm_absence(error)
            return nobody
