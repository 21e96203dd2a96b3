"""Connections for tests: the ports in memory, and values that are complete."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.application.check_connections import ConnectionChecker
from connector.application.connect import Connecting
from connector.application.licence_keeping import LicenceKeeping
from connector.application.mapped_columns import Checkable
from connector.application.ports import MarketingGateway
from connector.application.spotler_credentials import StoredCredentials
from connector.application.system_checks import SystemChecks
from connector.application.webhook_check import WebhookCheck
from connector.domain.activity import Activity
from connector.domain.connection import (
    Credentials,
    Secret,
    SecretVersion,
    StoredConnection,
)
from connector.domain.errors import ConfigurationError, ConnectorError
from connector.domain.licence import Licence
from connector.domain.licence_status import StoredLicence
from connector.domain.property import Catalogue
from tests.builders import NOW, ORGANISATION, a_catalogue
from tests.checks import ADDRESS, FakeQueueWatch, FakeStatus, FakeWebhooks
from tests.fakes import Failing, FakeMappings
from tests.jobs import FakeJobs
from tests.licences import FakeLicences, FakeVerifier, a_licence
from tests.mappings import FakeColumns
from tests.troubles import Troubles, told

KEY = "consumer-key-ab12"
SECRET = Secret("canary-of-a-secret")
ADMIN = "9d7f3f1e-0000-4000-8000-000000000001"


class FakeConnections(Failing):
    """Is the `ConnectionStore` on one row, with real races; `rivals` write just before a save."""

    def __init__(self) -> None:
        super().__init__()
        self.row: StoredConnection | None = None
        self.rivals: list[StoredConnection] = []
        self.reads = 0
        self.troubles = Troubles()
        self._etags = itertools.count(1)

    async def find(self) -> StoredConnection | None:
        self.fail_if_told()
        self.troubles.check_read()
        self.reads += 1
        await asyncio.sleep(0)  # others get their turn, as with a network
        return self.row

    async def save(self, connection: StoredConnection) -> bool:
        self.fail_if_told()
        trouble = self.troubles.next()
        if self.rivals:
            self.put(self.rivals.pop(0))
        if (self.row.etag if self.row else None) != connection.etag:
            return False

        self.put(connection)

        return told(trouble)

    def put(self, connection: StoredConnection) -> None:
        self.row = replace(connection, etag=f"etag-{next(self._etags)}")


class FakeSecrets(Failing):
    """Is the `SecretStore` on a dictionary; counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[SecretVersion, Secret] = {}
        self.disabled: set[SecretVersion] = set()
        self.reads = 0

    async def save(self, secret: Secret) -> SecretVersion:
        self.fail_if_told()
        version = SecretVersion(f"version-{len(self.secrets) + 1}")
        self.secrets[version] = secret

        return version

    async def get(self, version: SecretVersion) -> Secret:
        self.fail_if_told()
        self.reads += 1
        if version not in self.secrets or version in self.disabled:
            raise ConfigurationError("the secret must be there")

        return self.secrets[version]

    async def disable_older(self, version: SecretVersion) -> None:
        self.fail_if_told()
        older = list(self.secrets)[: list(self.secrets).index(version)]
        self.disabled.update(older)


class FakeProbe:
    """Is the `SpotlerProbe` that knows some credentials; all others meet `error`."""

    def __init__(self) -> None:
        self.error: ConnectorError | None = None
        self.catalogue: Catalogue = a_catalogue()
        self.asked: list[Credentials] = []

    async def read_catalogue(self, credentials: Credentials) -> Catalogue:
        self.asked.append(credentials)
        if self.error is not None:
            raise self.error

        return self.catalogue


@dataclass(slots=True)
class FakeGate:
    """Is the `LicenceGate` that a test opens and closes."""

    allows: bool = True
    errors: list[ConnectorError] = field(default_factory=list)

    async def allows_sync(self) -> bool:
        if self.errors:
            raise self.errors.pop(0)

        return self.allows


class FakeLicensing:
    """Is a `LicenceKeeping` of fakes; a test says what licence there is."""

    def __init__(self, licence: Licence | None = None) -> None:
        self.licences = FakeLicences()
        self.verifier = FakeVerifier()
        self.now = NOW
        self.keeping = LicenceKeeping(ORGANISATION, self.verifier, self.licences, self.clock)
        self.put(licence or a_licence())

    def put(self, licence: Licence | None) -> None:
        """Let this be the licence from now on, for everybody who asks."""
        self.licences.row = None
        if licence is not None:
            self.verifier.licences["stored"] = licence
            self.licences.row = StoredLicence("stored", NOW, NOW)
        self.keeping._read = None

    def offer(self, code: str, licence: Licence) -> None:
        """Let a code be one that was issued."""
        self.verifier.licences[code] = licence

    def clock(self) -> datetime:
        return self.now


class FakeOffice:
    """Is a `Connecting` and a `ConnectionChecker` of fakes."""

    def __init__(
        self,
        crm: Checkable,
        marketing: MarketingGateway,
        licensing: FakeLicensing,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.store = FakeConnections()
        self.secrets = FakeSecrets()
        self.probe = FakeProbe()
        self.webhooks = FakeWebhooks()
        self.columns = FakeColumns()
        self.mappings = FakeMappings()
        self.status = FakeStatus()
        self.queues = FakeQueueWatch()
        self.jobs = FakeJobs()
        self.noted = Activity()
        self.credentials = StoredCredentials(self.store, self.secrets, clock)
        self.webhook = WebhookCheck(
            webhooks=self.webhooks, mappings=self.mappings, columns=self.columns, address=ADDRESS
        )
        self.checks = SystemChecks(
            crm=crm,
            webhook=self.webhook,
            licence=licensing.keeping,
            status=self.status,
            queues=self.queues,
            jobs=self.jobs,
            now=licensing.clock,
            noted=lambda: self.noted,
            patience_seconds=10,
        )
        self.checker = ConnectionChecker(
            checks=self.checks,
            credentials=self.credentials,
            marketing=marketing,
            status=self.status,
            now=licensing.clock,
            clock=clock,
        )
        self.connecting = Connecting(
            store=self.store,
            secrets=self.secrets,
            credentials=self.credentials,
            probe=self.probe,
            marketing=marketing,
            licence=licensing.keeping,
            checks=self.checks,
            checker=self.checker,
            clock=licensing.clock,
        )

    def lose_patience(self) -> None:
        """Do not wait long for silence; without it a slow machine is given its time."""
        object.__setattr__(self.checks, "patience_seconds", 0.3)

    def connect(self) -> StoredConnection:
        """Let a connection be there."""
        version = SecretVersion("version-0")
        self.secrets.secrets[version] = SECRET
        connection = StoredConnection(KEY, version, NOW, ADMIN)
        self.store.put(connection)

        return connection
