"""Read a `$filter`: as a test on rows, and where possible as ids to look up.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows
"""

import re
from collections.abc import Callable

from devstack.dataverse.errors import NAMESPACE, cannot_convert, not_implemented, syntax
from devstack.dataverse.guids import parse_guid
from devstack.dataverse.json_values import edm_type, parse_day, parse_moment
from devstack.dataverse.odata.condition import (
    Guid,
    Literal,
    compare,
    get_column,
    one_of,
    text_test,
)
from devstack.dataverse.odata.filter import Filter, Seek, all_of, any_of
from devstack.dataverse.odata.lexer import Token, cut
from devstack.dataverse.schema.table import LOOKUPS, Column, Kind, Table

_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_TEXT_FUNCTIONS = frozenset({"contains", "startswith", "endswith"})
_DEEPEST = 100
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_WORDS: dict[str, Literal] = {"true": True, "false": False, "null": None}


def parse_filter(text: str, table: Table, *, ne_matches_empty: bool = True) -> Filter:
    """Read a filter on a table."""
    parser = _Parser(cut(text), text, table, ne_matches_empty=ne_matches_empty)

    return parser.whole()


class _Parser:
    """Recursive descent: `or` binds least, then `and`, then `not`."""

    def __init__(
        self, tokens: list[Token], text: str, table: Table, *, ne_matches_empty: bool
    ) -> None:
        self._tokens = tokens
        self._text = text
        self._table = table
        self._ne_matches_empty = ne_matches_empty
        self._at = 0
        self._depth = 0

    def whole(self) -> Filter:
        found = self._any()
        if self._peek().kind != "end":
            raise self._broken()

        return found

    def _any(self) -> Filter:
        parts = [self._all()]
        while self._take_word("or"):
            parts.append(self._all())

        return parts[0] if len(parts) == 1 else any_of(parts)

    def _all(self) -> Filter:
        parts = [self._one()]
        while self._take_word("and"):
            parts.append(self._one())

        return parts[0] if len(parts) == 1 else all_of(parts)

    def _one(self) -> Filter:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise syntax(f"The node count limit of '{_DEEPEST}' has been exceeded.")

        found = self._nested()
        self._depth -= 1

        return found

    def _nested(self) -> Filter:
        if self._take_word("not"):
            inner = self._one()
            return Filter(lambda values: not inner.test(values))

        if self._take_mark("("):
            inner = self._any()
            self._expect(")")
            return inner

        token = self._next("name")
        if self._peek().text == "(":
            return self._function(token.text)

        return self._comparison(get_column(self._table, self._path(token.text)))

    def _path(self, name: str) -> str:
        if self._peek().text == "/":
            raise not_implemented(f"a filter through the navigation '{name}'")

        return name

    def _comparison(self, column: Column) -> Filter:
        word = self._next("name").text
        if word not in _COMPARISONS:
            raise not_implemented(f"the operator '{word}'")

        literal = self._literal()
        test = compare(column, word, literal, ne_matches_empty=self._ne_matches_empty)
        if word != "eq" or literal is None:
            return Filter(test)

        return Filter(test, (Seek(column, one_of(column, [literal])[1]),))

    def _function(self, name: str) -> Filter:
        self._expect("(")
        if name in _TEXT_FUNCTIONS:
            column = get_column(self._table, self._next("name").text)
            self._expect(",")
            part = self._literal()
            self._expect(")")
            if not isinstance(part, str):
                raise self._broken()

            return Filter(text_test(column, name, part))

        if name == f"{NAMESPACE}.In":
            return self._membership()

        raise not_implemented(f"the function '{name}' in a filter")

    def _membership(self) -> Filter:
        self._parameter("PropertyName")
        column = get_column(self._table, _unquoted(self._next("text").text))
        self._expect(",")
        self._parameter("PropertyValues")
        self._expect("[")
        literals = [_listed(column, self._literal())]
        while self._take_mark(","):
            literals.append(_listed(column, self._literal()))

        self._expect("]")
        self._expect(")")
        test, wanted = one_of(column, literals)

        return Filter(test, (Seek(column, wanted),))

    def _parameter(self, name: str) -> None:
        if self._next("name").text != name:
            raise self._broken()

        self._expect("=")

    def _literal(self) -> Literal:
        token = self._peek()
        if token.kind == "end":
            raise self._broken()

        self._at += 1
        if token.kind == "name" and self._peek().kind == "text":
            token = self._next("text")  # a value of an enumeration, behind the name of its type

        if token.kind == "name" and token.text not in _WORDS:
            raise not_implemented(f"a comparison with '{token.text}'")

        read = _LITERALS.get(token.kind)
        try:
            found = read(token.text) if read is not None else None
        except ValueError as exc:
            raise self._broken() from exc  # a number of thousands of digits

        if found is None and token.text != "null":
            raise self._broken()

        return found

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self, kind: str) -> Token:
        token = self._peek()
        if token.kind != kind:
            raise self._broken()

        self._at += 1
        return token

    def _expect(self, mark: str) -> None:
        if not self._take_mark(mark):
            raise self._broken()

    def _take_mark(self, mark: str) -> bool:
        token = self._peek()
        taken = token.kind == "mark" and token.text == mark
        self._at += taken

        return taken

    def _take_word(self, word: str) -> bool:
        token = self._peek()
        taken = token.kind == "name" and token.text == word
        self._at += taken

        return taken

    def _broken(self) -> Exception:
        return syntax(f"Syntax error at position {self._peek().place} in '{self._text}'.")


def _listed(column: Column, literal: Literal) -> Literal:
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


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _number(text: str) -> float:
    return float(text) if set(text) & set(".eE") else int(text)


_LITERALS: dict[str, Callable[[str], Literal]] = {
    "text": _unquoted,
    "guid": lambda text: Guid(text.lower()),
    "number": _number,
    "moment": parse_moment,
    "day": parse_day,
    "name": _WORDS.__getitem__,
}
