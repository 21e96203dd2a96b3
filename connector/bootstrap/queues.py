"""Wires Service Bus: one sender for each queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.adapters.azure_clients import AzureClients, Connection
from connector.adapters.servicebus import ServiceBusQueue
from connector.domain.event import CHANGES, JOBS
from connector.settings import Settings

if TYPE_CHECKING:
    from azure.servicebus.aio import ServiceBusClient


@dataclass(frozen=True, slots=True)
class Queues:
    """Is the queue of changes, that of job steps, and what opens the service behind both."""

    changes: ServiceBusQueue
    steps: ServiceBusQueue
    open: "Callable[[], ServiceBusClient]"

    def by_name(self) -> Mapping[str, ServiceBusQueue]:
        """Return each under the name that it has in Service Bus."""
        return {CHANGES: self.changes, JOBS: self.steps}


def make_queues(
    settings: Settings, clients: AzureClients, note: Callable[[BaseException | None], None]
) -> Queues:
    """Return the queues; nothing is opened before the first message.

    What becomes of each send to the queue of changes is noted.
    """
    bus = Connection(settings.servicebus, settings.servicebus_namespace, settings.servicebus_client)

    def open_bus() -> "ServiceBusClient":
        return clients.open_servicebus(bus)

    return Queues(ServiceBusQueue(open_bus, note=note), ServiceBusQueue(open_bus, JOBS), open_bus)
