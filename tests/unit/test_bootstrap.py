import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.adapters.dataverse.auth import ClientSecretTokens, ManagedIdentityTokens
from connector.adapters.entra.tokens import EntraSignIn
from connector.adapters.secrets.file import FileSecretStore
from connector.adapters.secrets.key_vault import KeyVaultSecretStore
from connector.adapters.sign_in_settings import SignInSettings
from connector.bootstrap import CHATTY, Services, build, crm, services
from connector.bootstrap.start import make_sign_in
from connector.domain.back_off import BackOff
from connector.domain.errors import ConfigurationError
from connector.domain.licence import InvalidLicenceError
from connector.settings import SPOTLER, Settings
from devstack.stack.demonstration_licence import demonstration_licence
from tests.unit.least_settings import LOCAL

GUID = "7c1e9a52-4d0b-ef11-9f83-000d3adf4a10"
USER = "11111111-2222-3333-4444-555555555555"
ENVIRONMENT = {
    "DATAVERSE_URL": "https://contoso.crm4.dynamics.com/",
    "DATAVERSE_ORGANISATION_ID": GUID.upper(),
    "KEY_VAULT_URL": "https://contoso.vault.azure.net",
    "WEBHOOK_SECRET": "the-current-secret",
    "WEBHOOK_SECRET_PREVIOUS": "the-previous-secret",
    "ServiceBusConnection": "Endpoint=sb://one.servicebus.windows.net;SharedAccessKeyName=a;SharedAccessKey=YQ==",
    "TablesConnection": "AccountName=one;AccountKey=YQ==",
}
APP = {
    "DATAVERSE_TENANT_ID": "tenant",
    "DATAVERSE_CLIENT_ID": "client",
    "DATAVERSE_CLIENT_SECRET": "secret",
}


@pytest.fixture(autouse=True)
def _levels() -> Iterator[None]:
    """Leave the levels of the loggers as they were."""
    before = {name: logging.getLogger(name).level for name in CHATTY}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def built(**changes: str) -> Services:
    return build(Settings.from_env(ENVIRONMENT | changes))


def test_nothing_is_opened_by_building() -> None:
    """
    Services are wired without a network and outside an event loop: the host only indexes.
    """
    known = built()

    assert known.ourselves.organisation == GUID
    assert known.ourselves.user is None
    assert known.webhook_secrets == (b"the-current-secret", b"the-previous-secret")


def test_own_user_is_known_where_told() -> None:
    """
    Our user in the CRM is compared as the CRM writes it, in lower case.
    """
    assert built(DATAVERSE_USER_ID=USER.upper()).ourselves.user == USER


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param(APP, ClientSecretTokens, id="app registration"),
        pytest.param({}, ManagedIdentityTokens, id="identity of the app"),
        pytest.param({"DATAVERSE_CLIENT_ID": "client"}, ManagedIdentityTokens, id="an identity"),
    ],
)
def test_sign_in_follows_settings(changes: dict[str, str], kind: type) -> None:
    """
    With a secret we sign in as an app registration, without one as a managed identity.
    """
    settings = Settings.from_env(ENVIRONMENT | changes)

    assert isinstance(crm._make_tokens(settings), kind)


def test_people_sign_in_where_told() -> None:
    """
    People sign in where the settings say; where these say nothing, nobody does.
    """
    told = SignInSettings.from_env({"ENTRA_TENANT_ID": GUID, "ENTRA_CLIENT_ID": USER})

    assert isinstance(make_sign_in(told), EntraSignIn)
    assert make_sign_in(SignInSettings.from_env({})) is None


def test_back_off_follows_settings() -> None:
    """
    How long and how often something is tried again is for the operator to say.
    """
    before = datetime.now(UTC)

    known = built(RETRY_FIRST_SECONDS="0.5", RETRY_LONGEST_SECONDS="60", RETRY_ATTEMPTS="3")
    try_again = known.try_again()

    assert try_again.back_off == BackOff(timedelta(seconds=0.5), timedelta(minutes=1), 3)
    assert before <= try_again.now <= datetime.now(UTC)


@pytest.mark.parametrize(
    "name",
    ["httpx", "httpcore.connection", "azure.core.pipeline.policies", "azure.identity", "msal"],
)
def test_libraries_are_silent(name: str) -> None:
    """
    No library logs the addresses that it calls, for they hold ids and filters.
    """
    built()

    assert not logging.getLogger(name).isEnabledFor(logging.INFO)
    assert logging.getLogger(name).isEnabledFor(logging.WARNING)


async def test_close_before_use() -> None:
    """
    Services that never opened anything close without a word, as often as asked.
    """
    known = built(**APP)

    await known.close()
    await known.close()


async def test_everything_is_closed_in_order() -> None:
    """
    The queue is finished first, and one that fails to close keeps no other open.
    """
    closed: list[str] = []

    async def close_queue() -> None:
        closed.append("queue")
        raise OSError("reset")

    async def close_tables() -> None:
        closed.append("tables")

    known = replace(built(), closing=(close_queue, close_tables))

    with pytest.raises(OSError, match="reset"):
        await known.close()

    assert closed == ["queue", "tables"]


def test_process_has_one_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    All functions of a process share their connections.
    """
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    services.cache_clear()

    assert services() is services()

    services.cache_clear()


def test_bad_settings_make_no_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    With a setting missing there are no services, however often they are asked for.
    """
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    services.cache_clear()

    for _ in range(2):
        with pytest.raises(ConfigurationError, match="KEY_VAULT_URL: is missing"):
            services()


def test_secret_lies_where_told(tmp_path: Path) -> None:
    """
    Spotler's secret lies in the key vault, and on the local stack in a file.
    """
    local = LOCAL | {"KEY_VAULT_URL": "", "SECRETS_FILE": str(tmp_path / "one")}

    assert isinstance(built().connecting.secrets, KeyVaultSecretStore)
    assert isinstance(built(**local).connecting.secrets, FileSecretStore)


async def test_file_closes_without_a_word(tmp_path: Path) -> None:
    """
    A file is not open between two calls, so there is nothing to close.
    """
    local = LOCAL | {"KEY_VAULT_URL": "", "SECRETS_FILE": str(tmp_path / "one")}

    await built(**local, **APP).close()


def test_demonstration_licences_no_vendor() -> None:
    """
    The demonstration key counts on a stack of this machine; beside one real address nothing starts.
    """
    code = demonstration_licence(GUID)

    built(**LOCAL).licence.examine(code)
    with pytest.raises(InvalidLicenceError):
        built().licence.examine(code)
    for name in ("DATAVERSE_URL", "SPOTLER_URL", "ServiceBusConnection", "TablesConnection"):
        with pytest.raises(ConfigurationError, match=f"{name}: must .* this machine"):
            built(**LOCAL | {name: (ENVIRONMENT | {"SPOTLER_URL": SPOTLER})[name]})
