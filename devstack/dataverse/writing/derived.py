"""Columns that the platform works out from others."""

from devstack.dataverse.schema.table import Table
from devstack.dataverse.values import Choice, Value, Values

_NAME_PARTS = ("firstname", "middlename", "lastname")
_ADDRESS_PARTS = ("line1", "line2", "line3", "postalcode", "city", "stateorprovince", "country")


def derive(table: Table, values: Values, changed: set[str]) -> dict[str, Value]:
    """Return the derived columns whose sources are among the changed ones."""
    found: dict[str, Value] = {}
    if "fullname" in table.columns and changed & set(_NAME_PARTS):
        found |= _names(table, values)

    for prefix in ("address1_", "address2_"):
        if f"{prefix}composite" in table.columns and _touches(prefix, changed):
            found[f"{prefix}composite"] = _address(prefix, values)

    if "authvalue" in changed:
        found["isauthvalueset"] = values.get("authvalue") is not None

    if table.name == "list" and "createdfromcode" in changed:
        code = values.get("createdfromcode")
        found["membertype"] = code.value if isinstance(code, Choice) else None

    return found


def _names(table: Table, values: Values) -> dict[str, Value]:
    parts = (values.get(name) for name in _NAME_PARTS)
    name = " ".join(str(part) for part in parts if part)[:160] or None
    columns = [column for column in ("fullname", "yomifullname") if column in table.columns]

    return dict.fromkeys(columns, name)


def _touches(prefix: str, changed: set[str]) -> bool:
    return any(f"{prefix}{part}" in changed for part in _ADDRESS_PARTS)


def _address(prefix: str, values: Values) -> str | None:
    part = {name: values.get(f"{prefix}{name}") for name in _ADDRESS_PARTS}
    town = " ".join(str(part[name]) for name in ("postalcode", "city") if part[name])
    lines = (part["line1"], part["line2"], part["line3"], town, part["stateorprovince"])
    filled = [str(line) for line in (*lines, part["country"]) if line]

    return "\r\n".join(filled)[:1000] or None
