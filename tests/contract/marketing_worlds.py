"""The marketing port on each of its footings, with a way to look behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.application.ports import MarketingGateway
from connector.application.spotler_credentials import GivenCredentials
from connector.domain.connection import Credentials, Secret
from connector.domain.contact import ExternalId, Rejection
from connector.domain.errors import RateLimitedError, TransientError
from devstack.faults import Fault
from devstack.spotler import SpotlerOptions, SpotlerSimulator
from devstack.spotler.fields import PERMISSIONS, Field
from devstack.spotler.validation import Code
from devstack.spotler.writes import Draft, insert
from tests.builders import a_catalogue, a_property
from tests.fakes import FakeMarketing


class World(Protocol):
    """Is one footing: the port, and what a test needs to see or do behind it."""

    @property
    def gateway(self) -> MarketingGateway:
        """Return what is tested."""

    def properties(self, external_id: str) -> dict[str, object]:
        """Return the properties of a person that have a value."""

    def refuse(self, external_id: str, code: str) -> None:
        """Let every save of one person end in a code."""

    def fail_once(self, error: TransientError) -> None:
        """Let the next call meet an outage, or a limit when the error is one."""

    def add_field(self, name: str) -> None:
        """Let the account have one field more."""

    def add_nameless(self, address: str) -> None:
        """Let somebody be there who never got an external id."""


class FakeWorld:
    """Is the fake that the use cases are tested on."""

    def __init__(self) -> None:
        self._fake = FakeMarketing()
        self.gateway: MarketingGateway = self._fake

    def properties(self, external_id: str) -> dict[str, object]:
        saved = self._fake.people[ExternalId(external_id)]

        return {name: value for name, value in saved.items() if value is not None}

    def refuse(self, external_id: str, code: str) -> None:
        self._fake.rejections[ExternalId(external_id)] = Rejection(code)

    def fail_once(self, error: TransientError) -> None:
        self._fake.errors.append(error)

    def add_field(self, name: str) -> None:
        self._fake.catalogue = (*a_catalogue(), a_property(name))

    def add_nameless(self, address: str) -> None:
        self._fake.nameless.append({"email": address})


class SimulatedWorld:
    """Is the real adapter, over real sockets, before the simulated vendor."""

    def __init__(self, simulator: SpotlerSimulator, gateway: SpotlerGateway) -> None:
        self.simulator = simulator
        self.gateway: MarketingGateway = gateway

    def properties(self, external_id: str) -> dict[str, object]:
        person = self.simulator.account.people.find(external_id)
        assert person is not None

        return dict(person.properties)

    def refuse(self, external_id: str, code: str) -> None:
        self.simulator.account.refusals[external_id] = Code(code)

    def fail_once(self, error: TransientError) -> None:
        if isinstance(error, RateLimitedError):
            wait = error.retry_after.total_seconds()
            self.simulator.faults.set(Fault(status=429, times=1, retry_after=wait))
        else:
            self.simulator.faults.set(Fault(status=503, times=1))

    def add_field(self, name: str) -> None:
        self.simulator.account.fields.put(Field(name, name))

    def add_nameless(self, address: str) -> None:
        draft = Draft(None, {"email": address})
        insert(self.simulator.account, draft, update=False, purge=False)

    def permissions(self, external_id: str) -> dict[int, bool]:
        person = self.simulator.account.people.find(external_id)
        assert person is not None

        return person.sets.get(PERMISSIONS, {})


@asynccontextmanager
async def simulated(
    options: SpotlerOptions | None = None,
    *,
    base: str = "base",
    secret: str | None = None,
    dialect: SpotlerDialect | None = None,
) -> AsyncIterator[SimulatedWorld]:
    """Start a simulator, with the real gateway before it."""
    simulator = SpotlerSimulator(options=options)
    facts = await simulator.start()
    client = SpotlerClient(
        str(facts[base]),
        GivenCredentials(
            Credentials(str(facts["consumer_key"]), Secret(secret or str(facts["consumer_secret"])))
        ),
        timeout=5.0,
        dialect=dialect,
    )
    try:
        yield SimulatedWorld(simulator, SpotlerGateway(client, dialect=dialect))
    finally:
        await client.close()
        await simulator.stop()
