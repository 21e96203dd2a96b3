"""ASP.NET route templates, and the function that a method and a path lead to.

https://learn.microsoft.com/aspnet/core/fundamentals/routing#route-templates
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from devstack.functions_host.errors import HostError

_PARAMETER = re.compile(
    r"\{(?P<rest>\*{0,2})(?P<name>\w+)"
    r"(?P<rules>(?::(?:[^:(){}?=]|\((?:[^(){}]|\{\{|\}\})*\))+)*)"
    r"(?P<maybe>\??)\}"
)
_RULE = re.compile(r"(\w+)(?:\((.*)\))?")

_PATTERNS = {
    "int": r"[+-]?\d+",
    "long": r"[+-]?\d+",
    "bool": r"(?i:true|false)",
    "alpha": r"[A-Za-z]*",
    "guid": r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}",
    "decimal": r"[+-]?\d*\.?\d+",
    "double": r"[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?",
    "float": r"[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?",
    "datetime": r"\d{4}-\d{2}-\d{2}(?:[T ].*)?",
}
# How many numbers a constraint takes.
_ARGUMENTS = {
    "length": (1, 2),
    "minlength": (1,),
    "maxlength": (1,),
    "min": (1,),
    "max": (1,),
    "range": (2,),
    "required": (0,),
}

type Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Template:
    """Match paths of one shape and take the parameters out of them."""

    text: str
    pattern: re.Pattern[str]
    checks: Mapping[str, tuple[Check, ...]]
    precedence: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a template, or raise with what is wrong in it."""
        try:
            segments = [_Segment.parse(segment, text) for segment in text.strip("/").split("/")]
            pattern = re.compile("".join(part.pattern for part in segments), re.IGNORECASE)
        except (re.error, ValueError) as error:
            raise HostError(f"route '{text}' cannot be used: {error}") from error

        return cls(
            text=text,
            pattern=pattern,
            checks={name: checks for segment in segments for name, checks in segment.checks},
            precedence=tuple(segment.precedence for segment in segments),
        )

    def match(self, path: str) -> dict[str, str] | None:
        """Return the parameters of a path that fits."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None

        values = {name: _decoded(value) for name, value in found.groupdict().items() if value}
        fits = all(check(values[name]) for name in values for check in self.checks.get(name, ()))

        return values if fits else None


@dataclass(frozen=True, slots=True)
class _Segment:
    pattern: str
    precedence: int
    checks: tuple[tuple[str, tuple[Check, ...]], ...] = ()

    @classmethod
    def parse(cls, text: str, template: str) -> Self:
        if "{" not in text and "}" not in text:
            return cls(f"/{re.escape(text)}" if text else "", 1)

        whole = _PARAMETER.fullmatch(text)
        if whole is None:
            return cls._mixed(text, template)

        checks = ((whole["name"], _checks(whole["rules"], template)),)
        if whole["rest"]:
            return cls(f"(?:/(?P<{whole['name']}>.*))?", 4 if whole["rules"] else 5, checks)

        pattern = f"/(?P<{whole['name']}>[^/]+)"

        return cls(
            f"(?:{pattern})?" if whole["maybe"] else pattern, 2 if whole["rules"] else 3, checks
        )

    @classmethod
    def _mixed(cls, text: str, template: str) -> Self:
        """Parse a segment that is part literal, part parameter, such as {name}.{format}."""
        pattern, end = "/", 0
        checks: list[tuple[str, tuple[Check, ...]]] = []
        for found in _PARAMETER.finditer(text):
            pattern += f"{re.escape(text[end : found.start()])}(?P<{found['name']}>[^/]+)"
            checks.append((found["name"], _checks(found["rules"], template)))
            end = found.end()
        if not checks or "{" in text[end:] or "}" in text[end:]:
            raise HostError(f"route '{template}': '{text}' cannot be read")

        return cls(pattern + re.escape(text[end:]), 2, tuple(checks))


@dataclass(frozen=True, slots=True)
class Route[T]:
    """Lead requests of some methods to a target; no methods means all."""

    template: Template
    methods: frozenset[str]
    target: T

    def clashes_with(self, other: "Route[T]") -> bool:
        """Tell whether a request may fit both and neither is more exact."""
        if _shape(self.template) != _shape(other.template):
            return False

        return not self.methods or not other.methods or bool(self.methods & other.methods)


class RouteTable[T]:
    """Find the target of a request, the most exact template first."""

    def __init__(self, routes: Iterable[Route[T]]) -> None:
        self._routes = sorted(routes, key=lambda route: route.template.precedence)

    def find(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        """Return the target and the route's parameters."""
        path = path.rstrip("/")
        for route in self._routes:
            if route.methods and method not in route.methods:
                continue
            if (values := route.template.match(path)) is not None:
                return route.target, values

        return None


def _shape(template: Template) -> str:
    """Return a template without the names of its parameters."""
    return re.sub(r"\{(\*{0,2})\w+", r"{\1", template.text.strip("/").lower())


def _checks(rules: str, template: str) -> tuple[Check, ...]:
    return tuple(_check(rule, template) for rule in _split(rules))


def _split(rules: str) -> list[str]:
    """Split ":int:range(1,5)" at the colons that stand outside brackets."""
    return re.findall(r":((?:[^:(]|\([^)]*\))+)", rules)


def _check(rule: str, template: str) -> Check:
    match = _RULE.fullmatch(rule)
    name, argument = (match[1], match[2] or "") if match else (rule, "")
    if name in _PATTERNS:
        return _fits(_PATTERNS[name])
    if name == "regex":
        # Braces are doubled in a template.
        return _fits(argument.replace("{{", "{").replace("}}", "}"), anywhere=True)
    if name in _ARGUMENTS:
        numbers = [int(part) for part in argument.split(",")] if argument.strip() else []
        if len(numbers) not in _ARGUMENTS[name]:
            raise HostError(f"route '{template}': the constraint '{rule}' has too few or too many")
        return _bounded(name, numbers)

    raise HostError(f"route '{template}': the constraint '{rule}' is not known")


def _fits(pattern: str, *, anywhere: bool = False) -> Check:
    compiled = re.compile(pattern)
    match = compiled.search if anywhere else compiled.fullmatch

    return lambda value: match(value) is not None


def _bounded(name: str, numbers: list[int]) -> Check:
    low = numbers[0] if numbers and name not in {"maxlength", "max"} else None
    high = numbers[-1] if numbers and name not in {"minlength", "min"} else None
    measure = _as_int if name in {"min", "max", "range"} else len

    def check(value: str) -> bool:
        size = measure(value)
        if size is None:
            return False

        return (low is None or low <= size) and (high is None or size <= high)

    return check


def _as_int(value: str) -> int | None:
    return int(value) if re.fullmatch(_PATTERNS["int"], value) else None


def _decoded(value: str) -> str:
    # The web server decodes a path, all but its encoded slashes.
    return unquote(re.sub("%2f", "%252F", value, flags=re.IGNORECASE))
