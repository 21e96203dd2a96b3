"""Service Bus connections, found by name in the settings as Azure finds them.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus#connections
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azure.servicebus import TransportType
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.exceptions import MessagingEntityNotFoundError, ServiceBusError

from devstack.functions_host.errors import HostError
from devstack.functions_host.hostfile import ServiceBusOptions
from devstack.functions_host.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

# The SDK holds its socket for this long while it waits for a message, and no settlement gets
# through meanwhile; its own default is 0.2 s.
_SOCKET_SLICE_SECONDS = 0.02


class Connections:
    """Open receivers and senders, with one client for each connection."""

    def __init__(self, settings: Settings, options: ServiceBusOptions) -> None:
        self.settings = settings
        self._options = options
        self._over_web = options.transport_type.lower() == "amqpwebsockets"
        self._clients: dict[str, ServiceBusClient] = {}
        self._credentials: list[AsyncTokenCredential] = []

    async def open_receiver(self, connection: str, queue: str) -> ServiceBusReceiver:
        """Open a receiver, or raise with why the queue cannot be read."""
        receiver = self._client(connection).get_queue_receiver(
            queue,
            prefetch_count=self._options.prefetch_count,
            socket_timeout=None if self._over_web else _SOCKET_SLICE_SECONDS,
        )
        await self._open(receiver, connection, queue)

        return receiver

    async def open_sender(self, connection: str, queue: str) -> ServiceBusSender:
        """Open a sender, or raise with why the queue cannot be written."""
        sender = self._client(connection).get_queue_sender(queue)
        await self._open(sender, connection, queue)

        return sender

    async def close(self) -> None:
        """Close what is left open."""
        await asyncio.gather(*(client.close() for client in self._clients.values()))
        await asyncio.gather(*(credential.close() for credential in self._credentials))

    async def _open(
        self, link: ServiceBusReceiver | ServiceBusSender, connection: str, queue: str
    ) -> None:
        try:
            await link.__aenter__()
        except MessagingEntityNotFoundError as error:
            raise HostError(f"connection '{connection}' has no queue '{queue}'") from error
        except ServiceBusError as error:
            raise HostError(
                f"queue '{queue}' of connection '{connection}' cannot be opened: {error}"
            ) from error

    def _client(self, connection: str) -> ServiceBusClient:
        if connection not in self._clients:
            self._clients[connection] = self._new_client(connection or "ServiceBus")

        return self._clients[connection]

    def _new_client(self, name: str) -> ServiceBusClient:
        retry = self._options.client_retry_options
        options: dict[str, Any] = {
            "transport_type": TransportType.AmqpOverWebsocket
            if self._over_web
            else TransportType.Amqp,
            "retry_mode": retry.mode.lower(),
            "retry_total": retry.max_retries,
            "retry_backoff_factor": retry.delay.total_seconds(),
            "retry_backoff_max": retry.max_delay.total_seconds(),
        }
        for key in (f"AzureWebJobs{name}", name):
            if text := self.settings.find(key):
                return _from_text(text, key, options)
            if namespace := self.settings.find(f"{key}__fullyQualifiedNamespace"):
                return ServiceBusClient(namespace, self._credential(key), **options)

        raise HostError(
            f"connection '{name}' is not set: give the setting '{name}' a connection string,"
            f" or '{name}__fullyQualifiedNamespace' the namespace"
        )

    def _credential(self, key: str) -> "AsyncTokenCredential":
        from azure.identity.aio import (  # noqa: PLC0415 - heavy; a connection string needs none
            DefaultAzureCredential,
            ManagedIdentityCredential,
        )

        client_id = self.settings.find(f"{key}__clientId")
        managed = (self.settings.find(f"{key}__credential") or "").lower() == "managedidentity"
        credential: AsyncTokenCredential = (
            ManagedIdentityCredential(client_id=client_id) if managed else DefaultAzureCredential()
        )
        self._credentials.append(credential)

        return credential


def _from_text(text: str, key: str, options: Mapping[str, Any]) -> ServiceBusClient:
    try:
        return ServiceBusClient.from_connection_string(text, **options)
    except ValueError as error:
        raise HostError(f"the setting '{key}' is not a connection string: {error}") from error
