"""Look whether the CRM tells us of every change that the mappings read."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from connector.application.check_ports import WebhookReader
from connector.application.mapping_ports import ColumnReader
from connector.application.ports import MappingStore
from connector.application.read_storage import read_storage
from connector.domain.connection_check import Check, CheckCode, CheckName
from connector.domain.contact import Table
from connector.domain.default_mappings import effective_mappings
from connector.domain.errors import ConnectorError
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.step_filter import Watched, watched_columns
from connector.domain.webhook_step import StepsHiddenError, check_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCheck:
    """The check of our webhook and its steps; `address` is where it must lead, where known."""

    webhooks: WebhookReader
    mappings: MappingStore
    columns: ColumnReader
    address: str | None

    async def check(self, seconds: float) -> Check:
        """Look, no longer than so many seconds; what cannot be seen is unknown, never well.

        Raises when our own tables do not answer: that is no fault of the CRM.
        """
        changes = await read_storage(self.mappings.list_changes(), seconds / 2)
        try:
            async with asyncio.timeout(seconds):
                webhooks, watched = await asyncio.gather(
                    self.webhooks.list_webhooks(), self._list_watched(changes)
                )
        except StepsHiddenError as exc:
            return Check.failed(CheckName.STEPS, CheckCode.NOT_ALLOWED, str(exc))
        except ConnectorError as exc:
            return Check.failed(CheckName.STEPS, CheckCode.UNKNOWN, str(exc))
        except TimeoutError:
            said = "dynamics must tell its steps in time"
            return Check.failed(CheckName.STEPS, CheckCode.UNKNOWN, said)

        return check_steps(webhooks, watched, self.address)

    async def _list_watched(self, changes: Sequence[PropertyMapping]) -> Watched:
        """Return what must be told of the tables that are there."""
        watched = watched_columns(effective_mappings(changes))
        leads = await self.columns.list_columns(Table.LEAD)

        return {
            table: columns for table, columns in watched.items() if table is not Table.LEAD or leads
        }
