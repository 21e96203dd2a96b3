"""Read a `$filter`: as a test on rows, and where possible as ids to look up.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows
"""

from collections.abc import Callable

from devstack.dataverse.errors import NAMESPACE, not_implemented, property_not_found, syntax
from devstack.dataverse.odata.condition import (
    Literal,
    Test,
    compare,
    get_column,
    one_of,
    text_test,
)
from devstack.dataverse.odata.filter import Filter, Seek, all_of, any_of
from devstack.dataverse.odata.lexer import Token, cut
from devstack.dataverse.odata.literals import LITERALS, WORDS, read_listed, unquote
from devstack.dataverse.schema.table import Column, Table
from devstack.dataverse.values import Values

# Returns the table that a lookup leads to, and what finds its row from the row of the lookup.
type Follow = Callable[[Column, str], tuple[Table, Callable[[Values], Values]]]

_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_TEXT_FUNCTIONS = frozenset({"contains", "startswith", "endswith"})
_LAMBDAS = frozenset({"any", "all"})
_DEEPEST = 100


def parse_filter(
    text: str, table: Table, *, ne_matches_empty: bool = True, follow: Follow | None = None
) -> Filter:
    """Read a filter on a table; `follow` finds what its lookups lead to."""
    parser = _Parser(cut(text), text, table, ne_matches_empty=ne_matches_empty)
    parser.follow = follow

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
        self.follow: Follow | None = None
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

        return self._comparison(token.text)

    def _operand(self, name: str) -> tuple[Column, Callable[[Values], Values] | None]:
        """Read a column, or one of the row that a lookup leads to."""
        if not self._take_mark("/"):
            return get_column(self._table, name), None

        inner = self._next("name").text
        if inner in _LAMBDAS or self._peek().text == "/":
            raise not_implemented(f"'{name}/{inner}' in a filter")

        if name not in self._table.navigation:
            raise property_not_found(self._table, name)

        if self.follow is None:
            raise not_implemented(f"a filter through the navigation '{name}'")

        table, find = self.follow(*self._table.navigation[name])

        return get_column(table, inner), find

    def _comparison(self, name: str) -> Filter:
        column, find = self._operand(name)
        word = self._next("name").text
        if word not in _COMPARISONS:
            raise not_implemented(f"the operator '{word}'")

        literal = self._literal()
        test = compare(column, word, literal, ne_matches_empty=self._ne_matches_empty)
        if find is not None:
            return Filter(_through(find, test))

        if word != "eq" or literal is None:
            return Filter(test)

        return Filter(test, (Seek(column, one_of(column, [literal])[1]),))

    def _function(self, name: str) -> Filter:
        self._expect("(")
        if name in _TEXT_FUNCTIONS:
            column, find = self._operand(self._next("name").text)
            self._expect(",")
            part = self._literal()
            self._expect(")")
            if not isinstance(part, str):
                raise self._broken()

            test = text_test(column, name, part)
            return Filter(test if find is None else _through(find, test))

        if name == f"{NAMESPACE}.In":
            return self._membership()

        raise not_implemented(f"the function '{name}' in a filter")

    def _membership(self) -> Filter:
        self._parameter("PropertyName")
        column = get_column(self._table, self._quoted())
        self._expect(",")
        self._parameter("PropertyValues")
        self._expect("[")
        literals = [self._listed(column)]
        while self._take_mark(","):
            literals.append(self._listed(column))

        self._expect("]")
        self._expect(")")
        test, wanted = one_of(column, literals)

        return Filter(test, (Seek(column, wanted),))

    def _listed(self, column: Column) -> Literal:
        """Read one value of a list, whose texts may stand in either kind of quotes."""
        if self._peek().kind == "quoted":
            return read_listed(column, self._quoted())

        return read_listed(column, self._literal())

    def _quoted(self) -> str:
        kind = "quoted" if self._peek().kind == "quoted" else "text"
        token = self._next(kind)
        try:
            return unquote(token.text)
        except ValueError as exc:
            raise self._broken() from exc  # an escape that JSON does not have

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

        if token.kind == "name" and token.text not in WORDS:
            raise not_implemented(f"a comparison with '{token.text}'")

        read = LITERALS.get(token.kind)
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


def _through(find: Callable[[Values], Values], test: Test) -> Test:
    return lambda values: test(find(values))
