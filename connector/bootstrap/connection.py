"""Wires the connection to Spotler: where it is kept, who uses it, and what the licence allows."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connector.adapters.azure_clients import AzureClients
from connector.adapters.licence.verifier import JwsLicenceVerifier
from connector.adapters.secrets.file import FileSecretStore
from connector.adapters.secrets.key_vault import KeyVaultSecretStore
from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.adapters.spotler.probe import ClientProbe
from connector.adapters.tables.connections import TableConnectionStore
from connector.adapters.tables.licences import TableLicenceStore
from connector.adapters.tables.service import TableService
from connector.application.connection_ports import SecretStore, SpotlerCredentials
from connector.application.licence_keeping import LicenceKeeping
from connector.application.spotler_credentials import StoredCredentials
from connector.domain.contact import OrganisationId
from connector.domain.errors import System
from connector.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotlerParts:
    """Is what the rest of the wiring needs of the connection."""

    client: SpotlerClient
    marketing: SpotlerGateway
    store: TableConnectionStore
    secrets: SecretStore
    credentials: StoredCredentials
    probe: ClientProbe
    licence: LicenceKeeping
    close: Callable[[], Awaitable[None]]


def make_connection(
    settings: Settings,
    organisation: OrganisationId,
    *,
    tables: TableService,
    clients: AzureClients,
    worked: Callable[[System], None],
) -> SpotlerParts:
    """Return the parts; nothing is read before the first call to Spotler."""
    store = TableConnectionStore(tables, organisation)
    secrets, close = _make_secrets(settings, clients)
    credentials = StoredCredentials(store, secrets, time.monotonic)
    licence = LicenceKeeping(
        organisation,
        JwsLicenceVerifier(local_stack=settings.local_stack),
        TableLicenceStore(tables, organisation),
        _now,
        ZoneInfo(settings.time_zone),
    )

    def make_client(who: SpotlerCredentials) -> SpotlerClient:
        return SpotlerClient(
            settings.spotler_url, who, dialect=settings.spotler_dialect, worked=worked
        )

    client = make_client(credentials)

    return SpotlerParts(
        client=client,
        marketing=SpotlerGateway(client, dialect=settings.spotler_dialect),
        store=store,
        secrets=secrets,
        credentials=credentials,
        probe=ClientProbe(make_client),
        licence=licence,
        close=close,
    )


def _make_secrets(
    settings: Settings, clients: AzureClients
) -> tuple[SecretStore, Callable[[], Awaitable[None]]]:
    if settings.secrets_file is not None:
        return FileSecretStore(settings.secrets_file), _nothing

    address, client_id = settings.key_vault_url or "", settings.key_vault_client
    vault = KeyVaultSecretStore(lambda: clients.open_vault(address, client_id))

    return vault, vault.close


async def _nothing() -> None:
    """Close nothing."""


def _now() -> datetime:
    return datetime.now(UTC)
