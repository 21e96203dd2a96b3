"""The filters of our webhook: which columns' updates Dataverse tells us of."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.refusals import PrivilegeMissingError, RowNotFoundError
from connector.adapters.dataverse.step_rows import StepRow, list_endpoints, list_steps
from connector.domain.contact import Table
from connector.domain.errors import ConnectorError
from connector.domain.step_filter import FilterOutcome, FilterReport, FilterState, Watched
from connector.domain.webhook_step import UPDATE, WEBHOOK_PATH


class NoStepsError(ConnectorError):
    """Found no webhook of ours, no update step of it, or more webhooks than one."""


@dataclass(frozen=True, slots=True)
class Step:
    """Is an update step of ours; no columns means that every update is told."""

    id: str
    table: Table
    columns: frozenset[str]

    def fits(self, watched: Watched) -> bool:
        """Tell whether the step needs no change."""
        return not self.columns or self.columns == watched[self.table]


class DataverseStepFilters:
    """Is the `StepFilters` that asks Dataverse.

    https://learn.microsoft.com/power-apps/developer/data-platform/register-plug-in
    """

    def __init__(self, client: DataverseClient) -> None:
        """Take the client of the environment."""
        self._client = client

    async def check(self, watched: Watched) -> FilterState:
        """Tell whether the CRM tells us of these columns, and of no others."""
        try:
            steps = [step async for step in self._iter_steps()]
        except ConnectorError:
            return FilterState.UNKNOWN

        fit = all(step.fits(watched) for step in steps)

        return FilterState.CURRENT if fit else FilterState.DIFFERS

    async def follow(self, watched: Watched) -> FilterReport:
        """Let the CRM tell us of these columns; a filter that is empty tells of all and stays."""
        try:
            return await self._follow(watched)
        except PrivilegeMissingError as error:
            return FilterReport(FilterOutcome.NOT_ALLOWED, str(error))
        except (NoStepsError, RowNotFoundError) as error:
            return FilterReport(FilterOutcome.NOT_FOUND, str(error))
        except ConnectorError as error:
            return FilterReport(FilterOutcome.UNAVAILABLE, str(error))

    async def _follow(self, watched: Watched) -> FilterReport:
        stale = [step async for step in self._iter_steps() if not step.fits(watched)]
        for step in stale:
            columns = ",".join(sorted(watched[step.table]))
            body = {"filteringattributes": columns or None}
            await self._client.patch(f"sdkmessageprocessingsteps({step.id})", body)

        return FilterReport(FilterOutcome.UPDATED if stale else FilterOutcome.UNCHANGED)

    async def _iter_steps(self) -> AsyncIterator[Step]:
        """Yield the update steps of our webhook; raises where there are none."""
        rows = await list_steps(self._client, await self._get_endpoint())
        steps = [step for row in rows if (step := _to_step(row))]
        if not steps:
            raise NoStepsError("the webhook must have a step for updates of contacts or leads")

        for step in steps:
            yield step

    async def _get_endpoint(self) -> str:
        """Return the id of our webhook: of several we could not tell which one is ours."""
        ours = await list_endpoints(self._client)
        if len(ours) != 1:
            raise NoStepsError(
                f"one webhook must lead to {WEBHOOK_PATH}, and {len(ours)} of them do"
            )

        return ours[0].key


def _to_step(row: StepRow) -> Step | None:
    table = row.table or ""
    if row.message.name != UPDATE or table not in {*Table}:
        return None

    return Step(row.key, Table(table), row.columns)
