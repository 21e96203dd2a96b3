"""Table storage as Microsoft's own emulator keeps it, started once for all contracts."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from connector.adapters.tables.service import TableService
from connector.domain.contact import OrganisationId
from devstack.stack.azurite import start_azurite


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Yield the connection string of a running Azurite."""
    part, connection_string = await start_azurite(tmp_path_factory.mktemp("azurite"))
    yield connection_string
    await part.stop()


@dataclass(slots=True)
class Tables:
    """Is the connection to Azurite of one test, and an organisation that nobody else has."""

    connection_string: str
    organisation: OrganisationId = field(default_factory=lambda: OrganisationId(str(uuid.uuid4())))
    service: TableService = field(init=False)
    requests: int = 0

    def __post_init__(self) -> None:
        self.service = TableService(self.open)

    def open(self) -> TableServiceClient:
        return TableServiceClient.from_connection_string(
            self.connection_string, retry_total=0, raw_request_hook=self._count
        )

    def _count(self, _: object) -> None:
        self.requests += 1


@pytest.fixture
async def tables(azurite: str) -> AsyncIterator[Tables]:
    one = Tables(azurite)
    yield one
    await one.service.close()
