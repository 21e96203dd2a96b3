"""The ground of a benchmark: the whole stack, and people in Dynamics who can be synced."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from benchmarks.raw.dataverse import NO_LIMITS
from devstack.stack import Stack, StackOptions
from devstack.stack.crm_user import CrmUser
from devstack.stack.process import PartProcess
from devstack.stack.spotler_watch import SpotlerWatch

SEED = 20
SPARE = 1.25
"""Some of the people that are made up have no address, and cannot be synced."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Is a running stack, somebody at work in Dynamics, somebody who looks at Spotler."""

    stack: Stack
    crm: CrmUser
    spotler: SpotlerWatch
    people: tuple[str, ...]

    @property
    def host(self) -> PartProcess:
        """Return the functions host, in which the connector runs."""
        return self.stack.hosts[0]

    async def move(self, people: Iterable[str], town: str) -> None:
        """Change the town of people in Dynamics."""
        await self.crm.update_all("contact", {one: {"address1_city": town} for one in people})

    async def bring_in_sync(self) -> None:
        """Make everybody known to Spotler, with the same values on both sides."""
        await self.move(self.people, "Zwolle")
        await self.stack.settle()


@asynccontextmanager
async def staged(people: int) -> AsyncIterator[Stage]:
    """Yield a stack with so many people, in no order, whom Spotler does not know yet."""
    async with Stack(StackOptions(dataverse=NO_LIMITS)) as stack:
        crm = CrmUser(stack.http, stack.facts("dataverse"))
        spotler = SpotlerWatch(stack.http, stack.facts("spotler"))
        await stack.control(
            "POST",
            f"{stack.facts('dataverse')['url']}/_devstack/seed",
            {"count": int(people * SPARE) + 20, "seed": SEED},
        )
        rows = await crm.rows("contact", "emailaddress1")
        reachable = [one for one, row in rows.items() if row["emailaddress1"]]
        chosen = Random(SEED).sample(reachable, people)

        yield Stage(stack, crm, spotler, tuple(chosen))
