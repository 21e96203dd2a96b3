"""Actions bound to one row, and the functions and actions bound to nothing."""

from collections.abc import Callable

from devstack.dataverse.api.address import RowAddress, Segment, resolve_row
from devstack.dataverse.api.changing import writing
from devstack.dataverse.api.counting import count_totals
from devstack.dataverse.api.message import ApiRequest, ApiResponse, json_response, no_content
from devstack.dataverse.api.reading import existing
from devstack.dataverse.errors import (
    NAMESPACE,
    function_not_found,
    invalid_payload,
    not_allowed,
)
from devstack.dataverse.values import Lookup
from devstack.dataverse.writing.environment import Environment
from devstack.dataverse.writing.members import add_members, remove_member
from devstack.dataverse.writing.qualify import Qualification, qualify

VERSION = "9.2.25103.00152"

_QUALIFY_PARAMETERS = frozenset(
    {
        "CreateAccount",
        "CreateContact",
        "CreateOpportunity",
        "OpportunityCurrencyId",
        "OpportunityCustomerId",
        "SourceCampaignId",
        "Status",
        "ProcessInstanceId",
        "SuppressDuplicateDetection",
    }
)


def run_bound(
    environment: Environment, request: ApiRequest, address: RowAddress, name: str
) -> ApiResponse:
    """Carry out an action on one row."""
    action = _BOUND.get((address.table.name, name))
    if action is None:
        raise function_not_found(name)

    if request.method != "POST":
        raise not_allowed(request.method)

    return action(environment, request, address)


def run_unbound(
    environment: Environment, request: ApiRequest, segment: Segment
) -> ApiResponse | None:
    """Answer a function or action of the service; None when there is none by that name."""
    if segment.name == "RetrieveTotalRecordCount":
        return count_totals(environment, request, segment.inside or "")

    found = _UNBOUND.get(segment.name)
    if found is None:
        return None

    method, work = found
    if request.method != method:
        raise not_allowed(request.method)

    return work(environment, request)


def _qualify(environment: Environment, request: ApiRequest, address: RowAddress) -> ApiResponse:
    lead = existing(environment, address)
    request.caller.require("Write", address.table)
    wish = _wish(environment, request.json())
    with writing(environment, request) as session:
        created = qualify(session, lead, wish)

    context = f"{request.root}$metadata#Collection({NAMESPACE}.crmbaseentity)"

    return json_response(
        {"@odata.context": context, "value": [_reference(environment, one) for one in created]}
    )


def _wish(environment: Environment, body: dict[str, object]) -> Qualification:
    unknown = body.keys() - _QUALIFY_PARAMETERS
    if unknown:
        raise invalid_payload(
            f"The parameter '{min(unknown)}' in the request payload is not a valid parameter for "
            "the operation 'QualifyLead'."
        )

    return Qualification(
        create_account=_truth(body, "CreateAccount"),
        create_contact=_truth(body, "CreateContact"),
        create_opportunity=_truth(body, "CreateOpportunity"),
        status=_status(body),
        currency=_row(environment, body.get("OpportunityCurrencyId")),
        customer=_row(environment, body.get("OpportunityCustomerId")),
        campaign=_row(environment, body.get("SourceCampaignId")),
    )


def _truth(body: dict[str, object], name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool):
        raise invalid_payload(f"The parameter '{name}' must be given as a boolean.")

    return value


def _status(body: dict[str, object]) -> int:
    value = body.get("Status")
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_payload("The parameter 'Status' must be given as a number.")

    return value


def _row(environment: Environment, raw: object) -> Lookup | None:
    """Read a row that is given as an object with its type and id, or by its address."""
    if raw is None:
        return None

    if not isinstance(raw, dict):
        raise invalid_payload("A row must be given as an object.")

    if isinstance(address := raw.get("@odata.id"), str):
        table, row_id = resolve_row(environment, address)
        return Lookup(table.name, row_id)

    name = str(raw.get("@odata.type", "")).lstrip("#").removeprefix(f"{NAMESPACE}.")
    found = environment.catalogue.find(name)
    given = raw.get(found.primary_id) if found is not None else None
    if found is None or not isinstance(given, str):
        raise invalid_payload("A row must be given with '@odata.type' and its id.")

    resolve_row(environment, f"{found.set_name}({given})")

    return Lookup(found.name, given.lower())


def _reference(environment: Environment, row: Lookup) -> dict[str, object]:
    table = environment.catalogue.get(row.table)

    return {"@odata.type": f"#{NAMESPACE}.{table.name}", table.primary_id: row.id}


def _add_members(environment: Environment, request: ApiRequest, address: RowAddress) -> ApiResponse:
    members = request.json().get("Members")
    if not isinstance(members, list):
        raise invalid_payload("The parameter 'Members' must be a list of rows.")

    rows = [found for raw in members if (found := _row(environment, raw)) is not None]
    with writing(environment, request) as session:
        add_members(session, existing(environment, address), rows)

    return no_content()


def _remove_member(
    environment: Environment, request: ApiRequest, address: RowAddress
) -> ApiResponse:
    member = request.json().get("EntityId")
    if not isinstance(member, str):
        raise invalid_payload("The parameter 'EntityId' must be an id.")

    with writing(environment, request) as session:
        remove_member(session, existing(environment, address), member)

    return no_content()


def _who_am_i(environment: Environment, request: ApiRequest) -> ApiResponse:
    user = environment.store.find("systemuser", request.caller.user_id)
    unit = user.get("businessunitid") if user is not None else None

    return json_response(
        {
            "@odata.context": f"{request.root}$metadata#{NAMESPACE}.WhoAmIResponse",
            "BusinessUnitId": unit.id if isinstance(unit, Lookup) else None,
            "UserId": request.caller.user_id,
            "OrganizationId": environment.options.organisation_id,
        }
    )


def _version(_: Environment, request: ApiRequest) -> ApiResponse:
    context = f"{request.root}$metadata#{NAMESPACE}.RetrieveVersionResponse"

    return json_response({"@odata.context": context, "Version": VERSION})


_BOUND: dict[tuple[str, str], Callable[[Environment, ApiRequest, RowAddress], ApiResponse]] = {
    ("lead", "QualifyLead"): _qualify,
    ("list", "AddListMembersList"): _add_members,
    ("list", "RemoveMemberList"): _remove_member,
}
_UNBOUND: dict[str, tuple[str, Callable[[Environment, ApiRequest], ApiResponse]]] = {
    "WhoAmI": ("GET", _who_am_i),
    "RetrieveVersion": ("GET", _version),
}
