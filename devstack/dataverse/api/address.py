"""Read addresses: sets, rows by id or by alternate key, and what stands behind them."""

import dataclasses
import re
import urllib.parse

from devstack.dataverse.errors import key_not_found, row_not_found, segment_not_found, syntax
from devstack.dataverse.guids import parse_guid
from devstack.dataverse.json_values import parse_json
from devstack.dataverse.odata.condition import get_column
from devstack.dataverse.schema.table import LOOKUPS, AlternateKey, Table
from devstack.dataverse.values import Lookup, Value
from devstack.dataverse.writing.environment import Environment

_SEGMENT = re.compile(r"(?P<name>[\w.$]+)(?:\((?P<inside>.*)\))?", re.DOTALL)
_PAIR = re.compile(r"\s*([\w.]+)\s*=\s*('(?:[^']|'')*'|[^,']+)\s*(?:,|$)")
_WHOLE = re.compile(r"-?[0-9]{1,19}")


@dataclasses.dataclass(frozen=True, slots=True)
class Segment:
    """One part of a path: a name, and what stands in its parentheses if it has any."""

    name: str
    inside: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class RowAddress:
    """A row that may or may not be there; by key, `key_values` holds what names it."""

    table: Table
    row_id: str | None
    key: AlternateKey | None = None
    key_values: dict[str, Value] = dataclasses.field(default_factory=dict)


def split_path(path: str) -> list[Segment]:
    """Return the segments of a path."""
    return [_segment(urllib.parse.unquote(part)) for part in path.strip("/").split("/")]


def get_set(environment: Environment, name: str) -> Table:
    """Return the table of a set that must be there."""
    table = environment.catalogue.find_set(name)
    if table is None:
        raise segment_not_found(name)

    return table


def get_row_address(environment: Environment, table: Table, inside: str) -> RowAddress:
    """Read what names a row: an id, or the columns of an alternate key."""
    guid = parse_guid(inside.strip())
    if guid is not None:
        return RowAddress(table, guid)

    pairs = {name: raw.strip() for name, raw in _PAIR.findall(inside)}
    if set(pairs) == {table.primary_id}:
        return get_row_address(environment, table, pairs[table.primary_id])

    key_values = {
        (column := get_column(table, name)).name: _key_value(table, column.name, raw)
        for name, raw in pairs.items()
    }
    for key in table.keys:
        if set(key.columns) == set(key_values):
            row = environment.store.find_by_key(table.name, key, key_values)
            return RowAddress(table, row.id if row else None, key, key_values)

    raise syntax("The specified key properties are not a key of this entity.")


def resolve_row(environment: Environment, address: str) -> tuple[Table, str]:
    """Return the table and id of a row that must be there, named by any address of it."""
    relative = address.partition("/api/data/v9.2/")[2] or address
    segment = split_path(relative)[-1]
    table = get_set(environment, segment.name)
    found = get_row_address(environment, table, segment.inside or "")
    if found.row_id is None:
        raise key_not_found(table)

    if environment.store.find(table.name, found.row_id) is None:
        raise row_not_found(table, found.row_id)

    return table, found.row_id


def _segment(text: str) -> Segment:
    match = _SEGMENT.fullmatch(text)
    if match is None:
        raise segment_not_found(text)

    return Segment(match["name"], match["inside"])


def _key_value(table: Table, name: str, raw: str) -> Value:
    column = table.columns[name]
    if column.kind in LOOKUPS:
        return Lookup(column.targets[0], raw.lower())

    if raw.startswith("'"):
        return parse_json(table, column, raw[1:-1].replace("''", "'"))

    return parse_json(table, column, int(raw) if _WHOLE.fullmatch(raw) else raw)
