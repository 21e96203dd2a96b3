"""Wires who looks at the systems around us, and who connects an administrator to them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from connector.adapters.dataverse.webhooks import DataverseWebhooks
from connector.adapters.queue_watch import ServiceBusQueueWatch
from connector.adapters.tables.mappings import TableMappingStore
from connector.application.activity_keeping import ActivityKeeping
from connector.application.check_connections import ConnectionChecker
from connector.application.connect import Connecting
from connector.application.job_ports import JobStore
from connector.application.mapped_columns import MappedCrm
from connector.application.system_checks import SystemChecks
from connector.application.webhook_check import WebhookCheck
from connector.bootstrap.connection import SpotlerParts
from connector.bootstrap.crm import Crm
from connector.domain.contact import OrganisationId
from connector.domain.refused_call import tag_of
from connector.settings import Settings

PATIENCE_SECONDS: Final = 10.0
"""How long a person waits before the page who connects."""


@dataclass(frozen=True, slots=True)
class Checking:
    """Who looks for all, and who looks for an administrator."""

    checker: ConnectionChecker
    connecting: Connecting


def make_checking(
    settings: Settings,
    *,
    crm: Crm,
    spotler: SpotlerParts,
    mappings: TableMappingStore,
    activity: ActivityKeeping,
    queues: ServiceBusQueueWatch,
    jobs: JobStore,
) -> Checking:
    """Return both; they share what they find."""
    ours = OrganisationId(str(settings.dataverse_organisation))
    mapped = MappedCrm(crm.client, mappings, crm.columns)
    webhook = WebhookCheck(
        webhooks=DataverseWebhooks(crm.client),
        mappings=mappings,
        columns=crm.columns,
        address=settings.webhook_address(),
    )
    checks = SystemChecks(
        crm=mapped,
        webhook=webhook,
        licence=spotler.licence,
        status=activity.store,
        queues=queues,
        jobs=jobs,
        now=_now,
        noted=lambda: activity.noted,
        secrets=[tag_of(secret, ours) for secret in _list_secrets(settings)],
        standstill=timedelta(seconds=settings.job_standstill_seconds),
    )
    checker = ConnectionChecker(
        checks=checks,
        credentials=spotler.credentials,
        marketing=spotler.marketing,
        status=activity.store,
        now=_now,
        clock=time.monotonic,
    )
    connecting = Connecting(
        store=spotler.store,
        secrets=spotler.secrets,
        credentials=spotler.credentials,
        probe=spotler.probe,
        marketing=spotler.marketing,
        licence=spotler.licence,
        checks=replace(
            checks, crm=replace(mapped, is_live=True), patience_seconds=PATIENCE_SECONDS
        ),
        checker=checker,
        clock=_now,
    )

    return Checking(checker, connecting)


def _list_secrets(settings: Settings) -> Iterator[bytes]:
    """Yield what a call of ours may carry: no secret at all where the function key proves it."""
    yield from settings.webhook_secrets()
    if settings.webhook_auth == "key":
        yield b""


def _now() -> datetime:
    return datetime.now(UTC)
