"""Shows what was measured: a table for people, JSON for programs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, Group
from benchmarks.machine import Machine

console = Console(highlight=False, width=120)

NAME, MEASURED, GOAL, RATIO, LIMIT, OF = "", "measured", "goal", "ratio", "raw limit", "of"
COLUMNS = (NAME, MEASURED, GOAL, RATIO, LIMIT, OF)
NUMBERS = {MEASURED, RATIO, LIMIT}

type Results = Mapping[str, Sequence[Group]]


def show_group(group: Group) -> None:
    """Print one group as a table; columns that would be empty are left out."""
    rows = [_cells(figure) for figure in group.figures]
    used = [title for title in COLUMNS if any(row.get(title) for row in rows)]
    table = Table(box=None, padding=(0, 2))
    for title in used:
        table.add_column(title, justify="right" if title in NUMBERS else "left")
    for row in rows:
        table.add_row(*(row.get(title, "") for title in used))

    console.print(f"\n[italic]{group.title}[/]")
    console.print(table)


def show_goals(results: Results) -> None:
    """Say how many goals are met, and name those that are not."""
    goals = [figure for figure in _figures(results) if figure.is_met is not None]
    missed = missed_goals(results)
    console.print(f"\n{len(goals) - len(missed)} of {len(goals)} goals met")
    for name in missed:
        console.print(f"[red]missed[/] {name}")


def missed_goals(results: Results) -> list[str]:
    """Return the goals that are missed, each as a sentence."""
    return [
        f"{group.title}: {one.name} {_amount(one, one.value)}, goal {_goal(one)}"
        for groups in results.values()
        for group in groups
        for one in group.figures
        if one.is_met is False
    ]


def to_json(machine: Machine, results: Results) -> dict[str, Any]:
    """Return all that was measured."""
    return {
        "machine": asdict(machine),
        "benchmarks": {
            name: [
                {"title": group.title, "figures": [_as_json(one) for one in group.figures]}
                for group in groups
            ]
            for name, groups in results.items()
        },
        "missed": missed_goals(results),
    }


def _figures(results: Results) -> Iterable[Figure]:
    return (one for groups in results.values() for group in groups for one in group.figures)


def _as_json(figure: Figure) -> dict[str, Any]:
    return asdict(figure) | {"ratio": figure.ratio, "met": figure.is_met}


def _cells(figure: Figure) -> dict[str, str]:
    cells = {
        NAME: figure.name,
        MEASURED: f"[bold]{_amount(figure, figure.value)}[/]",
        GOAL: _verdict(figure),
    }
    if figure.raw is not None and figure.ratio is not None:
        cells |= {
            RATIO: f"{_number(figure.ratio)}×",  # noqa: RUF001 - times, not the letter
            LIMIT: _amount(figure, figure.raw.value),
            OF: figure.raw.name,
        }

    return cells


def _verdict(figure: Figure) -> str:
    if figure.is_met is None:
        return ""

    return f"{'[green]✓[/]' if figure.is_met else '[red]✗[/]'} {_goal(figure)}"


def _goal(figure: Figure) -> str:
    return f"< {figure.below:g} {figure.unit}"


def _amount(figure: Figure, value: float) -> str:
    return f"{_number(value)} {figure.unit}".strip()


def _number(value: float) -> str:
    """Write a number with three digits that count, and no more."""
    if value >= 100:  # noqa: PLR2004 - three digits before the point
        return f"{value:,.0f}"

    return f"{value:.3g}"
