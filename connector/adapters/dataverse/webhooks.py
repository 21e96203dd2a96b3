"""How Dataverse tells us of changes, as it stands there: our webhooks with all their steps."""

import asyncio
from collections.abc import Sequence

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.refusals import PrivilegeMissingError
from connector.adapters.dataverse.step_rows import Endpoint, StepRow, list_endpoints, list_steps
from connector.domain.webhook_step import RegisteredStep, RegisteredWebhook, StepsHiddenError


class DataverseWebhooks:
    """The `WebhookReader` that asks Dataverse."""

    def __init__(self, client: DataverseClient) -> None:
        """Take the client of the environment."""
        self._client = client

    async def list_webhooks(self) -> Sequence[RegisteredWebhook]:
        """Return the webhooks that may be ours, with their steps."""
        try:
            endpoints = await list_endpoints(self._client)
            return await asyncio.gather(*(self._read(one) for one in endpoints))
        except PrivilegeMissingError as error:
            raise StepsHiddenError(str(error)) from error

    async def _read(self, endpoint: Endpoint) -> RegisteredWebhook:
        rows = await list_steps(self._client, endpoint.key)

        return RegisteredWebhook(endpoint.url or "", tuple(map(_to_step, rows)))


def _to_step(row: StepRow) -> RegisteredStep:
    return RegisteredStep(
        message=row.message.name,
        table=row.table,
        columns=row.columns,
        is_enabled=row.is_enabled,
        is_in_place=row.is_in_place,
    )
