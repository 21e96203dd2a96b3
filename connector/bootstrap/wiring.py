"""Composition root: settings in, services out; everything is made once, at first use."""

import logging
import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache, lru_cache, partial

from connector.adapters.azure_clients import AzureClients, Connection
from connector.adapters.queue_watch import ServiceBusQueueWatch
from connector.adapters.servicebus import ServiceBusQueue
from connector.adapters.tables.audit import TableAuditTrail
from connector.adapters.tables.bookmarks import TableBookmarkStore
from connector.adapters.tables.jobs import TableJobStore
from connector.adapters.tables.mappings import TableMappingStore
from connector.adapters.tables.parked import TableParkingStore
from connector.adapters.tables.records import TableRecordStore
from connector.adapters.tables.service import TableService
from connector.adapters.tables.status import TableStatusStore
from connector.application.activity_keeping import ActivityKeeping
from connector.application.job_keeping import JobKeeping
from connector.application.job_ports import FindAccount
from connector.application.receive_webhook import Ourselves
from connector.bootstrap.checks import make_checking
from connector.bootstrap.closing import close_with_loop
from connector.bootstrap.connection import make_connection
from connector.bootstrap.crm import make_crm
from connector.bootstrap.mappings import make_mapping_keeping
from connector.bootstrap.queues import make_queues
from connector.bootstrap.review import make_review
from connector.bootstrap.service_bundle import Services
from connector.bootstrap.start import counter
from connector.bootstrap.to_dataverse import make_to_dataverse
from connector.domain.contact import OrganisationId
from connector.settings import Settings

CHATTY = ("azure", "httpcore", "httpx", "msal")
"""Libraries whose everyday logs hold addresses and so ids; only their warnings are heard."""


MOST_OTHERS = 4
"""So many organisations that are not the one of the settings have their losses noted."""


@cache
def services() -> Services:
    """Return the services of this process; connections open at first use, in the event loop."""
    _quieten(CHATTY)
    known = build(Settings.from_env(os.environ))
    close_with_loop(known.close)

    return known


def build(settings: Settings) -> Services:
    """Wire the adapters as the settings say."""
    organisation = OrganisationId(str(settings.dataverse_organisation))
    clients = AzureClients()
    tables = _make_tables(settings, clients)
    activity = _make_activity(tables, organisation)
    others = lru_cache(MOST_OTHERS)(partial(_make_activity, tables))
    queues = make_queues(settings, clients, partial(_note_send, activity))
    crm = make_crm(settings, organisation, activity.note_call)
    records = TableRecordStore(tables, organisation, worked=activity.note_call)
    parking = TableParkingStore(tables, organisation, worked=activity.note_call)
    mappings = TableMappingStore(tables, organisation)
    spotler = make_connection(
        settings, organisation, tables=tables, clients=clients, worked=activity.note_call
    )
    connected = partial(spotler.marketing.account, now=True)
    watch = ServiceBusQueueWatch(queues.open, [*queues.by_name()])
    jobs = _make_jobs(organisation, tables, queues.steps, spotler.marketing.account)
    checking = make_checking(
        settings,
        crm=crm,
        spotler=spotler,
        mappings=mappings,
        activity=activity,
        queues=watch,
        jobs=jobs.store,
    )
    of_systems = (queues.changes, queues.steps, crm.client, spotler.client, spotler)
    # A webhook that the queue lets go of has lost a change: that is noted once more.
    opened = (activity, watch, *of_systems, activity, tables, clients)

    return Services(
        settings=settings,
        ourselves=Ourselves(organisation, str(settings.dataverse_user or "") or None),
        webhook_secrets=settings.webhook_secrets(),
        crm=crm.gateway,
        related=crm.related,
        marketing=spotler.marketing,
        records=records,
        mappings=mappings,
        mapping_keeping=make_mapping_keeping(mappings, crm, spotler.marketing),
        parking=parking,
        held=parking,
        queue=queues.changes,
        webhook_queue=queues.changes.patiently(settings.webhook_patience_seconds),
        connections=checking.checker,
        activity=activity,
        activity_of=lambda one: activity if one == organisation else others(one),
        counter=counter(),
        trail=TableAuditTrail(tables, organisation),
        jobs=jobs,
        raw_queues=queues.by_name(),
        review=make_review(organisation, tables, queues, watch, crm.gateway, connected),
        to_dataverse=make_to_dataverse(crm, spotler, settings.spotler_dialect),
        connecting=checking.connecting,
        licence=spotler.licence,
        closing=tuple(one.close for one in opened),
    )


def _quieten(libraries: Iterable[str]) -> None:
    for name in libraries:
        logging.getLogger(name).setLevel(logging.WARNING)


def _make_activity(tables: TableService, organisation: OrganisationId) -> ActivityKeeping:
    return ActivityKeeping(TableStatusStore(tables, organisation), time.monotonic)


def _note_send(activity: ActivityKeeping, failure: BaseException | None) -> None:
    activity.note_send(failure=failure, now=datetime.now(UTC))


def _make_tables(settings: Settings, clients: AzureClients) -> TableService:
    connection = Connection(settings.tables, settings.tables_endpoint, settings.tables_client)

    return TableService(lambda: clients.open_tables(connection))


def _make_jobs(
    organisation: OrganisationId,
    tables: TableService,
    steps: ServiceBusQueue,
    account: FindAccount,
) -> JobKeeping:
    return JobKeeping(
        organisation,
        TableJobStore(tables, organisation),
        TableBookmarkStore(tables, organisation),
        steps,
        lambda: datetime.now(UTC),
        account,
    )
