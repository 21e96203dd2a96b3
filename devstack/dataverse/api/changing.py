"""Writes by address: create, upsert, one property, delete."""

import contextlib
from collections.abc import Iterator, Mapping

from devstack.dataverse.api.address import RowAddress, resolve_row
from devstack.dataverse.api.message import ApiRequest, ApiResponse, no_content
from devstack.dataverse.api.reading import answer_row, existing, query_of, refuse_hidden
from devstack.dataverse.api.render import etag
from devstack.dataverse.errors import (
    exists_already,
    invalid_payload,
    key_not_found,
    row_not_found,
    version_mismatch,
)
from devstack.dataverse.guids import parse_guid
from devstack.dataverse.schema.table import Table
from devstack.dataverse.store import Row
from devstack.dataverse.values import Value
from devstack.dataverse.writing.environment import Environment
from devstack.dataverse.writing.payload import read_payload, read_property
from devstack.dataverse.writing.session import Session


@contextlib.contextmanager
def writing(environment: Environment, request: ApiRequest) -> Iterator[Session]:
    """Write in the session of the change set, or in a transaction of the request's own."""
    if request.session is not None:
        yield request.session
        return

    with environment.transaction() as noted:
        yield Session(environment, request.caller, noted)


def create_row(environment: Environment, request: ApiRequest, table: Table) -> ApiResponse:
    """Create a row from a POST to its set."""
    with writing(environment, request) as session:
        given = payload(environment, table, request.json(), creating=True)
        row = session.create(table, given, take_id(table, given))

    return _written(environment, request, table, row, created=True)


def upsert_row(environment: Environment, request: ApiRequest, address: RowAddress) -> ApiResponse:
    """Update the row of a PATCH, or create it; the conditions may forbid either."""
    table = address.table
    row = find_existing(environment, address)
    if row is None:
        return _create_at(environment, request, address)

    if request.header("if-none-match") == "*":
        raise exists_already()

    check_match(request, row)
    with writing(environment, request) as session:
        given = payload(environment, table, request.json(), creating=False)
        if take_id(table, given) not in {None, row.id}:
            raise invalid_payload("the id in the body differs from the id in the address.")

        row = session.update(table, row.id, given)

    return _written(environment, request, table, row, created=False)


def set_property(
    environment: Environment, request: ApiRequest, address: RowAddress, name: str
) -> ApiResponse:
    """Change one column by PUT, or empty it by DELETE."""
    row = existing(environment, address)
    check_match(request, row)
    raw = request.json().get("value") if request.method == "PUT" else None
    with writing(environment, request) as session:
        session.update(address.table, row.id, read_property(address.table, name, raw))

    return no_content()


def delete_row(environment: Environment, request: ApiRequest, address: RowAddress) -> ApiResponse:
    """Delete a row."""
    row = existing(environment, address)
    check_match(request, row)
    with writing(environment, request) as session:
        session.delete(address.table, row.id)

    return no_content()


def payload(
    environment: Environment, table: Table, body: dict[str, object], *, creating: bool
) -> dict[str, Value]:
    """Read a body, finding the rows that it binds to."""
    return read_payload(
        table, body, lambda address: resolve_row(environment, address), creating=creating
    )


def take_id(table: Table, given: dict[str, Value]) -> str | None:
    """Take the id out of what a body gives."""
    row_id = given.pop(table.primary_id, None)

    return parse_guid(row_id) if isinstance(row_id, str) else None


def find_existing(environment: Environment, address: RowAddress) -> Row | None:
    """Return the row of an address if it is there."""
    if address.row_id is None:
        return None

    row = environment.store.find(address.table.name, address.row_id)
    if row is not None:
        refuse_hidden(environment, address.table, row)

    return row


def check_match(request: ApiRequest, row: Row) -> None:
    """Refuse when the client holds another version than the row has."""
    wanted = request.header("if-match")
    if wanted not in {None, "*", etag(row)}:
        raise version_mismatch()


def _create_at(environment: Environment, request: ApiRequest, address: RowAddress) -> ApiResponse:
    table = address.table
    if request.header("if-match") is not None:
        raise row_not_found(table, address.row_id) if address.row_id else key_not_found(table)

    with writing(environment, request) as session:
        given = payload(environment, table, request.json(), creating=True)
        row_id = take_id(table, given) or address.row_id
        check_address(address, row_id, given)
        row = session.create(table, address.key_values | given, row_id)

    return _written(environment, request, table, row, created=True)


def check_address(address: RowAddress, row_id: str | None, given: Mapping[str, Value]) -> None:
    """Refuse a body that names another row than the address does."""
    if address.row_id not in {None, row_id}:
        raise invalid_payload("the id in the body differs from the id in the address.")

    for name, value in address.key_values.items():
        if given.get(name, value) != value:
            raise invalid_payload(f"'{name}' in the body differs from '{name}' in the address.")


def _written(
    environment: Environment, request: ApiRequest, table: Table, row: Row, *, created: bool
) -> ApiResponse:
    headers = {"OData-EntityId": f"{request.root}{table.set_name}({row.id})"}
    if not request.prefer.representation:
        return no_content(headers)

    if created:
        headers["Location"] = headers["OData-EntityId"]

    query = query_of(environment, request, table)

    return answer_row(environment, request, table, row, query, 201 if created else 200, headers)
