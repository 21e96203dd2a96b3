"""Reads: a set page by page, one row, one property, a count."""

import urllib.parse
from collections.abc import Callable

from devstack.dataverse.api.address import RowAddress
from devstack.dataverse.api.fetching import fetch_rows
from devstack.dataverse.api.message import ApiRequest, ApiResponse, json_response
from devstack.dataverse.api.render import Renderer, etag, writer_of
from devstack.dataverse.errors import (
    key_not_found,
    no_privilege,
    not_implemented,
    row_not_found,
    syntax,
)
from devstack.dataverse.odata.condition import get_column
from devstack.dataverse.odata.filter import Filter, all_of
from devstack.dataverse.odata.options import Query, parse_query, split_query
from devstack.dataverse.odata.selection import Place, count_rows, get_page, purpose_of
from devstack.dataverse.schema.table import Column, Table
from devstack.dataverse.store import Row
from devstack.dataverse.values import Lookup, Value, Values
from devstack.dataverse.writing.environment import Environment

_COUNT_CAP = 5000


def read_set(environment: Environment, request: ApiRequest, table: Table) -> ApiResponse:
    """Answer one page of a set."""
    request.caller.require("Read", table)
    options = split_query(request.query)
    query = _parsed(environment, options, table)
    if request.prefer.track_changes:
        raise not_implemented("change tracking")

    if query.fetch is not None:
        return fetch_rows(environment, request, table, query.fetch)

    return answer_page(environment, request, table, query, query.filter)


def answer_page(
    environment: Environment,
    request: ApiRequest,
    table: Table,
    query: Query,
    condition: Filter | None,
) -> ApiResponse:
    """Answer the rows that a condition leaves, cut into pages."""
    size, top = _sizes(environment, request, query)
    after = None
    if query.token is not None:
        after = Place.read(query.token, purpose_of(table, query.order))

    condition = _visible(environment, table, condition)
    page = get_page(environment.store, table, condition, query.order, top or size, after)
    renderer = Renderer(environment, table, query.select, request.prefer.annotations, query.expand)

    body: dict[str, object] = {"@odata.context": _context(request, table, query)}
    if query.count:
        body["@odata.count"] = _capped_count(environment, table, condition)

    body["value"] = [renderer.row(row) for row in page.rows]
    if page.next is not None and top is None:
        body["@odata.nextLink"] = _next_link(request, page.next)

    return json_response(body, headers=_applied(request))


def read_row(environment: Environment, request: ApiRequest, address: RowAddress) -> ApiResponse:
    """Answer one row, or 304 when the client has this version."""
    table = address.table
    request.caller.require("Read", table)
    row = existing(environment, address)
    if request.header("if-none-match") == etag(row):
        return ApiResponse(304, {"ETag": etag(row), "OData-Version": "4.0"})

    query = _parsed(environment, split_query(request.query), table)
    if query.filter or query.order or query.top or query.count or query.token or query.fetch:
        raise syntax("Query options $filter, $orderby, $top and $count need a collection.")

    return answer_row(environment, request, table, row, query, 200)


def answer_row(
    environment: Environment,
    request: ApiRequest,
    table: Table,
    row: Row,
    query: Query,
    status: int,
    headers: dict[str, str] | None = None,
) -> ApiResponse:
    """Answer one row with a given status."""
    renderer = Renderer(environment, table, query.select, request.prefer.annotations, query.expand)
    context = f"{_context(request, table, query)}/$entity"
    body = {"@odata.context": context, **renderer.row(row)}

    return json_response(body, status, {"ETag": etag(row), **_applied(request), **(headers or {})})


def read_property(
    environment: Environment, request: ApiRequest, address: RowAddress, name: str
) -> ApiResponse:
    """Answer the value of one column; nothing at all when it is empty."""
    table = address.table
    request.caller.require("Read", table)
    row = existing(environment, address)
    column = get_column(table, name)
    found, write = row.get(column.name), writer_of(column)
    value = found if found is None or write is None else write(found)
    if value is None:
        return ApiResponse(204, {"OData-Version": "4.0"})

    context = f"{request.root}$metadata#{table.set_name}({row.id})/{name}"

    return json_response({"@odata.context": context, "value": value})


def read_count(environment: Environment, request: ApiRequest, table: Table) -> ApiResponse:
    """Answer how many rows there are, as text."""
    request.caller.require("Read", table)
    query = _parsed(environment, split_query(request.query), table)
    number = _capped_count(environment, table, _visible(environment, table, query.filter))

    return ApiResponse(
        200, {"Content-Type": "text/plain", "OData-Version": "4.0"}, str(number).encode()
    )


def existing(environment: Environment, address: RowAddress) -> Row:
    """Return the row of an address, which must be there."""
    if address.row_id is None:
        raise key_not_found(address.table)

    row = environment.store.find(address.table.name, address.row_id)
    if row is None:
        raise row_not_found(address.table, address.row_id)

    refuse_hidden(environment, address.table, row)

    return row


def refuse_hidden(environment: Environment, table: Table, row: Row) -> None:
    """Refuse a row that the roles of the caller do not reach."""
    if row.id in environment.hides:
        user = environment.options.application_user_id
        raise no_privilege(user, f"prvRead{table.schema_name}")


def _visible(environment: Environment, table: Table, condition: Filter | None) -> Filter | None:
    """Return a condition that leaves out the rows that the caller may not see."""
    hides = environment.hides
    if not hides:
        return condition

    shown = Filter(lambda values: values[table.primary_id] not in hides)

    return shown if condition is None else all_of([condition, shown])


def query_of(environment: Environment, request: ApiRequest, table: Table) -> Query:
    """Return the query options of a request on a table."""
    return _parsed(environment, split_query(request.query), table)


def _parsed(environment: Environment, options: dict[str, str], table: Table) -> Query:
    def follow(column: Column, target: str) -> tuple[Table, Callable[[Values], Values]]:
        found = environment.catalogue.find(target)
        if found is None:
            raise not_implemented(f"a filter through the lookup '{column.name}'")

        return found, lambda values: _led_to(environment, values.get(column.name), column, target)

    return parse_query(
        options, table, ne_matches_empty=environment.options.ne_matches_empty, follow=follow
    )


def _led_to(environment: Environment, lookup: Value, column: Column, target: str) -> Values:
    """Return the row that a lookup leads to; an empty one when it leads nowhere."""
    if column.hidden or not isinstance(lookup, Lookup) or lookup.table != target:
        return {}

    row = environment.store.find(target, lookup.id)

    return {} if row is None else row.values


def _sizes(environment: Environment, request: ApiRequest, query: Query) -> tuple[int, int | None]:
    cap = environment.options.page_cap
    wanted = request.prefer.page_size
    if wanted is not None:
        return min(wanted, cap), None

    return cap, min(query.top, cap) if query.top is not None else None


def _capped_count(environment: Environment, table: Table, condition: Filter | None) -> int:
    return min(count_rows(environment.store, table, condition), _COUNT_CAP)


def _context(request: ApiRequest, table: Table, query: Query) -> str:
    names = ",".join(column.json_name for column in query.select or ())

    return f"{request.root}$metadata#{table.set_name}{f'({names})' if names else ''}"


def _next_link(request: ApiRequest, place: str) -> str:
    kept = [
        part
        for part in request.query.split("&")
        if part and not urllib.parse.unquote(part).startswith("$skiptoken=")
    ]
    kept.append(f"$skiptoken={urllib.parse.quote(place, safe='')}")

    return f"{request.root}{request.path}?{'&'.join(kept)}"


def _applied(request: ApiRequest) -> dict[str, str]:
    applied = request.prefer.applied

    return {"Preference-Applied": applied} if applied else {}
