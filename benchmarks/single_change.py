"""How long one change takes from Dynamics to Spotler, when nothing else is going on."""

from benchmarks.figures import Benchmark, Figure, Group, durations, percentile
from benchmarks.raw.dataverse import patch_durations
from benchmarks.raw.queue import trip_durations
from benchmarks.raw.spotler import contact_durations
from benchmarks.stage import Stage, staged
from benchmarks.timing import one_by_one

CHANGES, QUICK_CHANGES = 100, 10


async def measure(*, quick: bool) -> list[Group]:
    """Change one person after the other, and wait each time until nothing is left to do."""
    count = QUICK_CHANGES if quick else CHANGES
    async with staged(count) as stage:
        await stage.bring_in_sync()
        changes = [await _change(stage, person) for person in stage.people]
        contacts = [*(await stage.spotler.contacts()).values()]

    raw = {
        "a PATCH in Dataverse": await patch_durations(count),
        "a message sent, received and completed": await trip_durations(count),
        "a contact posted to Spotler": await contact_durations(contacts),
    }
    together = [sum(each) for each in zip(*raw.values(), strict=True)]

    return [
        Group(
            f"{count} single changes, from the PATCH until Spotler holds them",
            durations(
                changes, (50, 95), below={95: 1000}, raw=("the raw parts in a row", together)
            ),
        ),
        Group(
            "The raw parts, half of them within",
            [Figure(name, percentile(each, 50) * 1000, "ms") for name, each in raw.items()],
        ),
    ]


async def _change(stage: Stage, person: str) -> float:
    async def change(town: str) -> None:
        await stage.crm.update("contact", person, address1_city=town)
        await stage.spotler.until(person, city=town)

    [seconds] = await one_by_one(["Delft"], change)
    await stage.stack.settle()

    return seconds


BENCHMARK = Benchmark("single-change", "how long one change takes to Spotler", measure)
