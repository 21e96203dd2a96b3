"""Names of settings are contracts, and the example shows them all."""

import pytest

from connector.settings import Settings
from devstack.dataverse.options import DataverseOptions
from devstack.functions_host.settings import Settings as HostSettings
from devstack.identity import IdentityOptions
from devstack.servicebus.emulator import ServiceBusEmulator
from devstack.stack.settings import connector_settings
from tests.example_settings import EXAMPLE, EXAMPLE_VALUES

OF_THE_HOST = {
    "AzureWebJobsStorage",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
    "FUNCTIONS_WORKER_RUNTIME",
}
"""Settings that the Functions host reads and the connector does not."""


SETTINGS = {str(field.alias) for field in Settings.model_fields.values()}


def test_settings_are_these() -> None:
    """
    What a setting is called is written in templates, in documents and in heads.
    """
    assert {
        "DATAVERSE_AUTHORITY",
        "DATAVERSE_CLIENT_ID",
        "DATAVERSE_CLIENT_SECRET",
        "DATAVERSE_ORGANISATION_ID",
        "DATAVERSE_TENANT_ID",
        "DATAVERSE_URL",
        "DATAVERSE_USER_ID",
        "ENTRA_ALLOWED_CLIENTS",
        "ENTRA_AUTHORITY",
        "ENTRA_CLIENT_ID",
        "ENTRA_TENANT_ID",
        "JOB_STANDSTILL_SECONDS",
        "KEY_VAULT_CLIENT_ID",
        "KEY_VAULT_URL",
        "LOCAL_STACK",
        "ON_DELETE",
        "PUBLIC_URL",
        "RETRY_ATTEMPTS",
        "RETRY_FIRST_SECONDS",
        "RETRY_LONGEST_SECONDS",
        "SECRETS_FILE",
        "SPOTLER_DIALECT",
        "SPOTLER_URL",
        "ServiceBusConnection",
        "ServiceBusConnection__clientId",
        "ServiceBusConnection__fullyQualifiedNamespace",
        "TIME_ZONE",
        "TablesConnection",
        "TablesConnection__clientId",
        "TablesConnection__endpoint",
        "WEBHOOK_AUTH",
        "WEBHOOK_PATIENCE_SECONDS",
        "WEBHOOK_SECRET",
        "WEBHOOK_SECRET_PREVIOUS",
    } == SETTINGS


def test_example_has_every_setting() -> None:
    """
    Who copies the example sees all that can be set, and nothing that nobody reads.
    """
    assert set(EXAMPLE_VALUES) - OF_THE_HOST == SETTINGS
    assert set(EXAMPLE_VALUES) >= OF_THE_HOST


def test_example_shows_defaults() -> None:
    """
    What need not be set stands in the example as it is when left out.
    """
    local = {"LOCAL_STACK", "DATAVERSE_AUTHORITY", "ENTRA_AUTHORITY", "SPOTLER_URL"}
    example = Settings.from_env(EXAMPLE_VALUES)
    for name, field in Settings.model_fields.items():
        if not field.is_required() and field.default is not None and field.alias not in local:
            assert getattr(example, name) == field.default


def test_example_is_local_stack() -> None:
    """
    The example's secrets are for demonstration: they open the simulators, and nothing else.
    """
    dataverse, identity = DataverseOptions(), IdentityOptions()
    servicebus = ServiceBusEmulator(port=5672).connection_string
    stack = connector_settings(
        servicebus={"connection_string": servicebus},
        spotler={
            "base": EXAMPLE_VALUES["SPOTLER_URL"],
        },
        dataverse={
            "url": EXAMPLE_VALUES["DATAVERSE_URL"],
            "authority": EXAMPLE_VALUES["DATAVERSE_URL"],
            "tenant_id": dataverse.tenant_id,
            "client_id": dataverse.client_id,
            "client_secret": dataverse.client_secret,
            "organisation_id": dataverse.organisation_id,
            "application_user_id": dataverse.application_user_id,
        },
        identity={
            "authority": EXAMPLE_VALUES["ENTRA_AUTHORITY"],
            "tenant_id": identity.tenant,
            "client_id": identity.client,
        },
        tables="UseDevelopmentStorage=true",
        secrets_file=EXAMPLE_VALUES["SECRETS_FILE"],
    )

    assert {name: EXAMPLE_VALUES[name] for name in stack} == stack


def test_example_is_read_by_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The example is a file that the hosts understand, and its settings are good.
    """
    for name in EXAMPLE_VALUES:
        monkeypatch.delenv(name, raising=False)

    values = HostSettings.read(EXAMPLE).values

    assert values["FUNCTIONS_WORKER_RUNTIME"] == "python"
    assert Settings.from_env(values).local_stack
