"""Actions bound to one row, and the functions and actions bound to nothing."""

from collections.abc import Callable

from devstack.dataverse.api.address import RowAddress, Segment
from devstack.dataverse.api.changing import writing
from devstack.dataverse.api.counting import count_totals
from devstack.dataverse.api.merging import merge_rows
from devstack.dataverse.api.message import ApiRequest, ApiResponse, json_response, no_content
from devstack.dataverse.api.parameters import check_parameters, read_row_parameter, read_truth
from devstack.dataverse.api.privileges import read_privileges
from devstack.dataverse.api.reading import existing
from devstack.dataverse.api.restoring import restore_row
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
    """Carry out an action on one row, or answer a function of it."""
    found = _BOUND.get((address.table.name, name))
    if found is None:
        raise function_not_found(name)

    method, work = found
    if request.method != method:
        raise not_allowed(request.method)

    return work(environment, request, address)


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
    check_parameters(body, _QUALIFY_PARAMETERS, "QualifyLead")

    return Qualification(
        create_account=read_truth(body, "CreateAccount"),
        create_contact=read_truth(body, "CreateContact"),
        create_opportunity=read_truth(body, "CreateOpportunity"),
        status=_status(body),
        currency=read_row_parameter(environment, body.get("OpportunityCurrencyId")),
        customer=read_row_parameter(environment, body.get("OpportunityCustomerId")),
        campaign=read_row_parameter(environment, body.get("SourceCampaignId")),
    )


def _status(body: dict[str, object]) -> int:
    value = body.get("Status")
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_payload("The parameter 'Status' must be given as a number.")

    return value


def _reference(environment: Environment, row: Lookup) -> dict[str, object]:
    table = environment.catalogue.get(row.table)

    return {"@odata.type": f"#{NAMESPACE}.{table.name}", table.primary_id: row.id}


def _add_members(environment: Environment, request: ApiRequest, address: RowAddress) -> ApiResponse:
    members = request.json().get("Members")
    if not isinstance(members, list):
        raise invalid_payload("The parameter 'Members' must be a list of rows.")

    rows = [found for raw in members if (found := read_row_parameter(environment, raw)) is not None]
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


_BOUND: dict[
    tuple[str, str], tuple[str, Callable[[Environment, ApiRequest, RowAddress], ApiResponse]]
] = {
    ("lead", "QualifyLead"): ("POST", _qualify),
    ("list", "AddListMembersList"): ("POST", _add_members),
    ("list", "RemoveMemberList"): ("POST", _remove_member),
    ("systemuser", "RetrievePrincipalAttributePrivileges"): ("GET", read_privileges),
    ("team", "RetrievePrincipalAttributePrivileges"): ("GET", read_privileges),
}
_UNBOUND: dict[str, tuple[str, Callable[[Environment, ApiRequest], ApiResponse]]] = {
    "WhoAmI": ("GET", _who_am_i),
    "RetrieveVersion": ("GET", _version),
    "Restore": ("POST", restore_row),
    "Merge": ("POST", merge_rows),
}
