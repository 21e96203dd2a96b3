"""Names of functions, queues, routes and settings are contracts: others were told them."""

import importlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from connector.domain.errors import ConfigurationError
from connector.settings import Settings
from devstack.dataverse.options import DataverseOptions
from devstack.functions_host.settings import Settings as HostSettings
from devstack.identity import IdentityOptions
from devstack.servicebus.config import read_config
from devstack.servicebus.emulator import CONFIG, ServiceBusEmulator
from devstack.stack.settings import connector_settings

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "local.settings.example.json"

EXAMPLE_VALUES: dict[str, str] = json.loads(EXAMPLE.read_text())["Values"]
HOST: Mapping[str, Any] = json.loads((ROOT / "host.json").read_text())

OF_THE_HOST = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"}
"""Settings that the Functions host reads and the connector does not."""


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> func.FunctionApp:
    """Load the app as a host does, under the settings of the example."""
    for name, value in EXAMPLE_VALUES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "function_app", raising=False)
    loaded: func.FunctionApp = importlib.import_module("function_app").app

    return loaded


def bindings_of(app: func.FunctionApp) -> dict[str, dict[str, Any]]:
    """Return what the host is told of each function's trigger, by the function's name."""
    return {
        str(function.get_function_name()): json.loads(function.get_raw_bindings()[0])
        for function in app.get_functions()
    }


def test_functions_are_these(app: func.FunctionApp) -> None:
    """
    Every function has its name, trigger, route or queue, key level and connection.
    """
    assert bindings_of(app) == {
        "dataverse_webhook": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "webhooks/dataverse",
            "methods": ["POST"],
            "authLevel": "FUNCTION",
        },
        "sync_changes": {
            "direction": "IN",
            "type": "serviceBusTrigger",
            "name": "messages",
            "queueName": "changes",
            "connection": "ServiceBusConnection",
            "cardinality": "MANY",
            "dataType": "BINARY",
        },
        "run_jobs": {
            "direction": "IN",
            "type": "serviceBusTrigger",
            "name": "message",
            "queueName": "jobs",
            "connection": "ServiceBusConnection",
            "dataType": "BINARY",
            "cardinality": "ONE",
        },
        "wake_jobs": {
            "direction": "IN",
            "type": "timerTrigger",
            "name": "timer",
            "schedule": "0 * * * * *",
            "runOnStartup": False,
            "useMonitor": False,
        },
        "health": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "health",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "config_page": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "config",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "config_file": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "config/{*file}",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_sign_in": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/sign-in",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_me": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/me",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_jobs": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/jobs",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_start_job": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/jobs",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
        "manage_job": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/jobs/{id}",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_pause_job": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/jobs/{id}/pause",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
        "manage_resume_job": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/jobs/{id}/resume",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
        "manage_cancel_job": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/jobs/{id}/cancel",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
        "manage_bookmarks": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/bookmarks",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_record_counts": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/records/counts",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_records": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/records",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_record": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/records/{table}/{id}",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_export_records": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/records/export",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_send_records": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/records/send",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
        "manage_send_all_records": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/records/send-all",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
        "manage_parked": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/parked",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_send_parked": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/parked/send",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
        "manage_discard_parked": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/parked/discard",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
        "manage_connection": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/connection",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_save_connection": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/connection",
            "methods": ["PUT"],
            "authLevel": "ANONYMOUS",
        },
        "manage_test_connection": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/connection/test",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
        "manage_dead_letters": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/dead-letters",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_send_dead_letters": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/dead-letters/send",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
        "manage_openapi": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/openapi.json",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_mappings": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/mappings",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_mapping_examples": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/mappings/examples",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_columns": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/columns",
            "methods": ["GET"],
            "authLevel": "ANONYMOUS",
        },
        "manage_save_mappings": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/mappings",
            "methods": ["PUT"],
            "authLevel": "ANONYMOUS",
        },
        "manage_restore_mappings": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/mappings/restore",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
        "manage_refresh_mappings": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/mappings/refresh",
            "methods": ["POST"],
            "authLevel": "ANONYMOUS",
        },
    }


def test_routes_are_allowed(app: func.FunctionApp) -> None:
    """
    No route begins as the host's own do: it would not start.
    """
    routes = [one["route"] for one in bindings_of(app).values() if "route" in one]

    assert not [route for route in routes if route.startswith(("admin", "runtime"))]


def test_queues_exist(app: func.FunctionApp) -> None:
    """
    Every queue that a function listens to is one that the stack has.
    """
    listened = {one["queueName"] for one in bindings_of(app).values() if "queueName" in one}

    assert listened <= {queue.name for queue in read_config(CONFIG).queues}


def test_queues_keep_their_promises() -> None:
    """
    A batch has five minutes, a message ten deliveries and fourteen days, and no twin.
    """
    for queue in read_config(CONFIG).queues:
        assert queue.lock_duration.total_seconds() == 300
        assert queue.max_delivery_count == 10
        assert queue.default_time_to_live is not None
        assert queue.default_time_to_live.days == 14
        assert queue.dead_letters_expired
        assert queue.detects_duplicates


def test_host_is_set_so() -> None:
    """
    Batches of a hundred, nothing fetched ahead, and an end before the locks' own.
    """
    assert HOST["version"] == "2.0"
    assert HOST["telemetryMode"] == "OpenTelemetry"
    assert HOST["functionTimeout"] == "00:04:30"
    assert HOST["extensions"]["http"] == {"routePrefix": "api"}
    assert HOST["extensions"]["serviceBus"] == {
        "prefetchCount": 0,
        "autoCompleteMessages": True,
        "maxAutoLockRenewalDuration": "00:05:00",
        "maxConcurrentCalls": 8,
        "minMessageBatchSize": 1,
        "maxMessageBatchSize": 100,
    }


def test_host_finds_its_extensions() -> None:
    """
    A Python app gets the Service Bus trigger from the bundle of version 4.
    """
    assert HOST["extensionBundle"] == {
        "id": "Microsoft.Azure.Functions.ExtensionBundle",
        "version": "[4.0.0, 5.0.0)",
    }


def test_host_does_not_tell_addresses() -> None:
    """
    The host's own clients log warnings only: their everyday lines hold addresses.
    """
    assert HOST["logging"]["logLevel"]["Azure.Core"] == "Warning"


def test_app_does_not_load_half_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    With a setting missing the app fails when it is loaded, not at the first message.
    """
    for name, value in (EXAMPLE_VALUES | {"WEBHOOK_SECRET": ""}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "function_app", raising=False)

    with pytest.raises(ConfigurationError, match="WEBHOOK_SECRET: is missing"):
        importlib.import_module("function_app")


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
