"""Bring back a deleted row.

https://learn.microsoft.com/power-apps/developer/data-platform/restore-deleted-records
"""

from devstack.dataverse.api.address import get_row_address, get_set, split_path
from devstack.dataverse.api.changing import payload, take_id, writing
from devstack.dataverse.api.message import ApiRequest, ApiResponse, json_response
from devstack.dataverse.api.parameters import check_parameters
from devstack.dataverse.errors import (
    NAMESPACE,
    invalid_payload,
    key_not_found,
)
from devstack.dataverse.schema.table import Table
from devstack.dataverse.values import Value
from devstack.dataverse.writing.environment import Environment
from devstack.dataverse.writing.restore import restore


def restore_row(environment: Environment, request: ApiRequest) -> ApiResponse:
    """Restore the row that the target names, with the values that it gives."""
    body = request.json()
    check_parameters(body, frozenset({"Target"}), "Restore")
    table, row_id, given = _target(environment, body.get("Target"))
    with writing(environment, request) as session:
        row = restore(session, table, row_id, given)

    context = f"{request.root}$metadata#{NAMESPACE}.RestoreResponse"

    return json_response({"@odata.context": context, "id": row.id})


def _target(environment: Environment, raw: object) -> tuple[Table, str, dict[str, Value]]:
    if not isinstance(raw, dict):
        raise invalid_payload("The parameter 'Target' must be given as an object.")

    if isinstance(named := raw.get("@odata.id"), str):
        return *_addressed(environment, named), {}

    name = str(raw.get("@odata.type", "")).lstrip("#").removeprefix(f"{NAMESPACE}.")
    table = environment.catalogue.find(name)
    if table is None:
        raise invalid_payload("The parameter 'Target' must be given with '@odata.type'.")

    given = payload(environment, table, raw, creating=True)
    row_id = take_id(table, given)
    if row_id is None:
        raise invalid_payload(f"The parameter 'Target' must be given with '{table.primary_id}'.")

    return table, row_id, given


def _addressed(environment: Environment, named: str) -> tuple[Table, str]:
    segment = split_path(named.partition("/api/data/v9.2/")[2] or named)[-1]
    table = get_set(environment, segment.name)
    address = get_row_address(environment, table, segment.inside or "")
    if address.row_id is None:
        raise key_not_found(table)

    return table, address.row_id
