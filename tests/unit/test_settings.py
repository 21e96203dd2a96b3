from typing import Final
from uuid import UUID

import pytest

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.domain.decision import OnDelete
from connector.domain.errors import ConfigurationError
from connector.settings import ENTRA, SPOTLER, Settings

ZEROS = "00000000-0000-0000-0000-000000000000"
GUID = "7c1e9a52-4d0b-ef11-9f83-000d3adf4a10"
USER = "11111111-2222-3333-4444-5555555555aa"
SECRET = "do/not/tell/4711"
"""Is base64 too, as some keys must be."""

DEEP = "[" * 200_000
DEEP = "[" * 200_000
BUS = "Endpoint=sb://a.servicebus.windows.net/"
LEAST: Final = {
    "DATAVERSE_URL": "https://contoso.crm4.dynamics.com",
    "DATAVERSE_ORGANISATION_ID": GUID,
    "KEY_VAULT_URL": "https://contoso.vault.azure.net",
    "WEBHOOK_SECRET": SECRET,
    "ServiceBusConnection": f"{BUS};SharedAccessKeyName=a;SharedAccessKey={SECRET}",
    "TablesConnection": f"AccountName=a;AccountKey={SECRET}",
}


def faults(**changes: str | None) -> list[str]:
    """Return the lines of the error when these settings replace good ones."""
    changed = {name: value for name, value in (LEAST | changes).items() if value is not None}
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env(changed)

    title, *lines = str(caught.value).splitlines()
    assert title == "settings must be put right:"

    return [line.strip() for line in lines]


def is_accepted(**changes: str) -> bool:
    try:
        Settings.from_env(LEAST | changes)
    except ConfigurationError:
        return False

    return True


def test_defaults_serve_most() -> None:
    """
    Who sets only what nobody else can know gets the vendors' addresses and the usual patience.
    """
    settings = Settings.from_env(LEAST)

    assert settings.spotler_url == SPOTLER
    assert settings.dataverse_authority == ENTRA
    assert settings.on_delete is OnDelete.WITHDRAW
    assert settings.webhook_auth == "header"
    assert (settings.retry_first_seconds, settings.retry_attempts) == (2.0, 22)
    assert settings.time_zone == "Europe/Amsterdam"
    assert settings.local_stack is False
    assert settings.dataverse_secret is None


def test_dialect_is_switched_by_name() -> None:
    """
    What is not proven about Spotler is switched in one setting, each switch by its name.
    """
    settings = Settings.from_env(LEAST | {"SPOTLER_DIALECT": '{"bare_404_is_unknown": true}'})

    assert settings.spotler_dialect == SpotlerDialect(bare_404_is_unknown=True)


def test_nobody_signs_in_by_default() -> None:
    """
    Until an operator says where, nobody signs in anywhere.
    """
    assert Settings.from_env(LEAST).entra_issuer() is None


def test_sign_in_is_of_one_tenant() -> None:
    """
    The issuer is the tenant's own, in Entra's spelling, however the ids were pasted.
    """
    settings = Settings.from_env(
        LEAST
        | {"ENTRA_TENANT_ID": GUID.upper(), "ENTRA_CLIENT_ID": USER.upper()}
        | {"ENTRA_ALLOWED_CLIENTS": f"{GUID.upper()} , {USER}"}
    )

    assert settings.entra_issuer() == f"https://login.microsoftonline.com/{GUID}/v2.0"
    assert str(settings.entra_client) == USER
    assert settings.entra_allowed_clients == {UUID(GUID), UUID(USER)}


@pytest.mark.parametrize(
    "text", ["{", DEEP, "[]", '{"no_such_switch": true}', '{"usual_wait": "x"}']
)
def test_unknown_dialect_is_named(text: str) -> None:
    """
    A dialect that is not understood is no setting.
    """
    with pytest.raises(ConfigurationError, match="SPOTLER_DIALECT: "):
        Settings.from_env(LEAST | {"SPOTLER_DIALECT": text})


def test_everything_missing_is_named_at_once() -> None:
    """
    An operator who begins with nothing learns in one go all that is needed.
    """
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env({"PATH": "/bin"})

    assert str(caught.value).splitlines()[1:] == [
        "  DATAVERSE_URL: is missing",
        "  DATAVERSE_ORGANISATION_ID: is missing",
        "  KEY_VAULT_URL: is missing (or SECRETS_FILE on the local stack)",
        "  WEBHOOK_SECRET: is missing (or set WEBHOOK_AUTH=key)",
        "  ServiceBusConnection: is missing (or __fullyQualifiedNamespace for an identity)",
        "  TablesConnection: is missing (or __endpoint for an identity)",
    ]


def test_everything_wrong_is_named_at_once() -> None:
    """
    Missing, malformed and contradictory settings stand in one error, each on its line.
    """
    lines = faults(
        LOCAL_STACK="perhaps",
        DATAVERSE_URL="https://evil.example",
        DATAVERSE_ORGANISATION_ID="contoso",
        DATAVERSE_USER_ID="me",
        DATAVERSE_AUTHORITY="https://login.example",
        DATAVERSE_CLIENT_SECRET=SECRET,
        ENTRA_AUTHORITY="https://login.example",
        ENTRA_TENANT_ID="contoso",
        ENTRA_CLIENT_ID="the page",
        ENTRA_ALLOWED_CLIENTS="a script",
        SPOTLER_URL="http://restapi.mailplus.nl",
        SPOTLER_DIALECT='{"zone": "Mars"}',
        KEY_VAULT_URL="https://evil.example",
        WEBHOOK_AUTH="none",
        WEBHOOK_SECRET=None,
        ServiceBusConnection__fullyQualifiedNamespace="https://evil.example/x",
        ServiceBusConnection="nonsense",
        TablesConnection__endpoint="http://evil.example",
        TablesConnection="nonsense",
        ON_DELETE="purge",
        RETRY_FIRST_SECONDS="0",
        RETRY_ATTEMPTS="many",
        TIME_ZONE="Amsterdam",
    )

    assert [line.partition(":")[0] for line in lines] == [
        "LOCAL_STACK",
        "DATAVERSE_URL",
        "DATAVERSE_ORGANISATION_ID",
        "DATAVERSE_USER_ID",
        "DATAVERSE_AUTHORITY",
        "DATAVERSE_TENANT_ID",
        "DATAVERSE_CLIENT_ID",
        "SPOTLER_URL",
        "SPOTLER_DIALECT",
        "KEY_VAULT_URL",
        "ENTRA_AUTHORITY",
        "ENTRA_TENANT_ID",
        "ENTRA_CLIENT_ID",
        "ENTRA_ALLOWED_CLIENTS",
        "WEBHOOK_AUTH",
        "WEBHOOK_SECRET",
        "ServiceBusConnection__fullyQualifiedNamespace",
        "ServiceBusConnection",
        "TablesConnection__endpoint",
        "TablesConnection",
        "ON_DELETE",
        "RETRY_FIRST_SECONDS",
        "RETRY_ATTEMPTS",
        "TIME_ZONE",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({"DATAVERSE_URL": ""}, "DATAVERSE_URL: is missing", id="blank"),
        pytest.param({"DATAVERSE_URL": " \n"}, "DATAVERSE_URL: is missing", id="space"),
        pytest.param(
            {"SECRETS_FILE": "secrets"},
            "SECRETS_FILE: must be set on the local stack alone",
            id="file in azure",
        ),
        pytest.param(
            {"SECRETS_FILE": "secrets", "LOCAL_STACK": "true"},
            "KEY_VAULT_URL: must not be set together with SECRETS_FILE",
            id="two places for a secret",
        ),
        pytest.param(
            {"DATAVERSE_ORGANISATION_ID": "contoso"},
            "DATAVERSE_ORGANISATION_ID: must be a GUID",
            id="name for an id",
        ),
        pytest.param(
            {"ON_DELETE": "purge"},
            "ON_DELETE: must be 'withdraw', 'anonymise' or 'keep'",
            id="unknown choice",
        ),
        pytest.param(
            {"RETRY_ATTEMPTS": "0"},
            "RETRY_ATTEMPTS: must be greater than or equal to 1",
            id="no attempt",
        ),
        pytest.param(
            {"RETRY_ATTEMPTS": "101"},
            "RETRY_ATTEMPTS: must be less than or equal to 100",
            id="too many attempts",
        ),
        pytest.param(
            {"RETRY_FIRST_SECONDS": "nan"},
            "RETRY_FIRST_SECONDS: must be less than or equal to 3600",
            id="no number",
        ),
        pytest.param(
            {"RETRY_FIRST_SECONDS": "5", "RETRY_LONGEST_SECONDS": "4.9"},
            "RETRY_LONGEST_SECONDS: must not be less than RETRY_FIRST_SECONDS",
            id="longest before first",
        ),
        pytest.param(
            {"RETRY_LONGEST_SECONDS": "1"},
            "RETRY_LONGEST_SECONDS: must not be less than RETRY_FIRST_SECONDS",
            id="longest before the usual first",
        ),
        pytest.param(
            {"TIME_ZONE": "../etc/passwd"},
            "TIME_ZONE: must be the name of a time zone, such as Europe/Amsterdam",
            id="no time zone",
        ),
        pytest.param(
            {"DATAVERSE_CLIENT_SECRET": SECRET, "DATAVERSE_TENANT_ID": "contoso"},
            "DATAVERSE_CLIENT_ID: must be set with DATAVERSE_CLIENT_SECRET",
            id="secret of nobody",
        ),
        pytest.param(
            {"ENTRA_TENANT_ID": GUID},
            "ENTRA_CLIENT_ID: must be set together with ENTRA_TENANT_ID",
            id="tenant of no application",
        ),
        pytest.param(
            {"ENTRA_CLIENT_ID": GUID},
            "ENTRA_CLIENT_ID: must be set together with ENTRA_TENANT_ID",
            id="application of no tenant",
        ),
        pytest.param(
            {"ENTRA_TENANT_ID": "contoso.onmicrosoft.com", "ENTRA_CLIENT_ID": GUID},
            "ENTRA_TENANT_ID: must be a GUID",
            id="tenant by its name",
        ),
        pytest.param(
            {"ENTRA_ALLOWED_CLIENTS": f"{GUID},"},
            "ENTRA_ALLOWED_CLIENTS: must be a GUID",
            id="list with a hole",
        ),
        pytest.param(
            {"WEBHOOK_SECRET": f" {'b' * 15} "},
            "WEBHOOK_SECRET: must have at least 16 characters",
            id="short secret",
        ),
        pytest.param(
            {"WEBHOOK_SECRET_PREVIOUS": "b"},
            "WEBHOOK_SECRET_PREVIOUS: must have at least 16 characters",
            id="short old secret",
        ),
        pytest.param(
            {"DATAVERSE_URL": "https://contoso.crm4.dynamics.com/api/data/v9.2"},
            "DATAVERSE_URL: must be the root of the environment, without a path",
            id="address with a path",
        ),
        pytest.param(
            {"DATAVERSE_TENANT_ID": "a/../b"},
            "DATAVERSE_TENANT_ID: must be the id or the domain of a tenant",
            id="tenant that is a path",
        ),
        pytest.param(
            {"TablesConnection": SECRET},
            "TablesConnection: must be a connection string of Table Storage, with its key",
            id="key for a connection string",
        ),
        pytest.param(
            {"DATAVERSE_ORGANISATION_ID": ZEROS},
            "DATAVERSE_ORGANISATION_ID: must not be zeros",
            id="zeros for an organisation",
        ),
        pytest.param(
            {"DATAVERSE_USER_ID": ZEROS},
            "DATAVERSE_USER_ID: must not be zeros",
            id="zeros for a user",
        ),
        pytest.param(
            {"WEBHOOK_SECRET": "first line\nsecond line"},
            "WEBHOOK_SECRET: must be one line of printable characters: a header carries it",
            id="secret of two lines",
        ),
        pytest.param(
            {"WEBHOOK_SECRET_PREVIOUS": "a secret with a \x00 in it"},
            "WEBHOOK_SECRET_PREVIOUS: must be one line of printable characters:"
            " a header carries it",
            id="old secret with a zero",
        ),
        pytest.param(
            {"SPOTLER_DIALECT": '{"usual_wait": -1}'},
            "SPOTLER_DIALECT: usual_wait must be greater than or equal to 0 seconds",
            id="negative wait",
        ),
        pytest.param(
            {"SPOTLER_DIALECT": '{"zone": "Mars"}'},
            "SPOTLER_DIALECT: zone must be the name of a time zone, such as Europe/Amsterdam",
            id="zone of another planet",
        ),
        pytest.param(
            {
                "TablesConnection": "",
                "TablesConnection__endpoint": "http://a.table.core.windows.net",
            },
            "TablesConnection__endpoint: must be an https address of .table.core.windows.net",
            id="plain address of the tables",
        ),
        pytest.param(
            {
                "ServiceBusConnection": "",
                "ServiceBusConnection__fullyQualifiedNamespace": "sb://a.servicebus.windows.net",
            },
            "ServiceBusConnection__fullyQualifiedNamespace: must be a bare host of"
            " .servicebus.windows.net",
            id="address for a namespace",
        ),
        pytest.param(
            {"SPOTLER_DIALECT": '{"bare_404": true}'},
            "SPOTLER_DIALECT: bare_404 is not known",
            id="unknown switch",
        ),
        pytest.param(
            {"DATAVERSE_URL": "https://contoso.example"},
            "DATAVERSE_URL: must be an https address of .dynamics.com",
            id="another host",
        ),
    ],
)
def test_fault_is_told_in_words(changes: dict[str, str], line: str) -> None:
    """
    Each line says which setting is wrong and what it must be.
    """
    assert faults(**changes) == [line]


@pytest.mark.parametrize(
    ("without", "instead"),
    [
        ("WEBHOOK_SECRET", {"WEBHOOK_AUTH": "key"}),
        (
            "ServiceBusConnection",
            {"ServiceBusConnection__fullyQualifiedNamespace": "a.servicebus.windows.net"},
        ),
        ("TablesConnection", {"TablesConnection__endpoint": "https://a.table.core.windows.net"}),
    ],
)
def test_one_of_two_is_enough(without: str, instead: dict[str, str]) -> None:
    """
    The function key can stand alone, and an identity can stand in for a connection string.
    """
    assert is_accepted(**{without: "", **instead})


def test_client_secret_needs_its_owner() -> None:
    """
    A secret with tenant and client is an app registration; without any there is an identity.
    """
    settings = Settings.from_env(
        LEAST
        | {
            "DATAVERSE_CLIENT_SECRET": SECRET,
            "DATAVERSE_TENANT_ID": "contoso",
            "DATAVERSE_CLIENT_ID": GUID,
        }
    )

    assert (settings.dataverse_tenant, settings.dataverse_client) == ("contoso", GUID)


def test_two_webhook_secrets_live() -> None:
    """
    While a secret is rotated both are accepted, the current one first.
    """
    settings = Settings.from_env(
        LEAST | {"WEBHOOK_SECRET_PREVIOUS": "é" * 16, "WEBHOOK_SECRET": f" {'b' * 16} "}
    )

    assert settings.webhook_secrets() == (b"b" * 16, ("é" * 16).encode())


def test_secrets_do_not_show() -> None:
    """
    Whoever prints the settings sees no secret.
    """
    secrets = ("DATAVERSE_CLIENT_SECRET", "WEBHOOK_SECRET_PREVIOUS")
    owner = {"DATAVERSE_TENANT_ID": "t", "DATAVERSE_CLIENT_ID": "c"}
    settings = Settings.from_env(LEAST | owner | dict.fromkeys(secrets, SECRET))

    assert SECRET not in f"{settings} {settings!r} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    "name", [field.alias for field in Settings.model_fields.values() if field.alias]
)
def test_error_never_repeats_a_value(name: str) -> None:
    """
    A secret pasted into the wrong setting does not end up in a log, nor in a traceback.
    """
    values = LEAST | {name: SECRET, "ON_DELETE": "purge"}

    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env(values)

    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
