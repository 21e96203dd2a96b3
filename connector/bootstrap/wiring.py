"""Composition root: settings in, services out; everything is made once, at first use."""

import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from connector.adapters.azure_clients import AzureClients, Connection
from connector.adapters.counters import OpenTelemetryCounter
from connector.adapters.dataverse.auth import ClientSecretTokens, ManagedIdentityTokens, Tokens
from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.columns import DataverseColumns
from connector.adapters.dataverse.gateway import DataverseGateway
from connector.adapters.entra.keys import SigningKeys
from connector.adapters.entra.tokens import EntraSignIn
from connector.adapters.servicebus import ServiceBusQueue
from connector.adapters.tables.bookmarks import TableBookmarkStore
from connector.adapters.tables.jobs import TableJobStore
from connector.adapters.tables.mappings import TableMappingStore
from connector.adapters.tables.parked import TableParkingStore
from connector.adapters.tables.records import TableRecordStore
from connector.adapters.tables.service import TableService
from connector.application.check_connections import ConnectionChecker
from connector.application.job_keeping import JobKeeping
from connector.application.mapped_columns import MappedCrm
from connector.application.ports import SignIn
from connector.application.receive_webhook import Ourselves
from connector.bootstrap.connection import make_connection
from connector.bootstrap.mappings import make_mapping_keeping
from connector.bootstrap.review import make_review
from connector.bootstrap.service_bundle import Services
from connector.bootstrap.to_dataverse import wire_to_dataverse
from connector.domain.contact import OrganisationId
from connector.domain.event import CHANGES, JOBS
from connector.settings import Settings

if TYPE_CHECKING:
    from azure.servicebus.aio import ServiceBusClient

CHATTY = ("azure", "httpcore", "httpx", "msal")
"""Libraries whose everyday logs hold addresses and so ids; only their warnings are heard."""


@cache
def services() -> Services:
    """Return the services of this process; connections open at first use, in the event loop."""
    return build(Settings.from_env(os.environ))


def build(settings: Settings) -> Services:
    """Wire the adapters as the settings say."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)

    organisation = OrganisationId(str(settings.dataverse_organisation))
    clients = AzureClients()
    to_bus = Connection(
        settings.servicebus, settings.servicebus_namespace, settings.servicebus_client
    )
    queue, steps = _make_queues(lambda: clients.open_servicebus(to_bus))
    queues = {CHANGES: queue, JOBS: steps}
    to_tables = Connection(settings.tables, settings.tables_endpoint, settings.tables_client)
    tables = TableService(lambda: clients.open_tables(to_tables))
    dataverse = DataverseClient(settings.dataverse_url, _make_tokens(settings))
    crm = DataverseGateway(dataverse)
    records = TableRecordStore(tables, organisation)
    mappings = TableMappingStore(tables, organisation)
    columns = DataverseColumns(dataverse)
    live_crm = MappedCrm(crm, mappings, columns, is_live=True)
    connection = make_connection(
        settings, organisation, tables=tables, clients=clients, crm=live_crm
    )
    parking = TableParkingStore(tables, organisation)
    closing = (queue, steps, dataverse, connection.spotler, connection, tables, clients)

    return Services(
        settings=settings,
        ourselves=Ourselves(organisation, str(settings.dataverse_user or "") or None),
        webhook_secrets=settings.webhook_secrets(),
        crm=crm,
        marketing=connection.marketing,
        records=records,
        mappings=mappings,
        mapping_keeping=make_mapping_keeping(mappings, columns, dataverse, connection.marketing),
        parking=parking,
        held=parking,
        queue=queue,
        connections=ConnectionChecker(
            MappedCrm(crm, mappings, columns),
            connection.marketing,
            records,
            mappings,
            time.monotonic,
        ),
        counter=OpenTelemetryCounter(),
        sign_in=_make_sign_in(settings),
        jobs=_make_jobs(organisation, tables, steps),
        raw_queues=queues,
        review=make_review(organisation, tables, queues, lambda: clients.open_servicebus(to_bus)),
        to_dataverse=wire_to_dataverse(
            dataverse, connection.spotler, connection.marketing, settings.spotler_dialect
        ),
        connecting=connection.connecting,
        licence=connection.licence,
        closing=tuple(one.close for one in closing),
    )


def _make_queues(
    open_servicebus: "Callable[[], ServiceBusClient]",
) -> tuple[ServiceBusQueue, ServiceBusQueue]:
    """Return the queue of changes and that of job steps."""
    return ServiceBusQueue(open_servicebus), ServiceBusQueue(open_servicebus, JOBS)


def _make_jobs(
    organisation: OrganisationId, tables: TableService, steps: ServiceBusQueue
) -> JobKeeping:
    return JobKeeping(
        organisation,
        TableJobStore(tables, organisation),
        TableBookmarkStore(tables, organisation),
        steps,
        lambda: datetime.now(UTC),
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


def _make_sign_in(settings: Settings) -> SignIn | None:
    issuer = settings.entra_issuer()
    if issuer is None:
        return None

    return EntraSignIn(
        SigningKeys(issuer),
        issuer=issuer,
        tenant=str(settings.entra_tenant),
        application=str(settings.entra_client),
        clients=[str(one) for one in (settings.entra_client, *settings.entra_allowed_clients)],
    )
