"""The Dataverse simulator alone: what it takes when nobody listens to its events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from benchmarks.raw.running import running
from benchmarks.timing import one_by_one, per_second
from devstack.stack.crm_user import AT_ONCE, CrmUser

NO_LIMITS = ("--limit-requests", "1000000", "--limit-seconds", "0", "--limit-concurrent", "0")
"""Dataverse grants a user 6,000 requests in five minutes; here that would measure the limit."""


@dataclass(slots=True)
class Dataverse:
    """Is a Dataverse with people in it, and somebody at work there."""

    http: ClientSession
    url: str
    crm: CrmUser
    ids: list[str]

    async def move(self, person: str) -> None:
        """Change the town of one person."""
        await self.crm.update("contact", person, address1_city="Gouda")

    async def control(self, what: str, body: object) -> Any:  # noqa: ANN401 - whatever JSON comes
        """Call a control route."""
        url = f"{self.url}/_devstack/{what}"
        async with self.http.post(url, json=body, raise_for_status=True) as answer:
            return await answer.json()


async def patches_per_second(people: int) -> float:
    """Return how many people can be changed in a second, as many at a time as in a burst."""
    async with seeded(people) as dataverse:
        return await per_second(dataverse.ids, dataverse.move, at_once=AT_ONCE)


async def patch_durations(people: int) -> list[float]:
    """Return the seconds of changes one by one."""
    async with seeded(people) as dataverse:
        return await one_by_one(dataverse.ids, dataverse.move)


@asynccontextmanager
async def seeded(people: int) -> AsyncIterator[Dataverse]:
    """Yield a Dataverse with so many people, at which somebody has signed in."""
    async with running("devstack.dataverse", *NO_LIMITS) as facts, ClientSession() as http:
        dataverse = Dataverse(http, facts["url"], CrmUser(http, facts), [])
        dataverse.ids = (await dataverse.control("seed", {"count": people}))["ids"]
        await dataverse.move(dataverse.ids[0])

        yield dataverse
