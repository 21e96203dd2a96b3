"""Read the parameters of actions."""

from collections.abc import Mapping

from devstack.dataverse.api.address import resolve_row
from devstack.dataverse.errors import NAMESPACE, invalid_payload
from devstack.dataverse.values import Lookup
from devstack.dataverse.writing.environment import Environment


def check_parameters(body: Mapping[str, object], known: frozenset[str], action: str) -> None:
    """Refuse a parameter that the action does not have."""
    if unknown := body.keys() - known:
        raise invalid_payload(
            f"The parameter '{min(unknown)}' in the request payload is not a valid parameter for "
            f"the operation '{action}'."
        )


def read_truth(body: Mapping[str, object], name: str) -> bool:
    """Read a yes or no that must be given."""
    value = body.get(name)
    if not isinstance(value, bool):
        raise invalid_payload(f"The parameter '{name}' must be given as a boolean.")

    return value


def read_row_parameter(environment: Environment, raw: object) -> Lookup | None:
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
