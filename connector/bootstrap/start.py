"""What is known at the start, whatever the settings say: their faults, and who may sign in."""

import logging
import os
import time
from dataclasses import dataclass
from functools import cache

from connector.adapters.azure_clients import AzureClients, Connection
from connector.adapters.counters import OpenTelemetryCounter
from connector.adapters.entra.keys import SigningKeys
from connector.adapters.entra.tokens import EntraSignIn
from connector.adapters.servicebus import ServiceBusQueue
from connector.adapters.sign_in_settings import SignInSettings
from connector.adapters.status_settings import StatusSettings
from connector.adapters.tables.service import TableService
from connector.adapters.tables.status import TableStatusStore
from connector.application.activity_keeping import ActivityKeeping
from connector.application.ports import Counter, SignIn
from connector.bootstrap.closing import close_with_loop
from connector.domain.contact import OrganisationId
from connector.domain.errors import MisconfiguredError
from connector.settings import Settings

logger = logging.getLogger(__name__)

TRIGGER = "ServiceBusConnection"
"""The connection of every queue trigger."""


def tell_faults() -> None:
    """Log each setting that is wrong; an app without functions would tell nothing at all."""
    try:
        Settings.from_env(os.environ)
    except MisconfiguredError as exc:
        for fault in exc.faults:
            logger.error("settings must be put right: %s", fault)  # noqa: TRY400 - no trace helps


def sign_in_settings() -> SignInSettings | None:
    """Return by which settings people sign in, or None where these are wrong."""
    try:
        return SignInSettings.from_env(os.environ)
    except MisconfiguredError:
        return None


@cache
def counter() -> Counter:
    """Return what counts, also what is refused before there are services."""
    return OpenTelemetryCounter()


@cache
def sign_in() -> SignIn | None:
    """Return who identifies people, also while other settings are wrong; None where nothing can."""
    known = sign_in_settings()

    return None if known is None else make_sign_in(known)


@dataclass(frozen=True, slots=True)
class Refusing:
    """The refusing of every call while settings are wrong: whose we are, and where it is noted."""

    organisation: OrganisationId
    activity: ActivityKeeping


@cache
def refusing() -> Refusing | None:
    """Return where calls are noted that are lost; None where the settings of that are wrong too."""
    try:
        settings = StatusSettings.from_env(os.environ)
    except MisconfiguredError:
        return None

    clients = AzureClients()
    connection = Connection(settings.tables, settings.tables_endpoint, settings.tables_client)
    tables = TableService(lambda: clients.open_tables(connection))
    organisation = OrganisationId(str(settings.dataverse_organisation))
    activity = ActivityKeeping(TableStatusStore(tables, organisation), time.monotonic)

    async def close() -> None:
        for one in (activity, tables, clients):
            await one.close()

    close_with_loop(close)

    return Refusing(organisation, activity)


def make_sign_in(settings: SignInSettings) -> SignIn | None:
    """Wire the sign-in; None where the settings name no tenant."""
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


@cache
def queue_of_trigger(name: str) -> ServiceBusQueue:
    """Return the sender to a queue by the host's own connection, even if our settings are wrong.

    What goes back goes where it came from, so that its address need not be checked again.
    """
    connection = Connection.of_trigger(os.environ, TRIGGER)
    clients = AzureClients()
    queue = ServiceBusQueue(lambda: clients.open_servicebus(connection), name)
    close_with_loop(queue.close)

    return queue
