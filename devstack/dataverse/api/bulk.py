"""CreateMultiple, UpdateMultiple and UpsertMultiple: all or nothing.

https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations
"""

from collections.abc import Callable

from devstack.dataverse.api.address import RowAddress, get_row_address, split_path
from devstack.dataverse.api.changing import check_address, find_existing, payload, take_id, writing
from devstack.dataverse.api.message import ApiRequest, ApiResponse, json_response, no_content
from devstack.dataverse.errors import (
    NAMESPACE,
    invalid_payload,
    not_implemented,
    row_not_found,
)
from devstack.dataverse.schema.table import AlternateKey, Table
from devstack.dataverse.values import Value
from devstack.dataverse.writing.environment import Environment
from devstack.dataverse.writing.session import Session

type Target = dict[str, object]


def run_bulk(
    environment: Environment, request: ApiRequest, table: Table, message: str
) -> ApiResponse:
    """Carry out a bulk action on a set."""
    work = _ACTIONS[message]
    if not table.owned:
        raise not_implemented(f"{message} on the table '{table.name}'")

    targets = [_target(table, raw) for raw in _targets(request)]
    with writing(environment, request) as session:
        ids = [work(session, table, target) for target in targets]

    if message != "CreateMultiple":
        return no_content()

    context = f"{request.root}$metadata#{NAMESPACE}.CreateMultipleResponse"

    return json_response({"@odata.context": context, "Ids": ids})


def _targets(request: ApiRequest) -> list[object]:
    body = request.json()
    targets = body.get("Targets")
    if not isinstance(targets, list) or not targets or set(body) != {"Targets"}:
        raise invalid_payload("the only parameter must be 'Targets', a list of rows.")

    return targets


def _target(table: Table, raw: object) -> Target:
    if not isinstance(raw, dict):
        raise invalid_payload("each of the Targets must be an object.")

    if str(raw.get("@odata.type", "")).lstrip("#") != f"{NAMESPACE}.{table.name}":
        raise invalid_payload(
            "A type named in each of the Targets by '@odata.type' must be "
            f"'{NAMESPACE}.{table.name}'."
        )

    return raw


def _create(session: Session, table: Table, target: Target) -> str:
    given = payload(session.environment, table, target, creating=True)

    return session.create(table, given, take_id(table, given)).id


def _update(session: Session, table: Table, target: Target) -> str:
    given = payload(session.environment, table, target, creating=False)
    row_id = take_id(table, given)
    if row_id is None:
        raise invalid_payload(f"each of the Targets must have '{table.primary_id}'.")

    return session.update(table, row_id, given).id


def _upsert(session: Session, table: Table, target: Target) -> str:
    environment = session.environment
    address = _address(session, table, target)
    row = find_existing(environment, address)
    given = payload(environment, table, target, creating=row is None)
    row_id = take_id(table, given)
    if row is not None:
        changes = {name: v for name, v in given.items() if name not in address.key_values}
        return session.update(table, row.id, changes).id

    _check_repeated(environment, address, given, by_address="@odata.id" in target)

    check_address(address, row_id or address.row_id, given)

    return session.create(table, address.key_values | given, address.row_id or row_id).id


def _address(session: Session, table: Table, target: Target) -> RowAddress:
    named = target.get("@odata.id")
    if isinstance(named, str):
        segment = split_path(named.partition("/api/data/v9.2/")[2] or named)[-1]
        if segment.name != table.set_name or not segment.inside:
            raise invalid_payload(f"'@odata.id' must name a row of '{table.set_name}'.")

        return get_row_address(session.environment, table, segment.inside)

    if isinstance(row_id := target.get(table.primary_id), str):
        return RowAddress(table, row_id.lower())

    for key in table.keys:
        if all(column in target for column in key.columns):
            return _by_columns(session, table, target, key)

    raise row_not_found(table, "00000000-0000-0000-0000-000000000000")


def _by_columns(session: Session, table: Table, target: Target, key: AlternateKey) -> RowAddress:
    part = {name: target[name] for name in key.columns}
    values = payload(session.environment, table, part, creating=True)
    row = session.environment.store.find_by_key(table.name, key, values)

    return RowAddress(table, row.id if row else None, key, values)


def _check_repeated(
    environment: Environment, address: RowAddress, given: dict[str, Value], *, by_address: bool
) -> None:
    repeated = by_address and address.key_values.keys() & given.keys()
    if repeated and environment.options.upsert_refuses_repeated_keys:
        raise invalid_payload("the columns of the key stand in the address and in the body.")


_ACTIONS: dict[str, Callable[[Session, Table, Target], str]] = {
    "CreateMultiple": _create,
    "UpdateMultiple": _update,
    "UpsertMultiple": _upsert,
}
BULK_ACTIONS = frozenset(_ACTIONS)
