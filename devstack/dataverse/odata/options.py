"""Read the query options of an address."""

import dataclasses
import re
import urllib.parse
from collections.abc import Mapping

from devstack.dataverse.errors import not_implemented, skip_refused, syntax
from devstack.dataverse.odata.condition import get_column
from devstack.dataverse.odata.filter import Filter
from devstack.dataverse.odata.filter_syntax import Follow, parse_filter
from devstack.dataverse.schema.table import CHOICES, LOOKUPS, Column, Table

_KNOWN = frozenset(
    {"$select", "$filter", "$orderby", "$top", "$count", "$expand", "$skiptoken", "tag", "fetchXml"}
)
_TOP = re.compile(r"[0-9]{1,9}")


@dataclasses.dataclass(frozen=True, slots=True)
class Expand:
    """A single-valued navigation to show in full: its columns by the table that it leads to."""

    navigation: str
    column: Column
    target: str
    select: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """One column to sort by."""

    column: Column
    descending: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a set."""

    select: tuple[Column, ...] | None = None
    filter: Filter | None = None
    order: tuple[Order, ...] = ()
    top: int | None = None
    count: bool = False
    expand: tuple[Expand, ...] = ()
    token: str | None = None
    fetch: str | None = None


def split_query(query_string: str) -> dict[str, str]:
    """Return the options by name; `+` stands for a blank, and `$` may be percent-encoded."""
    pairs = urllib.parse.parse_qsl(query_string, keep_blank_values=True)
    options = dict(pairs)
    if len(options) != len(pairs):
        raise syntax("Query option was specified more than once, but it must be at most once.")

    return options


def parse_query(
    options: Mapping[str, str],
    table: Table,
    *,
    ne_matches_empty: bool,
    follow: Follow | None = None,
) -> Query:
    """Read all options of a query on a table."""
    if "$skip" in options:
        raise skip_refused()

    for name in options:
        if name not in _KNOWN:
            raise not_implemented(f"the query option '{name}'")

    text = options.get("$filter")

    return Query(
        select=_select(options.get("$select"), table),
        filter=parse_filter(text, table, ne_matches_empty=ne_matches_empty, follow=follow)
        if text is not None
        else None,
        order=_order(options.get("$orderby"), table),
        top=_top(options.get("$top")),
        count=_count(options.get("$count")),
        expand=_expand(options.get("$expand"), table),
        token=options.get("$skiptoken"),
        fetch=options.get("fetchXml"),
    )


def _select(text: str | None, table: Table) -> tuple[Column, ...] | None:
    if text is None or text.strip() == "*":
        return None

    names = dict.fromkeys(name.strip() for name in text.split(","))

    return tuple(get_column(table, name) for name in names)


def _order(text: str | None, table: Table) -> tuple[Order, ...]:
    if text is None:
        return ()

    order = [_one_order(part.split(), table) for part in text.split(",")]
    if order[-1].column.name == table.primary_id and not order[-1].descending:
        order.pop()  # rows that are equal so far come in the order of their ids anyway

    return tuple(order)


def _one_order(words: list[str], table: Table) -> Order:
    match words:
        case [name] | [name, "asc" | "desc"] if "/" in name:
            raise not_implemented(f"sorting by '{name}'")
        case [name] | [name, "asc" | "desc"]:
            column = get_column(table, name)
        case _:
            raise syntax(f"Syntax error in '{' '.join(words)}'.")

    if column.kind in CHOICES or column.kind in LOOKUPS:
        raise not_implemented(f"sorting by the label of '{column.name}'")

    return Order(column, descending=words[-1] == "desc")


def _top(text: str | None) -> int | None:
    if text is None:
        return None

    if not _TOP.fullmatch(text) or int(text) == 0:
        raise syntax(f"Invalid value '{text}' for $top query option found.")

    return int(text)


def _count(text: str | None) -> bool:
    if text not in {None, "true", "false"}:
        raise syntax(f"Invalid value '{text}' for $count query option found.")

    return text == "true"


def _expand(text: str | None, table: Table) -> tuple[Expand, ...]:
    if text is None:
        return ()

    return tuple(_one_expand(part, table) for part in split_top_level(text))


def _one_expand(text: str, table: Table) -> Expand:
    name, _, rest = text.partition("(")
    if name not in table.navigation:
        raise not_implemented(f"expanding '{name}'")

    inner = rest.removesuffix(")")
    if ";" in inner or (inner and not inner.startswith("$select=")):
        raise not_implemented(f"'{inner}' in $expand")

    column, target = table.navigation[name]
    select = tuple(part.strip() for part in inner.removeprefix("$select=").split(",") if part)

    return Expand(name, column, target, select)


def split_top_level(text: str) -> list[str]:
    """Cut at the commas that stand outside parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter

    return [part.strip() for part in parts]
