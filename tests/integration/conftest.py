"""One stack for the flows of a module, and the people who use it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from devstack.stack import Stack, StackOptions
from devstack.stack.crm_user import CrmUser
from devstack.stack.process import Launch
from devstack.stack.spotler_watch import SpotlerWatch


@dataclass(frozen=True, slots=True)
class Local:
    """Is a running stack, somebody at work in Dynamics and somebody who looks at Spotler."""

    stack: Stack
    crm: CrmUser
    spotler: SpotlerWatch

    @classmethod
    def of(cls, stack: Stack) -> "Local":
        return cls(
            stack,
            CrmUser(stack.http, stack.facts("dataverse")),
            SpotlerWatch(stack.http, stack.facts("spotler")),
        )

    async def faults(self, part: str, *faults: dict[str, object]) -> None:
        """Set the faults of a simulator; none clears them."""
        await self.stack.control("PUT", self.stack.facts(part)["faults"], list(faults))

    async def events(self, **options: object) -> None:
        """Set how Dataverse delivers its events; what is left out is as usual."""
        url = f"{self.stack.facts('dataverse')['url']}/_devstack/events"
        await self.stack.control("PUT", url, options)


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return how the module wants its stack; a module may have its own."""
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.1"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(stack_options: StackOptions, launch: Launch) -> AsyncIterator[Local]:
    async with Stack(replace(stack_options, launch=launch)) as stack:
        yield Local.of(stack)


@pytest_asyncio.fixture(loop_scope="module")
async def local(shared: Local) -> AsyncIterator[Local]:
    """Return the module's stack without faults, and wait until the test's events are done."""
    yield shared

    for part in ("spotler", "dataverse"):
        await shared.faults(part)
    await shared.events()
    await shared.stack.settle()
