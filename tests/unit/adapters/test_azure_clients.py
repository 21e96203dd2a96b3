from collections.abc import AsyncIterator

import pytest
from azure.data.tables.aio import TableServiceClient
from azure.servicebus.aio import ServiceBusClient
from pydantic import SecretStr

from connector.adapters.azure_clients import AzureClients, Connection
from connector.domain.errors import ConfigurationError

SERVICEBUS = "Endpoint=sb://one.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=YQ=="
TABLES = "DefaultEndpointsProtocol=https;AccountName=one;AccountKey=YQ=="


@pytest.fixture
async def clients() -> AsyncIterator[AzureClients]:
    one = AzureClients()
    yield one
    await one.close()


async def test_connection_strings_are_used(clients: AzureClients) -> None:
    """
    A connection string says all: where, and with which key.
    """
    bus = clients.open_servicebus(Connection(SecretStr(SERVICEBUS)))
    tables = clients.open_tables(Connection(SecretStr(TABLES)))

    assert bus.fully_qualified_namespace == "one.servicebus.windows.net"
    assert tables.url == "https://one.table.core.windows.net"
    await _close(bus, tables)


async def test_identities_are_used(clients: AzureClients) -> None:
    """
    An address without a key is reached as the identity of the app, one for both.
    """
    bus = clients.open_servicebus(Connection(None, "one.servicebus.windows.net", "id"))
    tables = clients.open_tables(Connection(None, "https://one.table.core.windows.net", "id"))
    other = clients.open_tables(Connection(None, "https://one.table.core.windows.net"))

    assert bus.fully_qualified_namespace == "one.servicebus.windows.net"
    assert tables.url == "https://one.table.core.windows.net"
    assert bus._credential is tables.credential
    assert tables.credential is not other.credential
    await _close(bus, tables)
    await other.close()


async def test_string_goes_before_identity(clients: AzureClients) -> None:
    """
    Where both are set the connection string decides, as it does for the host's triggers.
    """
    bus = clients.open_servicebus(Connection(SecretStr(SERVICEBUS), "two.servicebus.windows.net"))

    assert bus.fully_qualified_namespace == "one.servicebus.windows.net"
    await bus.close()


@pytest.mark.parametrize("string", ["nonsense", "Endpoint=", "AccountName=one", "a=b;c=d"])
async def test_malformed_string_is_for_operator(clients: AzureClients, string: str) -> None:
    """
    A connection string that is none names its setting, and not itself.
    """
    connection = Connection(SecretStr(string))

    with pytest.raises(ConfigurationError, match="ServiceBusConnection must"):
        clients.open_servicebus(connection)
    with pytest.raises(ConfigurationError, match="TablesConnection must"):
        clients.open_tables(connection)


async def test_malformed_address_is_for_operator(clients: AzureClients) -> None:
    """
    A token is not sent to an address over plain http, nor to none.
    """
    for address in ("http://one.table.core.windows.net", "", None):
        with pytest.raises(ConfigurationError):
            clients.open_tables(Connection(None, address))


def test_key_does_not_show() -> None:
    """
    Whoever prints a connection sees no key.
    """
    assert "YQ==" not in repr(Connection(SecretStr(TABLES)))


async def _close(bus: ServiceBusClient, tables: TableServiceClient) -> None:
    await bus.close()
    await tables.close()


async def test_vault_is_reached_by_identity(clients: AzureClients) -> None:
    """
    A key vault knows no key of its own: it is reached as the identity of the app.
    """
    vault = clients.open_vault("https://one.vault.azure.net", "id")

    assert vault.vault_url == "https://one.vault.azure.net"
    await vault.close()
