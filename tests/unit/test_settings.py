"""The environment is read once, and what most people want need not be said."""

from uuid import UUID

import pytest

from connector.adapters.sign_in_settings import ENTRA
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.domain.decision import OnDelete
from connector.settings import SPOTLER, Settings
from tests.unit.least_settings import GUID, LEAST, SECRET, is_accepted

USER = "11111111-2222-3333-4444-5555555555aa"


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
