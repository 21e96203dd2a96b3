"""The marketing port on each of its footings, with a way to look behind it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.application.ports import MarketingGateway
from connector.domain.connection import Credentials, Secret
from connector.domain.contact import Account, ExternalId, Rejection
from connector.domain.errors import RateLimitedError, TransientError
from devstack.faults import Fault
from devstack.spotler import SpotlerOptions, SpotlerSimulator
from devstack.spotler.fields import PERMISSIONS, Field
from devstack.spotler.validation import Code
from devstack.spotler.writes import Draft, insert
from tests.builders import a_catalogue, a_property
from tests.fakes import FakeMarketing

ANOTHER_KEY = "key-of-another-account"


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

    def add_nameless(self, address: str, **properties: str) -> None:
        """Let somebody be there who never got an external id."""

    def hide(self, external_id: str) -> None:
        """Let Spotler refuse to show a contact."""

    def permit(self, external_id: str, permissions: Mapping[int, bool]) -> None:
        """Let a person who is there have said yes or no to permissions."""

    def permissions(self, external_id: str) -> Mapping[int, bool]:
        """Return what a person said to permissions."""

    def connect_another(self) -> None:
        """Let an administrator have saved the key of another account."""


class FakeWorld:
    """Is the fake that the use cases are tested on; one that `merges` knows people by address."""

    def __init__(self, *, merges: bool = False) -> None:
        self._fake = FakeMarketing(merges=merges)
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

    def add_nameless(self, address: str, **properties: str) -> None:
        self._fake.nameless.append({"email": address, **properties})

    def hide(self, external_id: str) -> None:
        self._fake.untold.add(ExternalId(external_id))

    def permit(self, external_id: str, permissions: Mapping[int, bool]) -> None:
        self._fake.permissions[ExternalId(external_id)] = dict(permissions)

    def permissions(self, external_id: str) -> Mapping[int, bool]:
        return self._fake.permissions.get(ExternalId(external_id), {})

    def connect_another(self) -> None:
        self._fake.known_as = Account("another")


class ChangingCredentials:
    """The `SpotlerCredentials` that an administrator saved last."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials

    async def get(self, *, now: bool = False) -> Credentials:  # noqa: ARG002 - the port
        return self.credentials

    async def renewed(self, refused: Credentials) -> Credentials | None:
        return None if refused == self.credentials else self.credentials


class SimulatedWorld:
    """Is the real adapter, over real sockets, before the simulated vendor."""

    def __init__(
        self, simulator: SpotlerSimulator, gateway: SpotlerGateway, given: "ChangingCredentials"
    ) -> None:
        self.simulator = simulator
        self.gateway: MarketingGateway = gateway
        self._given = given

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

    def add_nameless(self, address: str, **properties: str) -> None:
        draft = Draft(None, {"email": address, **properties})
        insert(self.simulator.account, draft, update=False, purge=False)

    def hide(self, external_id: str) -> None:
        body = json.dumps({"errorType": "INVALID_STATE", "message": "no"})
        path = f"/integrationservice/contact/{external_id}"
        self.simulator.faults.set(Fault(path=path, method="GET", status=400, body=body))

    def permit(self, external_id: str, permissions: Mapping[int, bool]) -> None:
        person = self.simulator.account.people.find(external_id)
        assert person is not None
        person.sets[PERMISSIONS] = dict(permissions)

    def connect_another(self) -> None:
        self._given.credentials = Credentials(ANOTHER_KEY, Secret("another-secret"))

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
    given = ChangingCredentials(
        Credentials(str(facts["consumer_key"]), Secret(secret or str(facts["consumer_secret"])))
    )
    client = SpotlerClient(
        str(facts[base]),
        given,
        timeout=5.0,
        dialect=dialect,
    )
    try:
        yield SimulatedWorld(simulator, SpotlerGateway(client, dialect=dialect), given)
    finally:
        await client.close()
        await simulator.stop()
