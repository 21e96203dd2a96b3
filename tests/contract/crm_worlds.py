"""The CRM port on each of its footings, with a way to write behind it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

import httpx

from connector.adapters.dataverse.auth import ClientSecretTokens
from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.gateway import DataverseGateway
from connector.application.ports import CrmGateway
from connector.domain.contact import RecordId, RecordKey, Table
from connector.domain.errors import RateLimitedError, TransientError
from devstack.dataverse import DataverseOptions, DataverseSimulator
from devstack.faults import Fault
from tests.builders import a_person
from tests.fakes import FakeCrm

SETS = {Table.CONTACT: "contacts", Table.LEAD: "leads"}
QUALIFIED = {"statecode": 1, "statuscode": 3}
TIMEOUT = 5.0


class World(Protocol):
    """Is one footing: the port, and what a test needs to do behind it."""

    @property
    def gateway(self) -> CrmGateway:
        """Return what is tested."""

    async def put(self, key: RecordKey, **columns: str | int) -> None:
        """Write a person's columns, and the person where there is none."""

    async def qualify(self, lead: RecordId, contact: RecordId) -> None:
        """Let a lead that is there have become a contact that is there."""

    async def come_from(self, contact: RecordId, lead: RecordId) -> None:
        """Let a contact that is there name the lead that it was made from."""

    async def merge(self, master: RecordKey, merged: RecordKey) -> None:
        """Let a person that is there be merged into another one."""

    async def delete(self, key: RecordKey) -> None:
        """Let a person that is there be gone."""

    async def secure(self, table: Table, column: str) -> None:
        """Let our user read a column no more."""

    def fail_once(self, error: TransientError) -> None:
        """Let the next call meet an outage, or a limit when the error is one."""


class FakeWorld:
    """Is the fake that the use cases are tested on; one that `hides` shows our user nobody."""

    def __init__(self, *, hides: bool = False) -> None:
        self._fake = FakeCrm()
        self._hides = hides
        self.gateway: CrmGateway = self._fake

    async def put(self, key: RecordKey, **columns: str | int) -> None:
        if self._hides:
            self._fake.hidden.add(key)
            return

        version = self._fake.rows[key].version + 1 if key in self._fake.rows else 1
        self._fake.put(a_person(key, version=version, ownerid="an owner", **columns))

    async def qualify(self, lead: RecordId, contact: RecordId) -> None:
        await self.put(RecordKey(Table.LEAD, lead), parentcontactid=contact, **QUALIFIED)

    async def come_from(self, contact: RecordId, lead: RecordId) -> None:
        await self.put(RecordKey(Table.CONTACT, contact), originatingleadid=lead)

    async def merge(self, master: RecordKey, merged: RecordKey) -> None:
        await self.put(merged, masterid=master.id)

    async def delete(self, key: RecordKey) -> None:
        del self._fake.rows[key]

    async def secure(self, table: Table, column: str) -> None:
        self._fake.secured.add((table, column))

    def fail_once(self, error: TransientError) -> None:
        self._fake.errors.append(error)


class SimulatedWorld:
    """Is the real adapter, over real sockets, before the simulated vendor."""

    def __init__(self, simulator: DataverseSimulator, client: DataverseClient, url: str) -> None:
        self.simulator = simulator
        self.client = client
        self.gateway = DataverseGateway(client)
        self.person = httpx.AsyncClient(base_url=f"{url}/_devstack/user/", timeout=TIMEOUT)
        self._columns = f"{url}/_devstack/columns"

    async def write(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> httpx.Response:
        """Write as somebody who sits before the CRM."""
        answer = await self.person.request(method, path, json=body)
        assert answer.is_success, answer.text

        return answer

    async def put(self, key: RecordKey, **columns: str | int) -> None:
        await self.write("PATCH", f"{SETS[key.table]}({key.id})", columns)

    async def qualify(self, lead: RecordId, contact: RecordId) -> None:
        parent = {"parentcontactid@odata.bind": f"/contacts({contact})"}

        await self.write("PATCH", f"leads({lead})", parent)
        await self.write("PATCH", f"leads({lead})", QUALIFIED)

    async def come_from(self, contact: RecordId, lead: RecordId) -> None:
        origin = {"originatingleadid@odata.bind": f"/leads({lead})"}

        await self.write("PATCH", f"contacts({contact})", origin)

    async def merge(self, master: RecordKey, merged: RecordKey) -> None:
        rows = {
            name: {"@odata.type": f"Microsoft.Dynamics.CRM.{key.table}", f"{key.table}id": key.id}
            for name, key in (("Target", master), ("Subordinate", merged))
        }

        await self.write("POST", "Merge", {**rows, "PerformParentingChecks": False})

    async def delete(self, key: RecordKey) -> None:
        await self.write("DELETE", f"{SETS[key.table]}({key.id})")

    async def secure(self, table: Table, column: str) -> None:
        await self.set_column(table, column, secured=True)

    async def set_column(self, table: Table, column: str, **differs: object) -> None:
        """Let a column differ from usual; without anything it is as usual."""
        await self.write("PUT", f"{self._columns}/{table}/{column}", differs)

    async def delete_column(self, table: Table, column: str) -> None:
        """Take a column out of its table."""
        await self.write("DELETE", f"{self._columns}/{table}/{column}")

    def fail_once(self, error: TransientError) -> None:
        if isinstance(error, RateLimitedError):
            wait = error.retry_after.total_seconds()
            self.break_once(Fault(status=429, retry_after=wait))
        else:
            self.break_once(Fault(status=503))

    def break_once(self, fault: Fault) -> None:
        """Let a fault strike the next call of the Web API."""
        fault.path = "/api/data/"
        fault.times = 1
        self.simulator.faults.set(fault)

    async def close(self) -> None:
        await self.person.aclose()
        await self.client.close()


@asynccontextmanager
async def simulated(
    options: DataverseOptions | None = None, *, secret: str | None = None
) -> AsyncIterator[SimulatedWorld]:
    """Start a simulator, with the real gateway before it."""
    simulator = DataverseSimulator(options)
    facts = {name: str(fact) for name, fact in (await simulator.start()).items()}
    tokens = ClientSecretTokens(
        authority=facts["authority"],
        tenant=facts["tenant_id"],
        client_id=facts["client_id"],
        secret=secret or facts["client_secret"],
        scope=f"{facts['url']}/.default",
    )
    client = DataverseClient(facts["url"], tokens, timeout=TIMEOUT)
    world = SimulatedWorld(simulator, client, facts["url"])
    try:
        yield world
    finally:
        await world.close()
        await simulator.stop()
