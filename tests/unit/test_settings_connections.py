"""Connection strings: what is one, and where it may lead."""

import pytest

from tests.unit.least_settings import BUS, LEAST, LOCAL, faults, is_accepted

KEY = "AccountName=a;AccountKey=Yg=="
HOSTS = {
    "ServiceBusConnection": ".servicebus.windows.net",
    "TablesConnection": ".table.core.windows.net",
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "ServiceBusConnection",
            "endpoint=SB://a.servicebus.windows.net;SharedAccessKeyName=b;SharedAccessKey=c==;",
        ),
        ("ServiceBusConnection", f"{BUS} ; SharedAccessSignature=b"),
        ("TablesConnection", "UseDevelopmentStorage=true"),
        ("TablesConnection", f"{KEY};EndpointSuffix=core.windows.net"),
        ("TablesConnection", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Yg=="),
        (
            "TablesConnection",
            "TableEndpoint=https://a.table.core.windows.net;SharedAccessSignature=b",
        ),
    ],
)
def test_connection_strings_are_accepted(name: str, text: str) -> None:
    """
    Every kind of connection string that the portals give is one.
    """
    assert is_accepted(**{name: text})


@pytest.mark.parametrize(
    "text",
    [
        "a.servicebus.windows.net",
        "Endpoint=",
        "Endpoint=sb://a.servicebus.windows.net/",
        "Endpoint=sb://;SharedAccessKeyName=a;SharedAccessKey=b",
        "Endpoint=https://a;SharedAccessKeyName=a;SharedAccessKey=b",
        "Endpoint=sb://a;SharedAccessKeyName=a;SharedAccessKey=",
        "Endpoint=sb://a;SharedAccessKey=b",
        LEAST["TablesConnection"],
        "UseDevelopmentStorage=true",
    ],
)
def test_no_connection_string_of_service_bus(text: str) -> None:
    """
    A bare address, half a string and that of the tables are no connection string of Service Bus.
    """
    assert faults(ServiceBusConnection=text) == [
        "ServiceBusConnection: must be a connection string of Service Bus, with its key"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "https://a.table.core.windows.net",
        "AccountName=a",
        "AccountName=;AccountKey=Yg==",
        "AccountName=a;AccountKey=half-a-key",
        "UseDevelopmentStorage=false",
        "SharedAccessSignature=b",
        LEAST["ServiceBusConnection"],
    ],
)
def test_no_connection_string_of_tables(text: str) -> None:
    """
    A bare address, half a string and that of Service Bus are no connection string of tables.
    """
    assert faults(TablesConnection=text) == [
        "TablesConnection: must be a connection string of Table Storage, with its key"
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ServiceBusConnection", "Endpoint=sb://evil.example/;SharedAccessSignature=b"),
        ("ServiceBusConnection", "Endpoint=sb://127.0.0.1/;SharedAccessSignature=b"),
        ("TablesConnection", f"{KEY};TableEndpoint=https://evil.example"),
        ("TablesConnection", f"{KEY};EndpointSuffix=evil.example"),
    ],
)
def test_connection_strings_lead_home(name: str, text: str) -> None:
    """
    A key is for its own product: a string that leads anywhere else is refused.
    """
    assert faults(**{name: text}) == [f"{name}: must lead to a host of {HOSTS[name]}"]


def test_local_connection_strings_lead_to_this_machine() -> None:
    """
    On the local stack emulators stand in for the products.
    """
    assert is_accepted(
        **LOCAL
        | {
            "ServiceBusConnection": "Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=a;SharedAccessKey=b",
            "TablesConnection": f"{KEY};TableEndpoint=http://127.0.0.1:10002/a",
        }
    )
