"""Merge two rows of a table.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/merge
"""

from devstack.dataverse.api.changing import payload, take_id, writing
from devstack.dataverse.api.message import ApiRequest, ApiResponse, no_content
from devstack.dataverse.api.parameters import check_parameters, read_row_parameter, read_truth
from devstack.dataverse.errors import NAMESPACE, invalid_payload
from devstack.dataverse.schema.table import Table
from devstack.dataverse.values import Lookup, Value
from devstack.dataverse.writing.environment import Environment
from devstack.dataverse.writing.merge import Merge, merge

_PARAMETERS = frozenset({"Target", "Subordinate", "UpdateContent", "PerformParentingChecks"})


def merge_rows(environment: Environment, request: ApiRequest) -> ApiResponse:
    """Merge the subordinate into the target."""
    body = request.json()
    check_parameters(body, _PARAMETERS, "Merge")
    target = _row(environment, body, "Target")
    table = environment.catalogue.get(target.table)
    wish = Merge(
        target=target,
        subordinate=_row(environment, body, "Subordinate"),
        content=_content(environment, table, body.get("UpdateContent")),
        checks_parents=read_truth(body, "PerformParentingChecks"),
    )
    with writing(environment, request) as session:
        merge(session, table, wish)

    return no_content()


def _row(environment: Environment, body: dict[str, object], name: str) -> Lookup:
    row = read_row_parameter(environment, body.get(name))
    if row is None:
        raise invalid_payload(f"The parameter '{name}' must be given.")

    return row


def _content(environment: Environment, table: Table, raw: object) -> dict[str, Value] | None:
    if raw is None:
        return None

    if not isinstance(raw, dict):
        raise invalid_payload("The parameter 'UpdateContent' must be given as an object.")

    if str(raw.get("@odata.type", "")).lstrip("#") != f"{NAMESPACE}.{table.name}":
        raise invalid_payload(
            "The parameter 'UpdateContent' must be given with '@odata.type' "
            f"'{NAMESPACE}.{table.name}'."
        )

    given = payload(environment, table, raw, creating=False)
    take_id(table, given)

    return given
