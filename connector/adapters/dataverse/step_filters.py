"""The filters of our webhook: which columns' updates Dataverse tells us of."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pydantic import Field, ValidationError

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.guid import to_guid
from connector.adapters.dataverse.models import Answer
from connector.adapters.dataverse.refusals import PrivilegeMissingError, RowNotFoundError
from connector.domain.contact import Table
from connector.domain.errors import ConnectorError, TransientError
from connector.domain.step_filter import FilterOutcome, FilterReport, FilterState, Watched

WEBHOOK_PATH: Final = "/api/webhooks/dataverse"

_WEBHOOK: Final = 8
"""Is the contract of a service endpoint that is a webhook."""

_ENDPOINTS: Final = {"$select": "serviceendpointid,url", "$filter": f"contract eq {_WEBHOOK}"}
_STEPS: Final = {
    "$select": "sdkmessageprocessingstepid,filteringattributes",
    "$expand": "sdkmessageid($select=name),sdkmessagefilterid($select=primaryobjecttypecode)",
}


class NoStepsError(ConnectorError):
    """Found no webhook of ours, no update step of it, or more webhooks than one."""


class Endpoint(Answer):
    """Is a service endpoint."""

    id: str = Field(alias="serviceendpointid")
    url: str | None = None


class Message(Answer):
    """Is a message of the platform."""

    name: str


class MessageFilter(Answer):
    """Is a message of one table."""

    table: str = Field(alias="primaryobjecttypecode")


class StepRow(Answer):
    """Is a step as it stands in Dataverse; one without a message filter is for every table."""

    id: str = Field(alias="sdkmessageprocessingstepid")
    filtering: str | None = Field(alias="filteringattributes", default=None)
    message: Message = Field(alias="sdkmessageid")
    message_filter: MessageFilter | None = Field(alias="sdkmessagefilterid", default=None)


class Page[Row: Answer](Answer):
    """Is a page of rows in a shape of ours."""

    rows: list[Row] = Field(alias="value")


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
        endpoint = await self._get_endpoint()
        params = _STEPS | {"$filter": f"_eventhandler_value eq {endpoint}"}
        answer = await self._client.get("sdkmessageprocessingsteps", params)
        steps = [step for row in _parse(Page[StepRow], answer).rows if (step := _to_step(row))]
        if not steps:
            raise NoStepsError("the webhook must have a step for updates of contacts or leads")

        for step in steps:
            yield step

    async def _get_endpoint(self) -> str:
        """Return the id of our webhook: of several we could not tell which one is ours."""
        answer = await self._client.get("serviceendpoints", _ENDPOINTS)
        ours = [one for one in _parse(Page[Endpoint], answer).rows if _is_ours(one.url or "")]
        if len(ours) != 1:
            raise NoStepsError(
                f"one webhook must lead to {WEBHOOK_PATH}, and {len(ours)} of them do"
            )

        return _to_id(ours[0].id)


def _is_ours(url: str) -> bool:
    try:
        return urlsplit(url).path.rstrip("/").lower().endswith(WEBHOOK_PATH)
    except ValueError:
        return False


def _to_step(row: StepRow) -> Step | None:
    table = row.message_filter.table if row.message_filter else ""
    if row.message.name != "Update" or table not in {*Table}:
        return None

    names = (name.strip() for name in (row.filtering or "").split(","))

    return Step(_to_id(row.id), Table(table), frozenset(name for name in names if name))


def _to_id(given: str) -> str:
    try:
        return to_guid(given)
    except ValueError as error:
        raise TransientError("each row of the CRM must have its id") from error


def _parse[Kind: Answer](kind: type[Kind], answer: Mapping[str, object]) -> Kind:
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        raise TransientError("the CRM must answer with its steps") from error
