"""Composition root: settings in, services out; everything is made once, at first use."""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from connector.adapters.counters import OpenTelemetryCounter
from connector.adapters.dataverse.auth import ClientSecretTokens, ManagedIdentityTokens, Tokens
from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.gateway import DataverseGateway
from connector.adapters.servicebus import ServiceBusQueue
from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.adapters.tables.mappings import TableMappingStore
from connector.adapters.tables.parked import TableParkingStore
from connector.adapters.tables.records import TableRecordStore
from connector.adapters.tables.service import TableService
from connector.application.check_connections import ConnectionChecker
from connector.application.receive_webhook import Ourselves
from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.contact import OrganisationId
from connector.settings import Settings

if TYPE_CHECKING:
    from azure.data.tables.aio import TableServiceClient
    from azure.servicebus.aio import ServiceBusClient


@dataclass(frozen=True, slots=True)
class Services:
    """Is everything that a function may use."""

    settings: Settings
    ourselves: Ourselves
    webhook_secrets: tuple[bytes, ...]
    crm: DataverseGateway
    marketing: SpotlerGateway
    records: TableRecordStore
    mappings: TableMappingStore
    parking: TableParkingStore
    queue: ServiceBusQueue
    connections: ConnectionChecker
    counter: OpenTelemetryCounter

    def try_again(self) -> TryAgain:
        """Return where events go that cannot be finished now."""
        back_off = BackOff(
            first=timedelta(seconds=self.settings.retry_first_seconds),
            attempts=self.settings.retry_attempts,
        )

        return TryAgain(self.queue, self.parking, back_off, datetime.now(UTC))


@cache
def services() -> Services:
    """Return the services of this process; connections open at first use, in the event loop."""
    return build(Settings.from_env(os.environ))


def build(settings: Settings) -> Services:
    """Wire the adapters as the settings say."""
    organisation = OrganisationId(str(settings.dataverse_organisation))
    tables = TableService(lambda: _make_tables(settings))
    spotler = SpotlerClient(
        settings.spotler_url, settings.spotler_key, settings.spotler_secret.get_secret_value()
    )

    crm = DataverseGateway(DataverseClient(settings.dataverse_url, _make_tokens(settings)))
    marketing = SpotlerGateway(spotler)
    records = TableRecordStore(tables, organisation)
    mappings = TableMappingStore(tables, organisation)

    return Services(
        settings=settings,
        ourselves=Ourselves(organisation, str(settings.dataverse_user or "") or None),
        webhook_secrets=settings.webhook_secrets(),
        crm=crm,
        marketing=marketing,
        records=records,
        mappings=mappings,
        parking=TableParkingStore(tables, organisation),
        queue=ServiceBusQueue(lambda: _make_servicebus(settings)),
        connections=ConnectionChecker(crm, marketing, records, mappings, time.monotonic),
        counter=OpenTelemetryCounter(),
    )


def _make_tokens(settings: Settings) -> Tokens:
    scope = f"{settings.dataverse_url.rstrip('/')}/.default"
    if settings.dataverse_secret is None:
        return ManagedIdentityTokens(settings.dataverse_client, scope)

    return ClientSecretTokens(
        authority=settings.dataverse_authority,
        tenant=settings.dataverse_tenant or "",
        client_id=settings.dataverse_client or "",
        secret=settings.dataverse_secret.get_secret_value(),
        scope=scope,
    )


def _make_servicebus(settings: Settings) -> "ServiceBusClient":
    from azure.servicebus.aio import ServiceBusClient  # noqa: PLC0415 - heavy, not needed to index

    if settings.servicebus is not None:
        return ServiceBusClient.from_connection_string(
            settings.servicebus.get_secret_value(), retry_total=2, retry_backoff_max=5
        )

    from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415 - heavy

    return ServiceBusClient(
        settings.servicebus_namespace or "",
        ManagedIdentityCredential(client_id=settings.servicebus_client),
        retry_total=2,
        retry_backoff_max=5,
    )


def _make_tables(settings: Settings) -> "TableServiceClient":
    from azure.data.tables.aio import TableServiceClient  # noqa: PLC0415 - heavy

    if settings.tables is not None:
        return TableServiceClient.from_connection_string(
            settings.tables.get_secret_value(),
            retry_total=1,
            connection_timeout=5,
            read_timeout=20,
        )

    from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415 - heavy

    return TableServiceClient(
        settings.tables_endpoint or "",
        credential=ManagedIdentityCredential(client_id=settings.tables_client),
        retry_total=1,
        connection_timeout=5,
        read_timeout=20,
    )
