"""The command line of the benchmarks."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.figures import Benchmark, Group
from benchmarks.machine import this_machine
from benchmarks.registry import BENCHMARKS
from benchmarks.report import console, missed_goals, show_goals, show_group, to_json

DESCRIPTION = """
Measures the connector on the whole local stack, every part a process on this machine, and beside
each figure what the parts can do without it. Without a name all benchmarks run. Memory and
processor time are read as Linux tells them.
"""


def main() -> int:
    """Measure, show, and return an exit status."""
    given = _parser().parse_args()
    machine = this_machine()
    console.print(machine.sentence)

    results = asyncio.run(_measure(_chosen(*given.names, *given.only), quick=given.quick))
    show_goals(results)
    if given.json is not None:
        given.json.write_text(json.dumps(to_json(machine, results), indent=2) + "\n")

    return 1 if given.strict and missed_goals(results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=DESCRIPTION)
    add = parser.add_argument
    known = "; ".join(f"{one.name} ({one.about})" for one in BENCHMARKS.values())
    add("names", nargs="*", type=_known, metavar="NAME", help=known)
    add("--only", action="append", type=_known, default=[], metavar="NAME", help="the same")
    add("--quick", action="store_true", help="a smaller run, whose figures say little")
    add("--json", type=Path, metavar="FILE", help="write the figures to a file as well")
    add("--strict", action="store_true", help="end with status 1 when a goal is missed")

    return parser


def _known(name: str) -> str:
    if name not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(BENCHMARKS)}")

    return name


def _chosen(*names: str) -> Sequence[Benchmark]:
    """Return the named benchmarks in their own order, or all of them."""
    return [one for one in BENCHMARKS.values() if not names or one.name in names]


async def _measure(benchmarks: Iterable[Benchmark], *, quick: bool) -> dict[str, Sequence[Group]]:
    """Run one benchmark after the other, and show what each has to say as soon as it ends."""
    results = {}
    for benchmark in benchmarks:
        with console.status(benchmark.about):
            results[benchmark.name] = await benchmark.measure(quick=quick)
        for group in results[benchmark.name]:
            show_group(group)

    return results


if __name__ == "__main__":
    sys.exit(main())
