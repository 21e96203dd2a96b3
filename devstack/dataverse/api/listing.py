"""The members of a marketing list, read by navigation."""

from devstack.dataverse.api.address import RowAddress
from devstack.dataverse.api.message import ApiRequest, ApiResponse
from devstack.dataverse.api.reading import answer_page, existing, query_of
from devstack.dataverse.errors import not_allowed, not_implemented
from devstack.dataverse.odata.condition import Comparable
from devstack.dataverse.odata.filter import Filter, Seek
from devstack.dataverse.writing.environment import Environment
from devstack.dataverse.writing.members import member_ids

ASSOCIATIONS = {
    "listcontact_association": "contact",
    "listlead_association": "lead",
    "listaccount_association": "account",
}


def read_members(
    environment: Environment, request: ApiRequest, address: RowAddress, name: str
) -> ApiResponse:
    """Answer one page of the members of a static list."""
    if not environment.options.static_list_navigation:
        raise not_implemented(f"the navigation '{name}'")

    if request.method != "GET":
        raise not_allowed(request.method)

    table = environment.catalogue.get(ASSOCIATIONS[name])
    request.caller.require("Read", address.table)
    request.caller.require("Read", table)
    marketing_list = existing(environment, address)
    ids = member_ids(environment.store, marketing_list.id)
    query = query_of(environment, request, table)
    extra = query.filter
    primary_id = table.primary_id
    condition = Filter(
        lambda values: values[primary_id] in ids and (extra is None or extra.test(values)),
        (Seek(table.columns[primary_id], frozenset[Comparable](ids), exact=False),),
    )

    return answer_page(environment, request, table, query, condition)
