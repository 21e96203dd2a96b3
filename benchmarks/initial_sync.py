"""How fast all that is in a CRM goes over, what that costs, and whether memory stays flat.

The goal is half the rate of full lists that are posted straight to Spotler in the same run.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.data.tables.aio import TableServiceClient

from benchmarks.figures import Benchmark, Figure, Group, Raw
from benchmarks.processes import Memory, memory_of
from benchmarks.raw.dataverse import NO_LIMITS
from benchmarks.raw.spotler import LIST, contacts_per_second
from benchmarks.stage import SEED
from benchmarks.workload import Workload
from connector.adapters.tables.records import TABLE as RECORDS
from devstack.stack import Stack, StackOptions
from devstack.stack.call_count import CallCount, Calls
from devstack.stack.spotler_watch import SpotlerWatch

PEOPLE, QUICK_PEOPLE = 100_000, 5_000
FIRST = 10
"""A tenth of the people goes over first: flat memory does not grow any more after that."""

SEED_AT_ONCE = 10_000
POLL_SECONDS = 1.0
PATIENCE_SECONDS = 1800
MOST_CALLS = 5
MOST_GROWTH = 30
MOST_TIMES_AS_LONG = 2


@dataclass(frozen=True, slots=True)
class Sync:
    """Is what an initial sync took."""

    people: int
    in_sync: int
    seconds: float
    calls: Calls
    memory: Memory

    @property
    def rate(self) -> float:
        """Return how many people a second were done."""
        return self.people / self.seconds


class Office:
    """Fills the CRM, and has an administrator sync it."""

    def __init__(self, stack: Stack) -> None:
        """Take a running stack."""
        self.stack = stack
        self.spotler = SpotlerWatch(stack.http, stack.facts("spotler"))

    async def fill(self, people: int) -> None:
        """Put so many people into the CRM, and nobody else, of whom the connector knows nothing."""
        control = f"{self.stack.facts('dataverse')['url']}/_devstack"
        await self.stack.control("POST", f"{control}/reset")
        await self._forget_records()
        for number in range(0, people, SEED_AT_ONCE):
            seed = {"count": min(SEED_AT_ONCE, people - number), "seed": SEED + number}
            await self.stack.control("POST", f"{control}/seed", seed)

    async def sync(self, people: int) -> Sync:
        """Sync all contacts, asking now and then how far it is."""
        count = await CallCount.begun(self.stack)
        job = await self._manage("POST", "/jobs", {"kind": "contacts_to_spotler"})
        asked = 0
        async with asyncio.timeout(PATIENCE_SECONDS):
            while job["state"] == "running":
                await asyncio.sleep(POLL_SECONDS)
                job = await self._manage("GET", f"/jobs/{job['id']}")
                asked += 1

        calls = await count.read()
        if (job["state"], job["done"], job["failed"]) != ("done", people, 0):
            raise RuntimeError(f"everybody must be synced: {job}")

        return Sync(
            people,
            job["in_sync"],
            _seconds(job),
            Calls(calls.dataverse, calls.spotler, calls.tables - asked),
            memory_of(self.stack.hosts[0].pid),
        )

    async def _forget_records(self) -> None:
        connection_string = self.stack.settings["TablesConnection"]
        async with TableServiceClient.from_connection_string(connection_string) as tables:
            await tables.delete_table(RECORDS)
            await tables.create_table(RECORDS)

    async def _manage(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {await self.stack.token('admin')}",
            "Content-Type": "application/json",
            "Sec-Fetch-Site": "same-origin",
        }
        url = f"{self.stack.address}/api/manage{path}"
        async with self.stack.http.request(
            method, url, json=body, headers=headers, raise_for_status=True
        ) as answer:
            return dict(await answer.json())


async def measure(*, quick: bool) -> Sequence[Group]:
    """Sync a tenth and then all, and post what came of it straight to another Spotler."""
    people = QUICK_PEOPLE if quick else PEOPLE
    async with _office() as office:
        await office.fill(people // FIRST)
        first = await office.sync(people // FIRST)
        contacts = [*(await office.spotler.contacts()).values()]
        await office.fill(people)

        workload = Workload(office.stack)
        whole = await office.sync(people)
        processors = workload.figures()

    straight = await contacts_per_second(contacts)

    return [
        Group(f"An initial sync of {people:,} contacts", _figures(whole, straight)),
        Group("What it asked of each", _calls(whole)),
        Group("Resident memory of the host", _memory(first, whole)),
        Group("Who kept the processors busy", processors),
    ]


@asynccontextmanager
async def _office() -> AsyncIterator[Office]:
    async with Stack(StackOptions(dataverse=NO_LIMITS, table_access_log=True)) as stack:
        yield Office(stack)


def _figures(whole: Sync, straight: float) -> list[Figure]:
    name = f"contacts posted straight to Spotler, {LIST} at a time"
    sent = whole.in_sync / whole.seconds

    return [
        Figure("from the start until all are done", whole.seconds, "s"),
        Figure("contacts", whole.rate, "/s"),
        Figure("contacts sent", sent, "/s", raw=Raw(name, straight)),
        Figure("as long as those posts alone", straight / sent, "times", MOST_TIMES_AS_LONG),
        Figure("calls for 100 contacts", _per_hundred(whole, whole.calls.total), "", MOST_CALLS),
    ]


def _calls(whole: Sync) -> list[Figure]:
    asked = {
        "Dataverse, for 100 contacts": whole.calls.dataverse,
        "Spotler": whole.calls.spotler,
        "the tables": whole.calls.tables,
    }

    return [Figure(name, _per_hundred(whole, calls), "") for name, calls in asked.items()]


def _memory(first: Sync, whole: Sync) -> list[Figure]:
    growth = whole.memory.peak - first.memory.peak

    return [
        Figure(f"at its peak, after {first.people:,}", first.memory.peak, "MB"),
        Figure(f"at its peak, after {whole.people:,} more", whole.memory.peak, "MB"),
        Figure("growth", growth, "MB", MOST_GROWTH),
    ]


def _per_hundred(whole: Sync, calls: int) -> float:
    return calls * LIST / whole.people


def _seconds(job: dict[str, Any]) -> float:
    began, ended = (datetime.fromisoformat(job[name]) for name in ("started_at", "finished_at"))

    return (ended - began).total_seconds()


BENCHMARK = Benchmark("initial-sync", "how fast all that is in the CRM goes over", measure)
