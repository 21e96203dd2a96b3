"""Names of functions, queues and routes are contracts: others were told them."""

import importlib
import json
import sys
from collections.abc import Mapping
from typing import Any

import azure.functions as func
import pytest

from connector.settings import Settings
from devstack.servicebus.config import read_config
from devstack.servicebus.emulator import CONFIG
from tests.example_settings import EXAMPLE_VALUES


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
        "manage_audit": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/audit",
            "methods": ["GET"],
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
        "manage_queues": {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "route": "manage/queues",
            "methods": ["GET"],
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


def test_app_loads_whatever_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    With every setting missing, empty, senseless or huge the app has all of its functions.
    """
    names = {str(field.alias) for field in Settings.model_fields.values()}
    expected = set(bindings_of(_load({}, monkeypatch)))
    assert "dataverse_webhook" in expected

    for text in SENSELESS:
        for name in names:
            assert set(bindings_of(_load(EXAMPLE_VALUES | {name: text}, monkeypatch))) == expected
        assert set(bindings_of(_load(dict.fromkeys(names, text), monkeypatch))) == expected


def test_faults_are_told_at_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """
    The log says of each setting that is wrong what must be true, and holds no value.
    """
    _load(EXAMPLE_VALUES | {"WEBHOOK_SECRET": "canary", "TIME_ZONE": "Mars"}, monkeypatch)

    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "settings must be put right: WEBHOOK_SECRET: must have at least 16 characters",
        f"settings must be put right: TIME_ZONE: {NO_ZONE}",
    ]
    assert "canary" not in caplog.text


NO_ZONE = "must be the name of a time zone, such as Europe/Amsterdam"
SENSELESS = (
    "",
    " ",
    "0",
    "null",
    "=;=;",
    "\udcff",
    "\u2028é\x1b",
    "[" * 5_000,
    "9" * 5_000,
    "," * 5_000,
    "https://[",
    "Endpoint=sb://[::1",
)


def _load(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> func.FunctionApp:
    """Load the app under exactly these settings."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "function_app", raising=False)
    loaded: func.FunctionApp = importlib.import_module("function_app").app

    return loaded
