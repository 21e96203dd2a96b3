"""The service root: sends each operation to who can answer it."""

from devstack.dataverse.api.accepting import check_accepted
from devstack.dataverse.api.actions import run_bound, run_unbound
from devstack.dataverse.api.address import RowAddress, Segment, get_row_address, get_set, split_path
from devstack.dataverse.api.batch import run_batch
from devstack.dataverse.api.bulk import BULK_ACTIONS, run_bulk
from devstack.dataverse.api.changing import create_row, delete_row, set_property, upsert_row
from devstack.dataverse.api.definitions import read_definitions
from devstack.dataverse.api.listing import ASSOCIATIONS, read_members
from devstack.dataverse.api.message import ApiRequest, ApiResponse, error_response
from devstack.dataverse.api.reading import read_count, read_property, read_row, read_set
from devstack.dataverse.elsewhere.lacking import has_property
from devstack.dataverse.errors import (
    NAMESPACE,
    DataverseError,
    function_not_found,
    invalid_payload,
    not_allowed,
    not_implemented,
    segment_not_found,
)
from devstack.dataverse.schema.table import Table
from devstack.dataverse.writing.environment import Environment

_ROW_METHODS = {"PATCH": upsert_row, "DELETE": delete_row, "GET": read_row}
_METADATA = frozenset(
    {
        "$metadata",
        "EntityDefinitions",
        "GlobalOptionSetDefinitions",
        "ManagedPropertyDefinitions",
        "RelationshipDefinitions",
    }
)
# Headers that change what the platform does, which must not be passed over in silence.
_HEADERS_UNKNOWN = (
    "callerobjectid",
    "mscrmcallerid",
    "mscrm.bypassbusinesslogicexecution",
    "mscrm.bypassbusinesslogicexecutionstepids",
    "mscrm.bypasscustompluginexecution",
)
# Puts what is written into a solution; without a solution there is nothing to put it into.
_SOLUTION = "mscrm.solutionuniquename"


class WebApi:
    """Answers operations on an environment; knows nothing of sockets."""

    def __init__(self, environment: Environment) -> None:
        """Serve this environment."""
        self._environment = environment

    def handle(self, request: ApiRequest) -> ApiResponse:
        """Answer one operation; a refusal is an answer too."""
        try:
            return self._route(request)
        except DataverseError as exc:
            return error_response(exc)

    def _route(self, request: ApiRequest) -> ApiResponse:
        _check_headers(request)
        if not request.path.strip("/"):
            raise not_implemented("the service document")

        environment = self._environment.as_seen_by(request.caller)
        first, *rest = split_path(request.path)
        check_accepted(request, [first, *rest])
        if first.name == "$batch":
            return self._batch(request)

        if first.name in _METADATA:
            return read_definitions(environment, request, [first, *rest])

        if not rest and (answer := run_unbound(environment, request, first)):
            return answer

        if environment.catalogue.find_set(first.name) is None and first.inside == "":
            raise function_not_found(first.name)

        table = get_set(environment, first.name)
        if first.inside is None:
            return _answer_set(environment, request, table, rest)

        address = get_row_address(environment, table, first.inside)

        return _answer_row(environment, request, address, rest)

    def _batch(self, request: ApiRequest) -> ApiResponse:
        if request.session is not None:
            raise invalid_payload("A batch cannot hold a batch.")

        if request.method != "POST":
            raise not_allowed(request.method)

        return run_batch(self._environment, request, self.handle)


def _check_headers(request: ApiRequest) -> None:
    for name in _HEADERS_UNKNOWN:
        if name in request.headers:
            raise not_implemented(f"the header '{name}'")

    if _SOLUTION in request.headers and request.method != "GET":
        raise not_implemented(f"the header '{_SOLUTION}'")

    if request.header("mscrm.suppressduplicatedetection") == "false":
        raise not_implemented("duplicate detection")


def _answer_set(
    environment: Environment, request: ApiRequest, table: Table, rest: list[Segment]
) -> ApiResponse:
    match request.method, [segment.name for segment in rest]:
        case "GET", []:
            return read_set(environment, request, table)
        case "POST", []:
            if table.name == "listmember":
                raise not_allowed("POST")
            return create_row(environment, request, table)
        case "GET", ["$count"]:
            return read_count(environment, request, table)
        case "POST", [name] if _action(name) in BULK_ACTIONS:
            return run_bulk(environment, request, table, _action(name))
        case _, []:
            raise not_allowed(request.method)
        case _, [name, *_] if name.startswith(f"{NAMESPACE}."):
            raise function_not_found(_action(name))
        case _, [name, *_]:
            raise segment_not_found(name)
        case _:
            raise not_allowed(request.method)


def _answer_row(
    environment: Environment, request: ApiRequest, address: RowAddress, rest: list[Segment]
) -> ApiResponse:
    if not rest:
        work = _ROW_METHODS.get(request.method)
        if work is None:
            raise not_allowed(request.method)
        return work(environment, request, address)

    name = rest[0].name
    if len(rest) > 1:
        raise not_implemented(f"an address as deep as '{request.path}'")

    if name.startswith(f"{NAMESPACE}."):
        return run_bound(environment, request, address, _action(name))

    if name in ASSOCIATIONS and address.table.name == "list":
        return read_members(environment, request, address, name)

    return _answer_property(environment, request, address, name)


def _answer_property(
    environment: Environment, request: ApiRequest, address: RowAddress, name: str
) -> ApiResponse:
    if name in address.table.navigation:
        raise not_implemented(f"the navigation '{name}'")

    if name not in address.table.by_json:
        if has_property(address.table.name, name):
            raise not_implemented(f"the property '{name}' of '{address.table.name}'")
        raise segment_not_found(name)

    if request.method == "GET":
        return read_property(environment, request, address, name)

    if request.method not in {"PUT", "DELETE"}:
        raise not_allowed(request.method)

    return set_property(environment, request, address, name)


def _action(name: str) -> str:
    return name.removeprefix(f"{NAMESPACE}.")
