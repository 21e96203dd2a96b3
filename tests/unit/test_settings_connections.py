"""Connection strings: what is one, and where it may lead."""

import pytest

from tests.unit.least_settings import BUS, LEAST, LOCAL, faults, is_accepted

KEY = "AccountName=contoso;AccountKey=Yg=="
HOME = "https://contoso.table.core.windows.net"
SECOND = "https://contoso-secondary.table.core.windows.net"
HOSTS = {
    "ServiceBusConnection": ".servicebus.windows.net, over TLS",
    "TablesConnection": ".table.core.windows.net, over https",
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "ServiceBusConnection",
            "endpoint=SB://a.servicebus.windows.net;SharedAccessKeyName=b;SharedAccessKey=c==;",
        ),
        ("ServiceBusConnection", f"{BUS};SharedAccessSignature=b"),
        (
            "ServiceBusConnection",
            f"{BUS};SharedAccessSignature=SharedAccessSignature sr=a&sig=b%3D&se=1&skn=c",
        ),
        ("ServiceBusConnection", f"{BUS};SharedAccessSignature=b;UseDevelopmentEmulator=false"),
        ("TablesConnection", f"{KEY};EndpointSuffix=core.windows.net"),
        ("TablesConnection", "DefaultEndpointsProtocol=HTTPS;AccountName=contoso;AccountKey=Yg=="),
        (
            "TablesConnection",
            "TableEndpoint=https://a.table.core.windows.net;SharedAccessSignature=b",
        ),
        (
            "TablesConnection",
            f"{KEY};TableEndpoint={HOME}/;TableSecondaryEndpoint={SECOND}/;BlobEndpoint={HOME};",
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
        f"{BUS} ; SharedAccessSignature=b",
        f"{BUS};;SharedAccessSignature=b",
    ],
)
def test_no_connection_string_of_service_bus(text: str) -> None:
    """
    A bare address, half a string and that of the tables are no connection string of Service Bus.
    """
    assert faults(ServiceBusConnection=text) == [
        "ServiceBusConnection: must be a connection string of Service Bus, with its key"
    ]


def test_key_of_one_queue_is_not_enough() -> None:
    """
    What the portal gives for one queue is told as that: the connector has more of them.
    """
    text = f"{BUS};SharedAccessKeyName=a;SharedAccessKey=b;EntityPath=changes"

    assert faults(ServiceBusConnection=text) == [
        "ServiceBusConnection: must be of the namespace, without EntityPath"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "https://a.table.core.windows.net",
        "AccountName=a",
        "AccountName=;AccountKey=Yg==",
        "AccountName=contoso;AccountKey=half-a-key",
        "UseDevelopmentStorage=false",
        "SharedAccessSignature=b",
        "UseDevelopmentStorage=true;",
        "AccountName=contoso; AccountKey=Yg==",
        "AccountName= contoso;AccountKey=Yg==",
        "AccountName=contoso;AccountKey=Yg==;=b",
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
        ("ServiceBusConnection", f"{BUS};SharedAccessSignature=b;UseDevelopmentEmulator=True"),
        ("TablesConnection", f"DefaultEndpointsProtocol=http;{KEY}"),
        ("TablesConnection", f"DefaultEndpointsProtocol=http;{KEY};TableEndpoint={HOME}"),
        ("TablesConnection", f"{KEY};TableEndpoint=http://contoso.table.core.windows.net"),
        ("TablesConnection", f"{KEY};TableEndpoint={HOME}/path"),
        ("TablesConnection", f"{KEY};TableEndpoint={HOME};TableSecondaryEndpoint=https://evil.nl"),
        ("TablesConnection", f"{KEY};TableEndpoint={HOME};TableSecondaryEndpoint={HOME}/path"),
        ("TablesConnection", "UseDevelopmentStorage=true"),
        *(
            ("TablesConnection", f"AccountName={account};AccountKey=Yg==")
            for account in (
                "evil.example/",
                "a@evil.example#",
                "evil.example?",
                "a:b@evil",
                "a.b",
            )
        ),
    ],
)
def test_connection_strings_lead_home(name: str, text: str) -> None:
    """
    A key is for its own product: a string that leads anywhere else, or unprotected, is refused.
    """
    assert faults(**{name: text}) == [f"{name}: must lead to a host of {HOSTS[name]}"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ServiceBusConnection", f"{BUS};SharedAccessSignature=b;endpoint=sb://evil.example/"),
        ("ServiceBusConnection", f"Endpoint=sb://evil.example/;{BUS};SharedAccessSignature=b"),
        ("TablesConnection", f"{KEY};TableEndpoint={HOME};tableendpoint=https://evil.example"),
        ("TablesConnection", f"{KEY};TableEndpoint={HOME}; TableEndpoint=https://evil.example"),
        ("TablesConnection", f"{KEY};AccountKey=Yg=="),
        ("TablesConnection", f"{KEY};TableEndpoint=;TableEndpoint={HOME}"),
    ],
)
def test_part_twice_is_told(name: str, text: str) -> None:
    """
    A part that is there twice may be read in two ways, and is named as what is wrong.
    """
    assert faults(**{name: text}) == [f"{name}: must have each part once"]
    assert faults(**LOCAL | {name: text}) == [f"{name}: must have each part once"]


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
    assert is_accepted(**LOCAL | {"TablesConnection": "UseDevelopmentStorage=true"})
    assert faults(**LOCAL | {"TablesConnection": f"{KEY};TableEndpoint={HOME}"}) == [
        "TablesConnection: must lead to this machine while LOCAL_STACK is true"
    ]
