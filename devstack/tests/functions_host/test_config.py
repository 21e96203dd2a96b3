"""host.json and the settings."""

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from devstack.functions_host.errors import HostError
from devstack.functions_host.hostfile import HostFile, ServiceBusOptions
from devstack.functions_host.settings import Settings


def _file(folder: Path, content: object) -> Path:
    file = folder / "host.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))

    return file


def _bus(folder: Path, options: dict[str, Any]) -> ServiceBusOptions:
    content = {"version": "2.0", "extensions": {"serviceBus": options}}

    return HostFile.read(_file(folder, content)).service_bus


def test_defaults_are_the_extensions(tmp_path: Path) -> None:
    """
    What host.json leaves out has the default of the 5.x extension.
    """
    file = HostFile.read(_file(tmp_path, {"version": "2.0"}))

    assert file.route_prefix == "api"
    assert file.service_bus.prefetch_count == 0
    assert file.service_bus.max_message_batch_size == 1000
    assert file.service_bus.max_auto_lock_renewal_duration == timedelta(minutes=5)


def test_every_option_is_read(tmp_path: Path) -> None:
    """
    All options of queues without sessions are read.
    """
    options = _bus(
        tmp_path,
        {
            "prefetchCount": 7,
            "maxConcurrentCalls": 3,
            "maxMessageBatchSize": 100,
            "minMessageBatchSize": 2,
            "maxBatchWaitTime": "00:00:01.500",
            "autoCompleteMessages": False,
            "maxAutoLockRenewalDuration": "00:10:00",
            "transportType": "amqpWebSockets",
            "clientRetryOptions": {"mode": "fixed", "maxRetries": 9, "delay": "00:00:02"},
        },
    )

    assert (options.prefetch_count, options.max_concurrent_calls) == (7, 3)
    assert (options.min_message_batch_size, options.max_message_batch_size) == (2, 100)
    assert options.max_batch_wait_time == timedelta(seconds=1.5)
    assert options.max_auto_lock_renewal_duration == timedelta(minutes=10)
    assert not options.auto_complete_messages
    assert options.transport_type == "amqpWebSockets"
    assert options.client_retry_options.mode == "fixed"
    assert options.client_retry_options.max_retries == 9
    assert options.client_retry_options.delay == timedelta(seconds=2)


def test_unknown_option_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    An option that this host does not know is told of by its full name; those of sessions are known.
    """
    with caplog.at_level(logging.WARNING):
        _bus(tmp_path, {"messageHandlerOptions": {}, "sessionIdleTimeout": "00:00:05"})

    [record] = caplog.records
    assert "extensions.serviceBus.messageHandlerOptions" in record.getMessage()


def test_every_unknown_key_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    A key that this host does not know is told of at every level; what is about logs may pass.
    """
    content = {
        "version": "2.0",
        "logging": {},
        "extensionBundle": {},
        "singleton": {},
        "extensions": {"queues": {}, "http": {"maxOutstandingRequests": 5}},
    }

    with caplog.at_level(logging.WARNING):
        HostFile.read(_file(tmp_path, content))

    told = {record.getMessage().split()[1] for record in caplog.records}
    assert told == {"singleton", "extensions.queues", "extensions.http.maxOutstandingRequests"}


@pytest.mark.parametrize(
    ("given", "timeout"),
    [
        pytest.param({}, timedelta(minutes=30), id="standard"),
        pytest.param({"functionTimeout": "00:04:30"}, timedelta(minutes=4.5), id="span"),
        pytest.param({"functionTimeout": "-1"}, None, id="without end"),
    ],
)
def test_timeout_is_read(tmp_path: Path, given: object, timeout: timedelta | None) -> None:
    """
    The functionTimeout is a span, or -1 for none.
    """
    content = {"version": "2.0", **cast("dict[str, object]", given)}

    assert HostFile.read(_file(tmp_path, content)).function_timeout == timeout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"minMessageBatchSize": 2000}, "must be less than", id="min over max"),
        pytest.param({"maxBatchWaitTime": "00:03:00"}, "maximum allowed", id="long wait"),
        pytest.param({"maxBatchWaitTime": "soon"}, "time span", id="no span"),
        pytest.param({"maxBatchWaitTime": 5}, "time span", id="number for a span"),
        pytest.param({"prefetchCount": "many"}, "wrong kind", id="no number"),
        pytest.param({"prefetchCount": True}, "wrong kind", id="bool for a number"),
        pytest.param({"prefetchCount": -1}, "wrong kind", id="negative"),
        pytest.param({"transportType": "carrier pigeon"}, "transportType", id="transport"),
        pytest.param({"clientRetryOptions": 3}, "wrong kind", id="retry options"),
    ],
)
def test_bad_option_is_refused(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    """
    An option with a value that cannot be meant stops the host.
    """
    with pytest.raises(HostError, match=said):
        _bus(tmp_path, options)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("{", "not JSON", id="broken"),
        pytest.param([], "must hold an object", id="array"),
        pytest.param({}, "version", id="no version"),
        pytest.param({"version": "1.0"}, "version", id="old version"),
        pytest.param({"version": "2.0", "extensions": [1]}, "must be an object", id="section"),
        pytest.param({"version": "2.0", "functionTimeout": 5}, "time span", id="timeout"),
        pytest.param({"version": "2.0", "functionTimeout": "00:00:00"}, "wrong kind", id="no time"),
        pytest.param(
            {"version": "2.0", "extensions": {"http": {"routePrefix": 5}}},
            "routePrefix has a value of the wrong kind",
            id="route prefix",
        ),
    ],
)
def test_bad_host_file_is_refused(tmp_path: Path, content: object, said: str) -> None:
    """
    A host.json that Azure would refuse stops the host.
    """
    with pytest.raises(HostError, match=said):
        HostFile.read(_file(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("{", "not JSON", id="broken"),
        pytest.param({"IsEncrypted": False}, "'Values'", id="no values"),
        pytest.param({"Values": {"A": {}}}, "A does", id="nested"),
    ],
)
def test_bad_settings_are_refused(tmp_path: Path, content: object, said: str) -> None:
    """
    A settings file that Core Tools would refuse stops the host.
    """
    with pytest.raises(HostError, match=said):
        Settings.read(_file(tmp_path, content))


def test_missing_settings_are_refused(tmp_path: Path) -> None:
    """
    A settings file that is not there stops the host.
    """
    with pytest.raises(HostError, match="cannot be read"):
        Settings.read(tmp_path / "gone.json")


def test_names_are_expanded() -> None:
    """
    Every %NAME% in a text is replaced, and a name that is not set is refused.
    """
    settings = Settings({"A": "1", "B": "2"})

    assert settings.expand("x-%A%-%B%") == "x-1-2"
    with pytest.raises(HostError, match="no setting 'C'"):
        settings.expand("%C%")
