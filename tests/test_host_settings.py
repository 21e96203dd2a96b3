"""What the host and the queues promise, the connector relies on."""

import json
from collections.abc import Mapping
from typing import Any

from devstack.servicebus.config import read_config
from devstack.servicebus.emulator import CONFIG
from tests.example_settings import ROOT

HOST: Mapping[str, Any] = json.loads((ROOT / "host.json").read_text())


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
