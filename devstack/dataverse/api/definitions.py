"""Reads of the metadata: tables, columns, choices and keys.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api
"""

import re
from collections.abc import Collection, Iterable, Mapping

from devstack.dataverse.api.address import Segment
from devstack.dataverse.api.message import ApiRequest, ApiResponse, json_response
from devstack.dataverse.elsewhere.lacking import has_property
from devstack.dataverse.errors import (
    NAMESPACE,
    DataverseError,
    function_not_found,
    not_allowed,
    not_implemented,
    property_not_found,
    segment_not_found,
    syntax,
)
from devstack.dataverse.metadata.describe import (
    Json,
    class_of,
    describe_column,
    describe_columns,
    describe_key,
    describe_options,
    describe_table,
    metadata_id,
)
from devstack.dataverse.metadata.shape import ATTRIBUTES, KEYS, TABLES
from devstack.dataverse.odata.filter_syntax import parse_filter
from devstack.dataverse.odata.options import split_query, split_top_level
from devstack.dataverse.schema.table import Table
from devstack.dataverse.writing.environment import Environment

_NAMED = re.compile(r"\s*(?:LogicalName\s*=\s*)?'?([\w-]+)'?\s*")
_EXPAND = re.compile(r"(\w+)(?:\((.*)\))?")
_KNOWN = frozenset({"$select", "$filter", "$expand"})
_OPTION_SETS = frozenset({"OptionSet", "GlobalOptionSet"})
_CLASSES = frozenset(
    f"{kind}AttributeMetadata"
    for kind in (
        *("BigInt", "Boolean", "DateTime", "Decimal", "Double", "EntityName", "File", "Image"),
        *("Integer", "Lookup", "ManagedProperty", "Memo", "Money", "MultiSelectPicklist"),
        *("Picklist", "State", "Status", "String", "UniqueIdentifier"),
    )
)
# What others derive from: a cast to one of these finds all of them.
_BASES = frozenset({"AttributeMetadata", "EnumAttributeMetadata"})


def read_definitions(
    environment: Environment, request: ApiRequest, segments: list[Segment]
) -> ApiResponse:
    """Answer a read of the metadata."""
    first, *rest = segments
    if first.name != "EntityDefinitions":
        raise not_implemented(f"'{first.name}'")

    if request.method == "PATCH":
        raise not_allowed("PATCH")

    if request.method != "GET":
        raise not_implemented("changes of the metadata")

    if first.inside is None and rest:
        raise _lacking(TABLES, rest[0].name, also={"$count"})

    options = _options(split_query(request.query))
    if first.inside is None:
        return _many(request, (_table(t, options) for t in _filtered_tables(environment, options)))

    table = _get_table(environment, first.inside)
    if not rest:
        return _one(request, _table(table, options))

    return _inside(request, table, rest, options)


def _inside(
    request: ApiRequest, table: Table, rest: list[Segment], options: Mapping[str, str]
) -> ApiResponse:
    first, *behind = rest
    if first.name == "Keys" and first.inside is None and not behind:
        return _many(request, _keys(table, options))

    if first.name != "Attributes":
        raise _lacking(TABLES, first.name, also={"Keys"})

    cast = _read_cast(behind)
    if first.inside is None:
        return _many(request, _attributes(table, options, cast))

    return _one(request, _attribute(table, first.inside, options, cast))


def _read_cast(behind: list[Segment]) -> str | None:
    """Return the class of column that an address casts to, if it does and ends there."""
    if not behind:
        return None

    first, *more = behind
    cast = first.name.removeprefix(f"{NAMESPACE}.")
    if cast == first.name or cast in _BASES or cast not in _CLASSES:
        raise _lacking(ATTRIBUTES, first.name, also={*_BASES, *_OPTION_SETS, "$count"})

    if more:
        raise _lacking(ATTRIBUTES, more[0].name, also={*_OPTION_SETS, "$count"})

    return cast


def _lacking(shape: Table, name: str, *, also: Collection[str]) -> DataverseError:
    """Return the refusal of a part of an address: Dataverse has it and we lack it, or nobody has.

    Single properties of the metadata, and relationships, are of the first kind.
    """
    plain = name.removeprefix(f"{NAMESPACE}.")
    if plain in also or plain in shape.columns or has_property(shape.name, plain):
        return not_implemented(f"'{name}' of the metadata")

    return segment_not_found(name) if plain == name else function_not_found(plain)


def _options(options: dict[str, str]) -> dict[str, str]:
    for name in options:
        if name not in _KNOWN:
            raise not_implemented(f"the query option '{name}' on metadata")

    return options


def _get_table(environment: Environment, inside: str) -> Table:
    wanted = _name(inside)
    for table in environment.catalogue:
        if wanted in {table.name, metadata_id(table.name)}:
            return table

    raise DataverseError(
        404, "0x80060888", f"Could not find an entity with the name '{wanted}' in the metadata."
    )


def _name(inside: str) -> str:
    match = _NAMED.fullmatch(inside)
    if match is None:
        raise syntax(f"'{inside}' does not name metadata.")

    return match[1]


def _filtered_tables(environment: Environment, options: Mapping[str, str]) -> Iterable[Table]:
    text = options.get("$filter")
    if text is None:
        return environment.catalogue

    test = parse_filter(text, TABLES).test

    return (table for table in environment.catalogue if test(_values(describe_table(table))))


def _table(table: Table, options: Mapping[str, str]) -> Json:
    described = describe_table(table)
    shown = _selected(described, options.get("$select"), TABLES, described.keys())
    for name, inner in _expanded(options.get("$expand")):
        if name == "Attributes":
            shown[name] = _attributes(table, inner, None)
        elif name == "Keys":
            shown[name] = _keys(table, inner)
        else:
            raise not_implemented(f"expanding '{name}' of a table")

    return shown


def _keys(table: Table, options: Mapping[str, str]) -> list[Json]:
    described = [describe_key(table, key) for key in table.keys]
    if "$filter" in options:
        test = parse_filter(options["$filter"], KEYS).test
        described = [one for one in described if test(_values(one))]

    return [_selected(one, options.get("$select"), KEYS, one.keys()) for one in described]


def _attributes(table: Table, options: Mapping[str, str], cast: str | None) -> list[Json]:
    text = options.get("$filter")
    test = parse_filter(text, ATTRIBUTES).test if text is not None else None
    found = (one for one in describe_columns(table) if cast is None or _is(one, cast))

    return [
        _attribute_shown(table, one, options, cast)
        for one in found
        if test is None or test(_values(one))
    ]


def _attribute(table: Table, inside: str, options: Mapping[str, str], cast: str | None) -> Json:
    column = table.columns.get(_name(inside))
    if column is None or (cast is not None and class_of(column) != cast):
        raise DataverseError(
            404, "0x80060888", f"Could not find an attribute with the name '{_name(inside)}'."
        )

    return _attribute_shown(table, describe_column(table, column), options, cast)


def _attribute_shown(
    table: Table, described: Json, options: Mapping[str, str], cast: str | None
) -> Json:
    base = describe_column(table, table.columns[table.primary_id]).keys()
    allowed = described.keys() if cast is not None else base
    shown = _selected(described, options.get("$select"), ATTRIBUTES, allowed)
    for name, inner in _expanded(options.get("$expand")):
        if cast is None or name not in _OPTION_SETS or inner.keys() - {"$select"}:
            raise not_implemented(f"expanding '{name}' of a column")

        options_set = describe_options(table, table.columns[str(described["LogicalName"])])
        shown[name] = options_set if name == "OptionSet" else None

    return shown


def _selected(described: Json, text: str | None, shape: Table, allowed: Iterable[str]) -> Json:
    if text is None:
        return dict(described)

    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in allowed:
            raise property_not_found(shape, name)

    kept = ("@odata.type", *names, "MetadataId")

    return {name: described[name] for name in kept if name in described}


def _expanded(text: str | None) -> Iterable[tuple[str, dict[str, str]]]:
    for part in split_top_level(text) if text else ():
        match = _EXPAND.fullmatch(part)
        if match is None:
            raise syntax(f"Syntax error in '{part}'.")

        inner = (match[2] or "").split(";")
        yield match[1], _options(dict(_pair(one) for one in inner if one))


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")

    return name.strip(), value


def _is(described: Json, cast: str) -> bool:
    return described["@odata.type"] == f"#{NAMESPACE}.{cast}"


def _values(described: Json) -> dict[str, str | bool | None]:
    return {
        name: value
        for name, value in described.items()
        if isinstance(value, str | bool) or value is None
    }


def _many(request: ApiRequest, found: Iterable[Json]) -> ApiResponse:
    context = f"{request.root}$metadata#{request.path}"

    return json_response({"@odata.context": context, "value": list(found)})


def _one(request: ApiRequest, found: Json) -> ApiResponse:
    return json_response({"@odata.context": f"{request.root}$metadata#{request.path}", **found})
