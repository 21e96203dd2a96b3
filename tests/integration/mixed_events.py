"""A burst of every kind of change, made of a seed."""

import asyncio
import random
from collections.abc import Awaitable

from devstack.stack.crm_user import CrmUser

AT_ONCE = 8
CITIES = ("Delft", "Gouda", "Leiden", "Breda", "Zwolle")


class MixedEvents:
    """Creates, changes, qualifies and deletes people; the same for the same seed."""

    def __init__(self, crm: CrmUser, seed: int) -> None:
        self._crm = crm
        self._dice = random.Random(seed)
        self._seed = seed
        self._contacts: list[str] = []
        self._leads: list[str] = []
        self._free = asyncio.Semaphore(AT_ONCE)

    async def begin(self, count: int) -> list[str]:
        """Make contacts of whom some are deleted later on; return their ids."""
        people = (
            _a_mover(number) | {"emailaddress1": f"vast.{self._seed}-{number}@example.nl"}
            for number in range(count)
        )
        rows = [await self._crm.create("contact", **person) for person in people]
        self._contacts += rows

        return rows

    async def make(self, count: int) -> None:
        """Make events until there are `count` of them, several at a time."""
        await asyncio.gather(*(self._one(number) for number in range(count)))

    async def toggle(self, people: int, count: int) -> None:
        """Move a few people to and fro between two cities, all of them at the same time."""
        hot = [await self._crm.create("contact", **_a_mover(number)) for number in range(people)]
        for _ in range(count):
            city = self._dice.choice(("Delft", "Gouda"))
            await self._crm.update_all("contact", {one: {"address1_city": city} for one in hot})

    async def _one(self, number: int) -> None:
        async with self._free:
            await self._choose(number)

    def _choose(self, number: int) -> Awaitable[object]:
        chance = self._dice.random()
        if chance < 0.3 or len(self._contacts) < AT_ONCE or not self._leads:
            return self._create(number)
        if chance < 0.85:
            return self._move(self._dice.choice(self._contacts), number)
        if chance < 0.93:
            lead = self._leads.pop(self._dice.randrange(len(self._leads)))
            return self._crm.qualify(lead)

        contact = self._contacts.pop(self._dice.randrange(len(self._contacts)))

        return self._crm.delete("contact", contact)

    async def _move(self, contact: str, number: int) -> None:
        try:
            await self._crm.update("contact", contact, address1_city=self._city(number))
        except RuntimeError:
            # Somebody else may have deleted it at that moment, as people do.
            if contact in self._contacts:
                raise

    async def _create(self, number: int) -> None:
        table = self._dice.choice(("contact", "contact", "lead"))
        at = "" if self._dice.random() < 0.05 else f"{self._seed}-{number}@example.nl"
        row = await self._crm.create(
            table,
            firstname=f"Nr {number}",
            lastname=f"Reeks {self._seed}",
            emailaddress1=at or "kapot@",
            address1_city=self._city(number),
        )
        (self._contacts if table == "contact" else self._leads).append(row)

    def _city(self, number: int) -> str:
        return f"{self._dice.choice(CITIES)} {number}"


def _a_mover(number: int) -> dict[str, str]:
    return {
        "firstname": f"Nr {number}",
        "lastname": "Verhuizer",
        "emailaddress1": f"verhuizer.{number}@example.nl",
        "address1_city": "Delft",
    }
