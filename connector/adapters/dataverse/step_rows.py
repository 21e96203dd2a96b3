"""The rows in which Dataverse keeps our webhook and its steps.

https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/sdkmessageprocessingstep
"""

from collections.abc import Mapping
from typing import Final

from pydantic import Field, ValidationError

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.guid import to_guid
from connector.adapters.dataverse.models import Answer
from connector.domain.errors import TransientError
from connector.domain.webhook_step import leads_to_us

_WEBHOOK: Final = 8
"""Is the contract of a service endpoint that is a webhook."""

_POST_OPERATION: Final = 40
_ASYNCHRONOUS: Final = 1
_ENABLED: Final = 0
_OFFLINE_ONLY: Final = 1
"""Is a step for Outlook's offline client alone: the server never runs it."""

_ENDPOINTS: Final = {"$select": "serviceendpointid,url", "$filter": f"contract eq {_WEBHOOK}"}
_STEPS: Final = {
    "$select": "sdkmessageprocessingstepid,filteringattributes,stage,mode,statecode,"
    "supporteddeployment",
    "$expand": "sdkmessageid($select=name),sdkmessagefilterid($select=primaryobjecttypecode)",
}


class Endpoint(Answer):
    """A service endpoint."""

    id: str = Field(alias="serviceendpointid")
    url: str | None = None

    @property
    def key(self) -> str:
        """Return the id as we write it."""
        return _to_id(self.id)


class Message(Answer):
    """A message of the platform."""

    name: str


class MessageFilter(Answer):
    """A message of one table."""

    table: str = Field(alias="primaryobjecttypecode")


class StepRow(Answer):
    """A step as it stands in Dataverse; one without a message filter is for every table."""

    id: str = Field(alias="sdkmessageprocessingstepid")
    filtering: str | None = Field(alias="filteringattributes", default=None)
    stage: int | None = None
    mode: int | None = None
    deployment: int | None = Field(alias="supporteddeployment", default=None)
    state: int | None = Field(alias="statecode", default=None)
    message: Message = Field(alias="sdkmessageid")
    message_filter: MessageFilter | None = Field(alias="sdkmessagefilterid", default=None)

    @property
    def key(self) -> str:
        """Return the id as we write it."""
        return _to_id(self.id)

    @property
    def table(self) -> str | None:
        """Return the table that the step is for, or None when it is for all of them."""
        return self.message_filter.table if self.message_filter else None

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns of the filter, whatever blanks people put between them."""
        names = (name.strip() for name in (self.filtering or "").split(","))

        return frozenset(name for name in names if name)

    @property
    def is_enabled(self) -> bool:
        """Tell whether the step is switched on."""
        return self.state == _ENABLED

    @property
    def is_in_place(self) -> bool:
        """Tell whether the server runs the step after the change is kept, and does not wait."""
        is_after = (self.stage, self.mode) == (_POST_OPERATION, _ASYNCHRONOUS)

        return is_after and self.deployment != _OFFLINE_ONLY


class _Page[Row: Answer](Answer):
    """A page of rows in a shape of ours."""

    rows: list[Row] = Field(alias="value")


async def list_endpoints(client: DataverseClient) -> list[Endpoint]:
    """Return the webhooks with the path of ours."""
    answer = await client.get("serviceendpoints", _ENDPOINTS)

    return [one for one in _parse(_Page[Endpoint], answer).rows if leads_to_us(one.url or "")]


async def list_steps(client: DataverseClient, endpoint: str) -> list[StepRow]:
    """Return the steps of a webhook, those that are switched off too."""
    params = _STEPS | {"$filter": f"_eventhandler_value eq {endpoint}"}
    answer = await client.get("sdkmessageprocessingsteps", params)

    return _parse(_Page[StepRow], answer).rows


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
