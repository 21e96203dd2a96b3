"""Builds the execution context that a webhook receives.

https://learn.microsoft.com/power-apps/developer/data-platform/use-webhooks
"""

import datetime as dt
from dataclasses import dataclass

from devstack.dataverse.events import contract
from devstack.dataverse.events.contract import Json
from devstack.dataverse.events.images import Images
from devstack.dataverse.events.operation import Operation
from devstack.dataverse.events.options import EventOptions
from devstack.dataverse.events.organisation import Organisation
from devstack.dataverse.events.parameters import Parameters
from devstack.dataverse.events.registration import POST_OPERATION, Step
from devstack.dataverse.store import Store
from devstack.dataverse.values import Lookup

CORE_OPERATION = 30
NOBODY = "00000000-0000-0000-0000-000000000000"

_LATER_MEMBERS = (
    "InitiatingUserAgent",
    "InitiatingUserAzureActiveDirectoryObjectId",
    "UserAzureActiveDirectoryObjectId",
)
_NOISE: dict[str, Json] = {
    "CapacityUnits": 3.5,
    "ExtensionTrace": {"Hops": [{"key": "gateway", "value": None}], "Enabled": True},
    "__metadata": None,
}
_USER_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Edg/140.0.0.0"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Name one execution of a step: its system job."""

    operation: Operation
    step: Step
    operation_id: str
    created_on: dt.datetime


class ContextBuilder:
    """Turn occasions into contexts, with the options of the moment."""

    def __init__(self, store: Store, organisation: Organisation, options: EventOptions) -> None:
        self._store = store
        self._organisation = organisation
        self._options = options
        self._parameters = Parameters(store, options)
        self._images = Images(store, options.wrapped)

    def build(self, occasion: Occasion) -> dict[str, Json]:
        """Return the whole context of an occasion, its members in the order of the alphabet."""
        operation, step = occasion.operation, occasion.step
        context = self._members(occasion, operation, POST_OPERATION) | {
            "InputParameters": contract.pairs(self._parameters.inputs(operation)),
            "OutputParameters": contract.pairs(self._parameters.outputs(operation)),
            "ParentContext": self._core(occasion, operation),
            "PostEntityImages": contract.pairs(self._images.after(operation, step)),
            "PreEntityImages": contract.pairs(self._images.before(operation, step)),
        }

        return context | _NOISE if self._options.noise else context

    def _core(self, occasion: Occasion, operation: Operation) -> dict[str, Json]:
        """Return the context of the platform's own stage: the raw request, and what caused it."""
        parent = operation.parent

        return self._members(occasion, operation, CORE_OPERATION) | {
            "InputParameters": contract.pairs(self._parameters.request(operation)),
            "ParentContext": None if parent is None else self._core(occasion, parent),
        }

    def _members(self, occasion: Occasion, operation: Operation, stage: int) -> dict[str, Json]:
        user_id = operation.user_id
        unit_id, directory_id = self._user(user_id)
        owning = Lookup("sdkmessageprocessingstep", occasion.step.id)
        created_on = contract.operation_time(occasion.created_on, self._options.offset_minutes)
        members: dict[str, Json] = {
            "BusinessUnitId": unit_id,
            "CorrelationId": operation.correlation_id,
            "Depth": self._depth(operation),
            "InitiatingUserAgent": _USER_AGENT,
            "InitiatingUserAzureActiveDirectoryObjectId": directory_id,
            "InitiatingUserId": user_id,
            "InputParameters": [],
            "IsExecutingOffline": False,
            "IsInTransaction": False,
            "IsOfflinePlayback": False,
            "IsolationMode": 1,
            "MessageName": operation.message,
            "Mode": occasion.step.mode,
            "OperationCreatedOn": created_on,
            "OperationId": occasion.operation_id,
            "OrganizationId": self._organisation.id,
            "OrganizationName": self._organisation.unique_name,
            "OutputParameters": [],
            "OwningExtension": contract.untyped_reference(owning),
            "ParentContext": None,
            "PostEntityImages": [],
            "PreEntityImages": [],
            "PrimaryEntityId": operation.row_id,
            "PrimaryEntityName": operation.table,
            "RequestId": operation.request_id,
            "SecondaryEntityName": "none",
            "SharedVariables": contract.pairs(self._parameters.shared_variables(operation)),
            "Stage": stage,
            "UserAzureActiveDirectoryObjectId": directory_id,
            "UserId": user_id,
        }
        if self._options.legacy:
            for name in _LATER_MEMBERS:
                del members[name]

        return members

    def _user(self, user_id: str) -> tuple[str, str]:
        """Return the business unit of a user and the id in the directory."""
        row = self._store.find("systemuser", user_id)
        if row is None:
            return self._organisation.business_unit_id, NOBODY

        unit = row.get("businessunitid")
        unit_id = unit.id if isinstance(unit, Lookup) else self._organisation.business_unit_id

        return unit_id, str(row.get("azureactivedirectoryobjectid") or NOBODY)

    def _depth(self, operation: Operation) -> int:
        if operation.parent is None or not self._options.nested_depth:
            return 1

        return 1 + self._depth(operation.parent)
