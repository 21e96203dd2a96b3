"""The configuration: Microsoft's format, and a clear word for what is not built."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from devstack.servicebus import ConfigError, QueueSettings, read_config
from devstack.servicebus.config import parse_config
from devstack.servicebus.emulator import CONFIG


def a_config(**properties: object) -> dict[str, Any]:
    queue = {"Name": "one", "Properties": properties}

    return {"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [queue]}]}}


def test_own_config_has_queues() -> None:
    """
    The stack's own configuration holds the three queues of the connector, all alike.
    """
    config = read_config(CONFIG)

    assert config.namespace == "sbemulatorns"
    assert [queue.name for queue in config.queues] == ["changes", "priority", "jobs"]
    assert {
        QueueSettings(
            name=queue.name,
            lock_duration=timedelta(minutes=5),
            max_delivery_count=10,
            default_time_to_live=timedelta(days=14),
            dead_letters_expired=True,
            detects_duplicates=True,
            duplicate_window=timedelta(minutes=10),
        )
        for queue in config.queues
    } == set(config.queues)


def test_lock_duration_can_be_replaced() -> None:
    """
    A test can shorten the locks of every queue.
    """
    config = read_config(CONFIG).with_lock_of(0.5)

    assert {queue.lock_duration for queue in config.queues} == {timedelta(seconds=0.5)}


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        pytest.param("PT30S", timedelta(seconds=30), id="seconds"),
        pytest.param("PT1M30S", timedelta(seconds=90), id="minutes"),
        pytest.param("PT0.5S", timedelta(seconds=0.5), id="fraction"),
    ],
)
def test_durations_are_iso(text: str, duration: timedelta) -> None:
    """
    Durations are written as ISO 8601 does.
    """
    [queue] = parse_config(a_config(LockDuration=text)).queues

    assert queue.lock_duration == duration


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        pytest.param({"RequiresSession": True}, "set RequiresSession to false", id="session"),
        pytest.param({"ForwardTo": "other"}, 'set ForwardTo to ""', id="forward"),
        pytest.param(
            {"ForwardDeadLetteredMessagesTo": "x"},
            'set ForwardDeadLetteredMessagesTo to ""',
            id="forward-dead-letters",
        ),
        pytest.param({"EnablePartitioning": True}, "remove EnablePartitioning", id="unknown"),
        pytest.param({"LockDuration": "PT6M"}, "at most PT5M", id="lock-too-long"),
        pytest.param({"LockDuration": "PT0S"}, "more than zero", id="lock-too-short"),
        pytest.param({"LockDuration": 30}, "ISO 8601", id="number"),
        pytest.param({"LockDuration": "P"}, "ISO 8601", id="nothing"),
        pytest.param({"LockDuration": "P1M"}, "ISO 8601", id="month"),
        pytest.param({"DefaultMessageTimeToLive": "PT0S"}, "more than zero", id="no-life"),
        pytest.param({"MaxDeliveryCount": 0}, "at least 1", id="no-delivery"),
        pytest.param({"MaxDeliveryCount": "3"}, "whole number", id="text-count"),
        pytest.param({"RequiresDuplicateDetection": "yes"}, "true or false", id="text-flag"),
        pytest.param(
            {"DuplicateDetectionHistoryTimeWindow": "PT1S"}, "between PT20S and P7D", id="window"
        ),
    ],
)
def test_unsupported_property_refused(properties: dict[str, object], told: str) -> None:
    """
    What is not built or not allowed is refused with what to do about it.
    """
    with pytest.raises(ConfigError, match=told):
        parse_config(a_config(**properties))


def without_queues(config: dict[str, Any]) -> None:
    config["UserConfig"]["Namespaces"][0]["Queues"] = []


def with_topic(config: dict[str, Any]) -> None:
    config["UserConfig"]["Namespaces"][0]["Topics"] = [{"Name": "t"}]


def with_second_namespace(config: dict[str, Any]) -> None:
    config["UserConfig"]["Namespaces"] *= 2


def with_same_queue_twice(config: dict[str, Any]) -> None:
    config["UserConfig"]["Namespaces"][0]["Queues"] *= 2


def with_nameless_queue(config: dict[str, Any]) -> None:
    config["UserConfig"]["Namespaces"][0]["Queues"][0]["Name"] = ""


def with_something_else(config: dict[str, Any]) -> None:
    config["UserConfig"]["Plugins"] = {}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(without_queues, "at least one queue", id="no-queues"),
        pytest.param(with_topic, "topics are not supported", id="topics"),
        pytest.param(with_second_namespace, "exactly one namespace", id="namespaces"),
        pytest.param(with_same_queue_twice, "its own name", id="same-name"),
        pytest.param(with_nameless_queue, "not empty", id="no-name"),
        pytest.param(with_something_else, "remove Plugins", id="unknown"),
        pytest.param(dict.clear, "UserConfig must be", id="empty"),
    ],
)
def test_wrong_document_refused(spoil: Callable[[dict[str, Any]], None], told: str) -> None:
    """
    A document of another shape is refused with what to do about it.
    """
    config = a_config()
    spoil(config)

    with pytest.raises(ConfigError, match=told):
        parse_config(json.loads(json.dumps(config)))
