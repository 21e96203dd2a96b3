"""Cut a filter into tokens."""

import re
from typing import NamedTuple

from devstack.dataverse.errors import syntax

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
  | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})
  | (?P<moment>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))
  | (?P<day>\d{4}-\d\d-\d\d)
  | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
  | (?P<text>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"\\]|\\.)*")
  | (?P<name>[A-Za-z_@$][\w.]*)
  | (?P<mark>[(),=\[\]/:])
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of a filter: its kind, a group of the pattern or `end`, and its text."""

    kind: str
    text: str
    place: int


def cut(text: str) -> list[Token]:
    """Return the tokens, closed by one of kind `end`."""
    tokens: list[Token] = []
    place = 0
    for match in _TOKEN.finditer(text):
        if match.start() != place:
            break

        place = match.end()
        kind = match.lastgroup
        if kind is not None and kind != "blank":
            tokens.append(Token(kind, match.group(), match.start()))

    if place != len(text):
        raise syntax(f"Syntax error at position {place} in '{text}'.")

    return [*tokens, Token("end", "", place)]
