"""How the events behave: what the documentation leaves open, and what a test wants to see."""

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Literal, get_args

_RANGES: Mapping[str, tuple[float, float]] = {
    "parallel": (1, math.inf),
    "duplicates": (0, 1),
    "offset_minutes": (-1440, 1440),
    "seed": (-math.inf, math.inf),
}

Truncation = Literal["absent", "null", "empty"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EventOptions:
    """Switch the order, the number, the pace and the shape of deliveries."""

    parallel: int = 16
    """How many deliveries run at once."""
    delay: float = 0.0
    """Seconds between the write and its first delivery."""
    shuffle: float = 0.0
    """Seconds that events are held back together, to be released in random order."""
    duplicates: float = 0.0
    """The chance that an event is delivered twice under one OperationId; 1 is always."""
    seed: int = 0
    """Makes the shuffling and the duplicates repeatable."""
    retry_delay: float = 1.0
    """Seconds before the one further attempt after 502, 503 or 504."""
    retry_same_operation: bool = True
    """Whether the further attempt carries the same OperationId (inferred)."""
    timeout: float = 60.0
    """Seconds that a receiver has for its answer."""
    size_limit: int = 256 * 1024
    """Bytes above which the bulky members are dropped."""
    truncation: Truncation = "absent"
    """What is left of a dropped member (not documented)."""
    wrapped: bool = False
    """Whether ids and times travel as objects with `__type` and `__value` (seen in 2018)."""
    legacy: bool = False
    """Whether to send the 27 members of 2017 instead of 30."""
    noise: bool = False
    """Whether to add members that nobody knows."""
    carry_tag: bool = True
    """Whether the tag of a request reaches SharedVariables (inferred)."""
    nested_depth: bool = False
    """Whether Depth grows in the children of an operation (inferred; a receiver must not care)."""
    state_parent: bool = True
    """Whether a change of state inside another operation has a SetState-like parent (inferred)."""
    offset_minutes: int = 0
    """The offset written in OperationCreatedOn; true time is what stands there plus the offset."""
    app_name: str = "msdynce_saleshub"
    """The app that the side parameters of a direct operation name."""

    @classmethod
    def from_json(cls, wanted: Mapping[str, object]) -> "EventOptions":
        """Read options from a JSON object; what is left out has its default."""
        kinds = {field.name: type(field.default) for field in dataclasses.fields(cls)}
        if unknown := sorted(wanted.keys() - kinds.keys()):
            raise ValueError(f"no such event options: {', '.join(unknown)}")

        checked = {name: _checked(name, value, kinds[name]) for name, value in wanted.items()}
        options = cls(**checked)  # type: ignore[arg-type]  # each value was checked just above
        if options.truncation not in get_args(Truncation):
            raise ValueError(f"truncation must be one of {get_args(Truncation)}")

        return options


def parse_options(text: str) -> EventOptions:
    """Read options from the JSON text of a command line."""
    try:
        wanted = json.loads(text)
    except ValueError as exc:
        raise ValueError(f"not JSON: {exc}") from exc

    if not isinstance(wanted, dict):
        raise ValueError("a JSON object is wanted")  # noqa: TRY004 -- as the parser expects

    return EventOptions.from_json(wanted)


def _checked(name: str, value: object, kind: type) -> object:
    if kind is float and type(value) is int:
        value = float(value)

    if type(value) is not kind:
        raise ValueError(f"{name} must be of type {kind.__name__}")

    lowest, highest = _RANGES.get(name, (0, math.inf))
    if isinstance(value, int | float) and not lowest <= value <= highest:
        limit = "" if highest == math.inf else f" and at most {highest:g}"
        raise ValueError(f"{name} must be at least {lowest:g}{limit}")

    return value
