import pytest

from connector.settings import Settings
from tests.unit.least_settings import LEAST, LOCAL, faults, is_accepted

HOSTS = {
    "DATAVERSE_URL": "contoso.crm4.dynamics.com",
    "DATAVERSE_AUTHORITY": "login.microsoftonline.com",
    "ENTRA_AUTHORITY": "login.microsoftonline.com",
    "SPOTLER_URL": "restapi.mailplus.nl",
    "KEY_VAULT_URL": "contoso.vault.azure.net",
    "TablesConnection__endpoint": "contoso.table.core.windows.net",
}
NAMESPACE = "ServiceBusConnection__fullyQualifiedNamespace"


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize(
    "trick",
    [
        pytest.param("http://{}", id="plain http"),
        pytest.param("ftp://{}", id="another scheme"),
        pytest.param("//{}", id="no scheme"),
        pytest.param("{}", id="host alone"),
        pytest.param("https:{}", id="no slashes"),
        pytest.param("https:///{}", id="three slashes"),
        pytest.param("https://evil.com/{}", id="in the path"),
        pytest.param("https://evil.com?{}", id="in the query"),
        pytest.param("https://evil.com#{}", id="in the fragment"),
        pytest.param("https://evil.com#@{}", id="behind a fragment"),
        pytest.param("https://evil.com\\.{}", id="backslash"),
        pytest.param("https://evil.com\\@{}", id="backslash and userinfo"),
        pytest.param("https://user@{}", id="user"),
        pytest.param("https://user:password@{}", id="user and password"),
        pytest.param("https://@{}", id="empty user"),
        pytest.param("https://{}@evil.com", id="host as user"),
        pytest.param("https://{}:password@evil.com", id="host as user with password"),
        pytest.param("https://{}.evil.com", id="as a subdomain"),
        pytest.param("https://{}.", id="dot at the end"),
        pytest.param("https://{}%2eevil.com", id="escaped dot"),
        pytest.param("https://{}%00.evil.com", id="escaped zero"),
        pytest.param("https://evil.com%23.{}", id="escaped fragment"),
        pytest.param("https://{}:8443", id="another port"),
        pytest.param("https://{}:80", id="port of http"),
        pytest.param("https://{}:0", id="port zero"),
        pytest.param("https://{}:443@evil.com", id="port as password"),
        pytest.param("https://{}:x", id="no port"),
        pytest.param("https://{}?redirect=https://evil.com", id="query"),
        pytest.param("https://{}?", id="empty query"),
        pytest.param("https://{}#top", id="fragment"),
        pytest.param("https://{}\tevil.com", id="tab"),
        pytest.param("https://evil.com\n.{}", id="line break"),
        pytest.param("https://evil.com .{}", id="space"),
        pytest.param("https://evil.com\u3002{}", id="ideographic dot"),
        pytest.param("https://evil.com\uff0f{}", id="fullwidth slash"),
        pytest.param("https://127.0.0.1", id="loopback"),
        pytest.param("https://localhost", id="loopback by name"),
        pytest.param("http://[::1]:8080", id="loopback, version 6"),
        pytest.param("https://169.254.169.254", id="metadata service"),
    ],
)
def test_no_trick_leads_elsewhere(name: str, trick: str) -> None:
    """
    Our secrets go to the vendors' own hosts, over https, whatever an address looks like.
    """
    [fault] = faults(**{name: trick.format(HOSTS[name])})

    assert fault.startswith(f"{name}: must be an https address of ")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("DATAVERSE_URL", "https://evil-dynamics.com"),
        ("DATAVERSE_URL", "https://dynamics.com"),
        ("DATAVERSE_URL", "https://.dynamics.com"),
        ("DATAVERSE_URL", "https://contoso..dynamics.com"),
        ("DATAVERSE_URL", "https://contoso.dynamics.com.evil.com"),
        ("DATAVERSE_URL", "https://contoso.crm4.dynamics.community"),
        ("DATAVERSE_AUTHORITY", "https://evil.login.microsoftonline.com"),
        ("DATAVERSE_AUTHORITY", "https://login-microsoftonline.com"),
        ("SPOTLER_URL", "https://evil-restapi.mailplus.nl"),
        ("SPOTLER_URL", "https://mailplus.nl"),
        ("KEY_VAULT_URL", "https://vault.azure.net"),
        ("KEY_VAULT_URL", "https://evil-vault.azure.net"),
        ("KEY_VAULT_URL", "https://contoso.vault.azure.net.evil.com"),
        ("TablesConnection__endpoint", "https://table.core.windows.net"),
        ("TablesConnection__endpoint", "https://contoso.blob.core.windows.net"),
    ],
)
def test_similar_host_is_another_host(name: str, address: str) -> None:
    """
    A host that only resembles the vendor's is refused: names are compared by whole labels.
    """
    assert not is_accepted(**{name: address})


@pytest.mark.parametrize(
    "name",
    [
        "https://evil.com/x",
        "evil.com",
        "https://contoso.servicebus.windows.net",
        "sb://contoso.servicebus.windows.net/",
        "contoso.servicebus.windows.net/",
        "contoso.servicebus.windows.net:5671",
        "contoso.servicebus.windows.net:443",
        "contoso.servicebus.windows.net.evil.com",
        "contoso.servicebus.windows.net.",
        "user@contoso.servicebus.windows.net",
        "contoso.servicebus.windows.net@evil.com",
        "evil.com#.servicebus.windows.net",
        "evil.com/.servicebus.windows.net",
        "evil.com\n.servicebus.windows.net",
        "evilservicebus.windows.net",
        "servicebus.windows.net",
        ".servicebus.windows.net",
        "127.0.0.1",
    ],
)
def test_namespace_is_a_bare_host(name: str) -> None:
    """
    A namespace is the name of a host of Service Bus, with nothing around it.
    """
    [fault] = faults(**{NAMESPACE: name})

    assert fault == f"{NAMESPACE}: must be a bare host of .servicebus.windows.net"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost:5672", "[::1]:5672"])
def test_local_namespace_is_loopback(name: str) -> None:
    """
    On the local stack a namespace may be our own machine, at any port, and nothing else.
    """
    assert is_accepted(**LOCAL | {NAMESPACE: name})
    assert not is_accepted(**{NAMESPACE: name, "LOCAL_STACK": "false"})
    assert not is_accepted(**LOCAL | {NAMESPACE: f"evil.{name}"})


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("DATAVERSE_URL", "https://contoso.crm4.dynamics.com/"),
        ("DATAVERSE_URL", "https://contoso.crm4.dynamics.com:443"),
        ("DATAVERSE_URL", "HTTPS://Contoso.CRM4.Dynamics.com"),
        ("DATAVERSE_URL", "  https://contoso.crm4.dynamics.com\n"),
        ("SPOTLER_URL", "https://restapi.mailplus.nl/integrationservice-1.1.0"),
        ("TablesConnection__endpoint", "https://contoso.table.core.windows.net/"),
        (NAMESPACE, "Contoso.ServiceBus.windows.net"),
    ],
)
def test_honest_ways_to_write(name: str, address: str) -> None:
    """
    The vendor's host in any honest way of writing is accepted.
    """
    assert is_accepted(**{name: address})


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("http://127.0.0.1:8080", True),
        ("https://localhost", True),
        ("http://[::1]:8080/", True),
        ("http://user@127.0.0.1", False),
        ("ftp://127.0.0.1", False),
        ("http://127.0.0.1.evil.com", False),
        ("http://127.0.0.1:65535", True),
        ("http://127.0.0.1:65536", False),
        ("http://127.0.0.1:99999", False),
        ("http://127.0.0.1:0", False),
        ("http://localhost.evil.com", False),
        ("http://0.0.0.0", False),
        ("http://127.1", False),
        ("http://2130706433", False),
        ("http://10.0.0.1", False),
        ("https://evil.com", False),
    ],
)
def test_local_stack_opens_loopback_only(name: str, address: str, good: bool) -> None:
    """
    The switch of the local stack allows our own machine, also over http, and nothing else.
    """
    assert is_accepted(**LOCAL | {name: address}) is good
    assert not is_accepted(**{name: address, "LOCAL_STACK": "false"})


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"WEBSITE_HOSTNAME": "contoso.azurewebsites.net"}, "https://contoso.azurewebsites.net"),
        ({"PUBLIC_URL": "https://sync.contoso.nl/"}, "https://sync.contoso.nl"),
        (
            {"PUBLIC_URL": "https://sync.contoso.nl", "WEBSITE_HOSTNAME": "x.azurewebsites.net"},
            "https://sync.contoso.nl",
        ),
        (LOCAL | {"WEBSITE_HOSTNAME": "127.0.0.1:7071"}, "http://127.0.0.1:7071"),
        (LOCAL | {"PUBLIC_URL": "http://localhost:7071"}, "http://localhost:7071"),
        ({}, None),
    ],
    ids=["azure", "own", "own before azure", "local", "local and own", "unknown"],
)
def test_own_address(given: dict[str, str], address: str | None) -> None:
    """
    Azure tells the name of the app; a domain of one's own goes before it.
    """
    found = Settings.from_env(LEAST | given).webhook_address()

    assert found == (None if address is None else f"{address}/api/webhooks/dataverse")


@pytest.mark.parametrize(
    "address",
    [
        "http://contoso.azurewebsites.net",
        "https://contoso.azurewebsites.net/api",
        "https://user@contoso.azurewebsites.net",
        "https://contoso.azurewebsites.net?x",
        "https://contoso.azurewebsites.net:0",
        "ftp://contoso.azurewebsites.net",
        "https://",
    ],
)
def test_own_address_is_an_origin(address: str) -> None:
    """
    Our own address is https and a host, and nothing behind it; the value is not repeated.
    """
    assert faults(PUBLIC_URL=address) == ["PUBLIC_URL: must be an https address without a path"]


REAL = {
    **{name: f"https://{host}" for name, host in HOSTS.items()},
    NAMESPACE: "contoso.servicebus.windows.net",
    "ServiceBusConnection": "Endpoint=sb://a.servicebus.windows.net/;SharedAccessSignature=b",
    "TablesConnection": "AccountName=contoso;AccountKey=Yg==",
}


@pytest.mark.parametrize("name", REAL)
def test_local_stack_reaches_no_vendor(name: str) -> None:
    """
    With the switch of the local stack every address is of this machine: none is a vendor's.
    """
    [fault] = faults(**LOCAL | {name: REAL[name]})

    assert fault.startswith(f"{name}: must ")
    assert fault.endswith(" this machine while LOCAL_STACK is true")


@pytest.mark.parametrize("name", ["DATAVERSE_AUTHORITY", "ENTRA_AUTHORITY", "SPOTLER_URL"])
def test_default_address_is_a_vendors(name: str) -> None:
    """
    An address that is left out is the vendor's, and not for the local stack.
    """
    assert faults(**LOCAL | {name: ""}) == [
        f"{name}: must be an address of this machine while LOCAL_STACK is true"
    ]


@pytest.mark.parametrize(
    "name", ["WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "LEGION_SERVICE_HOST"]
)
def test_azure_has_no_local_stack(name: str) -> None:
    """
    Where Azure's own variables are set nobody plays: demonstration keys would be good there.
    """
    assert faults(**{name: "1", "LOCAL_STACK": "true"}) == [
        "LOCAL_STACK: must not be true in Azure"
    ]
    assert "LOCAL_STACK: must not be true in Azure" in faults(**LOCAL | {name: "1"})
    assert is_accepted(**{name: "1"})


def test_core_tools_have_a_local_stack() -> None:
    """
    What Core Tools set on a developer's machine does not make it Azure.
    """
    of_core_tools = {"WEBSITE_HOSTNAME": "localhost:7071", "FUNCTIONS_WORKER_RUNTIME": "python"}

    assert is_accepted(**LOCAL | of_core_tools)
