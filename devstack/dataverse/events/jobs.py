"""Writes the system jobs that tell an administrator what became of an event.

https://learn.microsoft.com/power-apps/developer/data-platform/asynchronous-service
"""

from devstack.dataverse.events.context import Occasion
from devstack.dataverse.events.delivery import Answer
from devstack.dataverse.store import Store
from devstack.dataverse.values import Choice, Lookup, Value

SUCCEEDED = 30
FAILED = 31

_TABLE = "asyncoperation"
_SYSTEM_EVENT = 1
_COMPLETED = 3
# The code that plug-in and webhook failures share.
_BUSINESS_PROCESS_ERROR = -2147220891


def record_job(store: Store, occasion: Occasion, answer: Answer, *, retries: int) -> None:
    """Write the job of a finished event; one that succeeded goes when its step says so."""
    if answer.is_success and occasion.step.deletes_job:
        return

    columns = _described(store, occasion) | _ended(answer, retries)
    if store.find(_TABLE, occasion.operation_id) is None:
        store.insert(_TABLE, columns, occasion.operation_id)
    else:
        store.update(_TABLE, occasion.operation_id, columns)


def _described(store: Store, occasion: Occasion) -> dict[str, Value]:
    operation, step = occasion.operation, occasion.step

    return {
        "name": step.name,
        "operationtype": Choice(_SYSTEM_EVENT),
        "messagename": operation.message,
        "primaryentitytype": operation.table,
        "owningextensionid": Lookup("sdkmessageprocessingstep", step.id, step.name),
        "regardingobjectid": Lookup(operation.table, operation.row_id),
        "correlationid": operation.correlation_id,
        "requestid": operation.request_id,
        "depth": 1,
        "startedon": occasion.created_on.replace(microsecond=0),
        "completedon": store.now(),
    }


def _ended(answer: Answer, retries: int) -> dict[str, Value]:
    reason = None if answer.is_success else _reason(answer)

    return {
        "statecode": Choice(_COMPLETED),
        "statuscode": Choice(SUCCEEDED if answer.is_success else FAILED),
        "retrycount": retries,
        "message": reason,
        "friendlymessage": reason,
        "errorcode": None if answer.is_success else _BUSINESS_PROCESS_ERROR,
    }


def _reason(answer: Answer) -> str:
    said = answer.error or f"the endpoint answered with status {answer.status}"

    return f"The webhook call failed: {said}."
