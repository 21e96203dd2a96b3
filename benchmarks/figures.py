"""What a benchmark has to say: figures, each with its goal and beside the raw limit."""

import math
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

_NAMES = {50: "half of them within", 100: "all of them within"}


@dataclass(frozen=True, slots=True)
class Raw:
    """Is what the parts do without the connector, in the unit of the figure beside it."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Figure:
    """Is one measured number; `below` is the goal."""

    name: str
    value: float
    unit: str
    below: float | None = None
    raw: Raw | None = None

    @property
    def ratio(self) -> float | None:
        """Return how many times the raw limit it is."""
        return self.value / self.raw.value if self.raw and self.raw.value else None

    @property
    def is_met(self) -> bool | None:
        """Tell whether the goal is met, or None where there is no goal."""
        return None if self.below is None else self.value < self.below


@dataclass(frozen=True, slots=True)
class Group:
    """Is figures that belong together."""

    title: str
    figures: Sequence[Figure]


class Measure(Protocol):
    """Measures something, on a smaller scale when it has to be quick."""

    def __call__(self, *, quick: bool) -> Awaitable[Sequence[Group]]:
        """Return what was measured."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Is a benchmark by the name that the command line knows."""

    name: str
    about: str
    measure: Measure


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the value that so many per cent do not exceed: a measured one, never a mean of two."""
    ordered = sorted(values)

    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def durations(
    seconds: Sequence[float],
    percents: Iterable[int] = (50, 95, 99),
    *,
    below: Mapping[int, float] = MappingProxyType({}),
    raw: tuple[str, Sequence[float]] | None = None,
) -> list[Figure]:
    """Return percentiles in milliseconds; goals are given by percent, raw durations by name."""
    return [
        Figure(
            _NAMES.get(percent, f"{percent} % within"),
            percentile(seconds, percent) * 1000,
            "ms",
            below.get(percent),
            Raw(raw[0], percentile(raw[1], percent) * 1000) if raw else None,
        )
        for percent in percents
    ]
