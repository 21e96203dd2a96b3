"""The pair of state and status reason, which must fit."""

from devstack.dataverse.errors import bad_status
from devstack.dataverse.schema.table import Table
from devstack.dataverse.values import Choice, Value, Values

STATE_COLUMNS = frozenset({"statecode", "statuscode"})


def settle_state(table: Table, given: Values, current: Values) -> dict[str, Value]:
    """Return the pair that a write leads to; empty when it touches neither."""
    if not STATE_COLUMNS & given.keys():
        return {}

    state = _number(given.get("statecode") or current.get("statecode"))
    fitting = table.statuses.get(state, ())
    if "statuscode" in given:
        status = _number(given["statuscode"])
        if status not in fitting:
            raise bad_status(table, state, status)
    else:
        status = fitting[0]

    settled: dict[str, Value] = {"statuscode": Choice(status)}
    if "statecode" in given:
        settled["statecode"] = Choice(state)

    return settled


def _number(value: Value) -> int:
    return value.value if isinstance(value, Choice) else 0
