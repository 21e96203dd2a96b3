"""How long many changes at once take from Dynamics to Spotler, and what that costs.

They come in no order, as people do who are alike in something; nobody edits by the order of ids.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.dataverse_requests import RequestsLeft
from benchmarks.figures import Benchmark, Figure, Group, Raw
from benchmarks.memory_figures import memory_group
from benchmarks.processes import memory_of
from benchmarks.raw.dataverse import patches_per_second
from benchmarks.raw.queue import messages_per_second
from benchmarks.raw.spotler import LIST, contacts_per_second
from benchmarks.raw.tables import rows_per_second
from benchmarks.stage import Stage, staged
from benchmarks.workload import Workload

PEOPLE, QUICK_PEOPLE = 2_000, 200
TOWN = "Gouda"
MILLISECONDS = 1000

type Contacts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Burst:
    """Is what a burst took, in seconds and in calls."""

    people: int
    patched: float
    held: float
    calls: int
    queries: int


async def measure(*, quick: bool) -> list[Group]:
    """Change everybody at once, then give each part alone the same work."""
    people = QUICK_PEOPLE if quick else PEOPLE
    async with staged(people) as stage:
        at_start = memory_of(stage.host.pid)
        await stage.bring_in_sync()

        workload = Workload(stage.stack)
        burst = await _burst(stage)
        processors = workload.figures()
        at_end = memory_of(stage.host.pid)
        contacts = [*(await stage.spotler.contacts()).values()]

    raw = {
        "people changed in Dataverse": await patches_per_second(people),
        "messages sent, received and completed": await messages_per_second(people),
        f"contacts posted to Spotler, {LIST} at a time": await contacts_per_second(contacts),
        "rows read and written in Table Storage": await rows_per_second(people),
    }

    return [
        Group(f"A burst of {people:,} changes", _figures(burst, raw)),
        Group("Each part alone", [Figure(name, rate, "/s") for name, rate in raw.items()]),
        Group("Who kept the processors busy in the burst", processors),
        await memory_group(at_start, at_end),
    ]


async def _burst(stage: Stage) -> Burst:
    """Let Spotler's own notes say when it held everybody: to ask meanwhile would slow it down."""
    requests = RequestsLeft(stage.stack.http, stage.stack.facts("dataverse"))
    await stage.spotler.forget_calls()
    left = await requests.read()

    began = time.time()
    await stage.move(stage.people, TOWN)
    patched = time.time()
    await stage.stack.settle()

    contacts = await stage.spotler.contacts()
    asked = left - await requests.read() - 1

    return Burst(
        people=len(stage.people),
        patched=patched - began,
        held=_last_write(stage, contacts) - began,
        calls=await stage.spotler.calls("POST /contact/list"),
        queries=asked - len(stage.people),
    )


def _last_write(stage: Stage, contacts: Contacts) -> float:
    written = [contacts[one] for one in stage.people if one in contacts]
    there = [one for one in written if one["properties"].get("city") == TOWN]
    if len(there) < len(stage.people):
        raise RuntimeError(f"Spotler must hold all changes, and has {len(there)}")

    return max(float(one["lastChanged"]) for one in there) / MILLISECONDS


def _figures(burst: Burst, raw: Mapping[str, float]) -> list[Figure]:
    slowest = min(raw, key=lambda name: raw[name])
    lists = Raw("full lists", burst.people / LIST)

    return [
        Figure("until Spotler holds all", burst.held, "s", below=10),
        Figure("until Dataverse took all", burst.patched, "s"),
        Figure("changes", burst.people / burst.held, "/s", raw=Raw(slowest, raw[slowest])),
        Figure("calls to Spotler", burst.calls, "", raw=lists),
        Figure("queries to Dataverse", burst.queries, "", raw=lists),
    ]


BENCHMARK = Benchmark("burst", "how long many changes at once take to Spotler", measure)
