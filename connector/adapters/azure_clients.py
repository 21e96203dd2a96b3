"""Clients of Azure's own services: by a connection string, or as the identity that Azure gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pydantic import SecretStr

from connector.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from azure.data.tables.aio import TableServiceClient
    from azure.identity.aio import ManagedIdentityCredential
    from azure.keyvault.secrets.aio import SecretClient
    from azure.servicebus.aio import ServiceBusClient


HTTP_OPTIONS: Mapping[str, Any] = {
    "retry_total": 1,
    "connection_timeout": 5,
    "read_timeout": 20,
    "use_env_settings": False,
}
"""The transport would look for proxies and a netrc file at every request, in a thread."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Says how to reach a service: by a connection string where there is one."""

    string: SecretStr | None = None
    address: str | None = None
    client_id: str | None = None

    @classmethod
    def of_trigger(cls, environment: Mapping[str, str], name: str) -> Self:
        """Return the connection by which the host itself takes messages, right or wrong.

        https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus#connections
        """
        string = environment.get(name, "").strip()
        client_id = environment.get(f"{name}__clientId", "").strip()

        return cls(
            SecretStr(string) if string else None,
            environment.get(f"{name}__fullyQualifiedNamespace", "").strip(),
            client_id or None,
        )


class AzureClients:
    """Makes clients; those of one identity share its tokens."""

    def __init__(self) -> None:
        """Begin without identities."""
        self._identities: dict[str | None, ManagedIdentityCredential] = {}

    def open_servicebus(self, connection: Connection) -> "ServiceBusClient":
        """Make a client of Service Bus; raises `ConfigurationError` for a malformed setting."""
        from azure.servicebus.aio import ServiceBusClient  # noqa: PLC0415 - heavy, not for indexing

        try:
            if connection.string is not None:
                return ServiceBusClient.from_connection_string(
                    connection.string.get_secret_value(), retry_total=2, retry_backoff_max=5
                )

            return ServiceBusClient(
                connection.address or "",
                self._identity(connection.client_id),
                retry_total=2,
                retry_backoff_max=5,
            )
        except ValueError as exc:
            raise ConfigurationError("ServiceBusConnection must lead to a namespace") from exc

    def open_tables(self, connection: Connection) -> "TableServiceClient":
        """Make a client of Table Storage; raises `ConfigurationError` for a malformed setting."""
        from azure.data.tables.aio import TableServiceClient  # noqa: PLC0415 - heavy, the same

        try:
            if connection.string is not None:
                return TableServiceClient.from_connection_string(
                    connection.string.get_secret_value(),
                    **HTTP_OPTIONS,
                )

            return TableServiceClient(
                connection.address or "",
                credential=self._identity(connection.client_id),
                **HTTP_OPTIONS,
            )
        except ValueError as exc:
            raise ConfigurationError("TablesConnection must lead to a storage account") from exc

    def open_vault(self, address: str, client_id: str | None) -> "SecretClient":
        """Make a client of Key Vault."""
        from azure.keyvault.secrets.aio import SecretClient  # noqa: PLC0415 - heavy, the same

        return SecretClient(address, self._identity(client_id), **HTTP_OPTIONS)

    async def close(self) -> None:
        """Forget the identities; clients are closed by who uses them."""
        while self._identities:
            _, identity = self._identities.popitem()
            await identity.close()

    def _identity(self, client_id: str | None) -> "ManagedIdentityCredential":
        from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415 - heavy, the same

        if client_id not in self._identities:
            self._identities[client_id] = ManagedIdentityCredential(client_id=client_id)

        return self._identities[client_id]
