"""Read the body of a write: columns by name, lookups by bind."""

from collections.abc import Callable, Mapping

from devstack.dataverse.errors import (
    invalid_payload,
    not_implemented,
    undeclared,
    unknown_in_payload,
)
from devstack.dataverse.json_values import parse_json
from devstack.dataverse.refusals import create_missing, update_missing
from devstack.dataverse.schema.table import LOOKUPS, Column, Table
from devstack.dataverse.values import Lookup, Value

# Finds the row that an address such as "/contacts(id)" names.
type Resolve = Callable[[str], tuple[Table, str]]

_BIND = "@odata.bind"


def read_payload(
    table: Table, body: Mapping[str, object], resolve: Resolve, *, creating: bool
) -> dict[str, Value]:
    """Return the columns that a body sets, or refuse it as the platform would."""
    given: dict[str, Value] = {}
    for name, raw in body.items():
        if name.endswith(_BIND):
            column, value = _bound(table, name.removesuffix(_BIND), raw, resolve)
        elif "@" in name:
            continue
        else:
            column, value = _plain(table, name, raw)

        _check_writable(column, table, creating=creating)
        given[column.name] = value

    return given


def read_property(table: Table, name: str, raw: object) -> dict[str, Value]:
    """Return the one column that a PUT or DELETE of a property sets."""
    column, value = _plain(table, name, raw)
    _check_writable(column, table, creating=False)

    return {column.name: value}


def _plain(table: Table, name: str, raw: object) -> tuple[Column, Value]:
    if raw is None and name in table.navigation:
        return table.navigation[name][0], None

    if isinstance(raw, dict | list):
        raise not_implemented(f"a nested value for '{name}' in a body")

    column = table.by_json.get(name)
    if column is None:
        raise unknown_in_payload(table, name)

    if column.kind in LOOKUPS:
        raise invalid_payload(
            "CRM do not support direct update of Entity Reference properties, Use Navigation "
            "properties instead."
        )

    return column, parse_json(table, column, raw)


def _bound(table: Table, name: str, raw: object, resolve: Resolve) -> tuple[Column, Value]:
    if name not in table.navigation:
        raise undeclared(table, name)

    column, target = table.navigation[name]
    if raw is None:
        return column, None

    if not isinstance(raw, str):
        raise invalid_payload(f"The value of '{name}{_BIND}' must be the address of a row.")

    found, row_id = resolve(raw)
    allowed = (target,) if target else column.targets
    if found.name not in allowed:
        raise invalid_payload(
            f"A '{found.name}' cannot be bound to '{name}', which leads to {', '.join(allowed)}."
        )

    return column, Lookup(found.name, row_id)


def _check_writable(column: Column, table: Table, *, creating: bool) -> None:
    if column.unwritable:
        raise create_missing() if creating else update_missing()

    if column.creatable and creating:
        return

    if column.updatable and not creating:
        return

    if column.name == table.primary_id:
        return

    raise not_implemented(f"writing to the read-only column '{column.name}'")
