"""Read the values that stand in a filter."""

import json
import re
from collections.abc import Callable

from devstack.dataverse.errors import cannot_convert
from devstack.dataverse.guids import parse_guid
from devstack.dataverse.json_values import edm_type, parse_day, parse_moment
from devstack.dataverse.odata.condition import Guid, Literal
from devstack.dataverse.schema.table import LOOKUPS, Column, Kind

_WHOLE = re.compile(r"-?[0-9]{1,19}")
WORDS: dict[str, Literal] = {"true": True, "false": False, "null": None}


def read_listed(column: Column, literal: Literal) -> Literal:
    """Read a value of a list, in which ids and numbers may stand in quotes."""
    if not isinstance(literal, str) or isinstance(literal, Guid):
        return literal

    if column.kind is Kind.GUID or column.kind in LOOKUPS:
        guid = parse_guid(literal)
        if guid is None:
            raise cannot_convert(literal, column, "Edm.Guid")
        return Guid(guid)

    if edm_type(column) == "Edm.Int32":
        return int(literal) if _WHOLE.fullmatch(literal) else literal

    return literal


def unquote(text: str) -> str:
    """Return what stands in single quotes, or in the double quotes of JSON."""
    if text.startswith('"'):
        return str(json.loads(text))

    return text[1:-1].replace("''", "'")


def _number(text: str) -> float:
    return float(text) if set(text) & set(".eE") else int(text)


LITERALS: dict[str, Callable[[str], Literal]] = {
    "text": unquote,
    "guid": lambda text: Guid(text.lower()),
    "number": _number,
    "moment": parse_moment,
    "day": parse_day,
    "name": WORDS.__getitem__,
}
