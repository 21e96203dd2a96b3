"""Read a FetchXML query: columns, order, filters and links, and where its page begins."""

import dataclasses
import re
from xml.etree import ElementTree as ET

from devstack.dataverse.errors import not_implemented
from devstack.dataverse.fetch.conditions import column_of, read_condition, refuse
from devstack.dataverse.odata.condition import Test, reader
from devstack.dataverse.odata.filter import Filter, all_of, any_of
from devstack.dataverse.odata.options import Order
from devstack.dataverse.odata.selection import Place, purpose_of
from devstack.dataverse.schema.table import Column, Table
from devstack.dataverse.writing.environment import Environment

_FETCH = frozenset(
    {
        "version",
        "output-format",
        "mapping",
        "distinct",
        "no-lock",
        "count",
        "page",
        "paging-cookie",
        "top",
        "returntotalrecordcount",
    }
)
_SEMI = frozenset({"exists", "in", "any"})
_MOST_COUNT = 5000
_MOST_NESTED = 100
_NUMBER = re.compile(r"0*[1-9][0-9]{0,8}")


@dataclasses.dataclass(frozen=True, slots=True)
class Fetch:
    """What a FetchXML query asks for."""

    select: tuple[Column, ...] | None
    order: tuple[Order, ...]
    condition: Filter | None
    count: int
    page: int
    top: int | None
    after: Place | None
    total: bool


class FetchReader:
    """Reads queries for one user of an environment."""

    def __init__(self, environment: Environment, user_id: str) -> None:
        """Look up linked rows in this environment."""
        self._environment = environment
        self._user_id = user_id

    def read(self, text: str, table: Table) -> Fetch:
        """Read a query whose root must be the table of the set."""
        root = _parsed(text)
        entity = root.find("entity")
        if root.tag != "fetch" or entity is None or set(root.keys()) - _FETCH:
            raise not_implemented(f"a FetchXML query such as '{text[:60]}'")

        if entity.get("name") != table.name:
            raise refuse(f"The entity of the query must be '{table.name}'.")

        top = _number(root, "top")
        page = _number(root, "page") or 1
        if top is not None and (page > 1 or root.get("count") or root.get("paging-cookie")):
            raise refuse("The top attribute can't be specified with paging attribute page.")

        order = _order(entity, table)

        return Fetch(
            select=_select(entity, table),
            order=order,
            condition=self._condition(entity, table, distinct=root.get("distinct") == "true"),
            count=min(_number(root, "count") or _MOST_COUNT, _MOST_COUNT),
            page=page,
            top=top,
            after=_after(root.get("paging-cookie"), page, purpose_of(table, order)),
            total=root.get("returntotalrecordcount") == "true",
        )

    def _condition(self, entity: ET.Element, table: Table, *, distinct: bool) -> Filter | None:
        parts = [self._filter(one, table) for one in entity.findall("filter")]
        for link in entity.findall("link-entity"):
            joined = self._link(link, table, distinct=distinct)
            if joined is not None:
                parts.append(joined)

        return all_of(parts) if parts else None

    def _filter(self, element: ET.Element, table: Table) -> Filter:
        parts: list[Filter] = []
        for child in element:
            if child.tag == "condition":
                parts.append(read_condition(table, child, self._user_id))
            elif child.tag == "filter":
                parts.append(self._filter(child, table))
            else:
                raise not_implemented(f"'{child.tag}' in a FetchXML filter")

        if not parts:
            return Filter(lambda _: True)

        return any_of(parts) if element.get("type") == "or" else all_of(parts)

    def _link(self, link: ET.Element, table: Table, *, distinct: bool) -> Filter | None:
        """Join another table: only which rows remain is simulated, not its columns."""
        other = self._environment.catalogue.find(link.get("name", ""))
        if other is None:
            raise refuse(f"The entity with a name = '{link.get('name')}' was not found.")

        if link.find("attribute") is not None or link.find("all-attributes") is not None:
            raise not_implemented("columns of a linked entity")

        kind = link.get("link-type", "inner")
        source = column_of(other, link.get("from"))
        target = column_of(table, link.get("to"))
        condition = self._condition(link, other, distinct=True)
        if kind == "outer":
            return None

        if kind != "inner" and kind not in _SEMI:
            raise not_implemented(f"the link type '{kind}'")

        if kind == "inner" and not distinct and source.name != other.primary_id:
            raise not_implemented("an inner link that may repeat rows, without distinct")

        return Filter(self._joined(other, source, target, condition))

    def _joined(
        self, other: Table, source: Column, target: Column, condition: Filter | None
    ) -> Test:
        read_source, read_target = reader(source), reader(target)
        found = {
            read_source(row.values)
            for row in self._environment.store.rows(other.name)
            if condition is None or condition.test(row.values)
        } - {None}

        return lambda values: read_target(values) in found


def _parsed(text: str) -> ET.Element:
    if "<!" in text:
        raise refuse("A FetchXML query has no declarations.")

    if text.count("<filter") + text.count("<link-entity") > _MOST_NESTED:
        raise refuse("The query has too many filters and linked entities.")

    try:
        return ET.fromstring(text)  # noqa: S314 -- without declarations nothing can expand
    except ET.ParseError as exc:
        raise refuse("Invalid XML.") from exc


def _number(root: ET.Element, name: str) -> int | None:
    text = root.get(name)
    if text is None:
        return None

    if not _NUMBER.fullmatch(text):
        raise refuse(f"Invalid value for the attribute '{name}': {text}.")

    return int(text)


def _select(entity: ET.Element, table: Table) -> tuple[Column, ...] | None:
    attributes = entity.findall("attribute")
    if not attributes or entity.find("all-attributes") is not None:
        return None

    if any(set(one.keys()) - {"name"} for one in attributes):
        raise not_implemented("aliases and aggregates in FetchXML")

    return tuple(column_of(table, one.get("name")) for one in attributes)


def _order(entity: ET.Element, table: Table) -> tuple[Order, ...]:
    return tuple(
        Order(column_of(table, one.get("attribute")), one.get("descending") == "true")
        for one in entity.findall("order")
    )


def _after(cookie: str | None, page: int, purpose: str) -> Place | None:
    if not cookie:
        return None

    root = _parsed(cookie)
    place = root.get("place")
    if root.tag != "cookie" or place is None or root.get("page") != str(page - 1):
        raise refuse("Malformed XML in the Paging Cookie.")

    return Place.read(place, purpose)
