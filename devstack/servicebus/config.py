"""Read Microsoft's `Config.json` of the Service Bus emulator, and refuse what is not built.

https://learn.microsoft.com/azure/service-bus-messaging/test-locally-with-service-bus-emulator
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any


class ConfigError(ValueError):
    """Say what must be changed in a configuration."""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What a queue does with its messages; the defaults are those of a new queue in Azure."""

    name: str
    lock_duration: timedelta = timedelta(minutes=1)
    max_delivery_count: int = 10
    default_time_to_live: timedelta | None = None
    dead_letters_expired: bool = False
    detects_duplicates: bool = False
    duplicate_window: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class NamespaceConfig:
    """A namespace and its queues."""

    namespace: str
    queues: tuple[QueueSettings, ...]

    def with_lock_of(self, seconds: float | None) -> "NamespaceConfig":
        """Return the same queues with another lock duration, or unchanged for None."""
        if seconds is None:
            return self

        if not 0 < seconds <= _LONGEST_LOCK.total_seconds():
            raise ConfigError("--lock-seconds must be more than 0 and at most 300, which is PT5M")

        lock = timedelta(seconds=seconds)
        return replace(
            self, queues=tuple(replace(queue, lock_duration=lock) for queue in self.queues)
        )


_LONGEST_LOCK = timedelta(minutes=5)
_LONGEST_WINDOW = timedelta(days=7)
_SHORTEST_WINDOW = timedelta(seconds=20)

_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)

_QUEUE_PROPERTIES = {
    "DeadLetteringOnMessageExpiration",
    "DefaultMessageTimeToLive",
    "DuplicateDetectionHistoryTimeWindow",
    "ForwardDeadLetteredMessagesTo",
    "ForwardTo",
    "LockDuration",
    "MaxDeliveryCount",
    "RequiresDuplicateDetection",
    "RequiresSession",
}


def read_config(path: Path) -> NamespaceConfig:
    """Read a configuration file."""
    try:
        return parse_config(json.loads(path.read_text(encoding="utf-8")))
    except json.JSONDecodeError as exc:
        raise ConfigError(f"{path} must be JSON: {exc}") from exc


def parse_config(document: object) -> NamespaceConfig:
    """Check a configuration and return its one namespace."""
    whole = _only(_mapping(document, "the document"), {"UserConfig"}, "the document")
    user = _mapping(whole.get("UserConfig"), "UserConfig")
    settings = _only(user, {"Namespaces", "Logging"}, "UserConfig")
    namespaces = settings.get("Namespaces")
    if not isinstance(namespaces, list) or len(namespaces) != 1:
        raise ConfigError("UserConfig.Namespaces must hold exactly one namespace")

    return _namespace(_mapping(namespaces[0], "Namespaces[0]"))


def _namespace(document: Mapping[str, Any]) -> NamespaceConfig:
    _only(document, {"Name", "Queues", "Topics"}, "Namespaces[0]")
    if document.get("Topics"):
        raise ConfigError("topics are not supported: remove Topics and use queues")

    queues = tuple(_queue(_mapping(queue, "a queue")) for queue in document.get("Queues", []))
    names = [queue.name.lower() for queue in queues]
    if not names or len(set(names)) != len(names):
        raise ConfigError("Queues must hold at least one queue, each with its own name")

    return NamespaceConfig(_text(document, "Name"), queues)


def _queue(document: Mapping[str, Any]) -> QueueSettings:
    name = _text(_only(document, {"Name", "Properties"}, "a queue"), "Name")
    where = f"Properties of queue {name}"
    properties = _only(_mapping(document.get("Properties", {}), where), _QUEUE_PROPERTIES, where)
    _refuse_unsupported(properties, where)

    standard = QueueSettings(name)
    queue = QueueSettings(
        name=name,
        lock_duration=_duration(properties, "LockDuration", standard.lock_duration),
        max_delivery_count=_count(properties, "MaxDeliveryCount", standard.max_delivery_count),
        default_time_to_live=_duration(properties, "DefaultMessageTimeToLive", None),
        dead_letters_expired=_flag(properties, "DeadLetteringOnMessageExpiration"),
        detects_duplicates=_flag(properties, "RequiresDuplicateDetection"),
        duplicate_window=_duration(
            properties, "DuplicateDetectionHistoryTimeWindow", standard.duplicate_window
        ),
    )
    _check_ranges(queue, where)

    return queue


def _refuse_unsupported(properties: Mapping[str, Any], where: str) -> None:
    if _flag(properties, "RequiresSession"):
        raise ConfigError(f"{where}: sessions are not supported: set RequiresSession to false")

    for name in ("ForwardTo", "ForwardDeadLetteredMessagesTo"):
        if properties.get(name):
            raise ConfigError(f'{where}: forwarding is not supported: set {name} to ""')


def _check_ranges(queue: QueueSettings, where: str) -> None:
    if not timedelta() < queue.lock_duration <= _LONGEST_LOCK:
        raise ConfigError(f"{where}: LockDuration must be more than zero and at most PT5M")

    if queue.max_delivery_count < 1:
        raise ConfigError(f"{where}: MaxDeliveryCount must be at least 1")

    if queue.default_time_to_live is not None and queue.default_time_to_live <= timedelta():
        raise ConfigError(f"{where}: DefaultMessageTimeToLive must be more than zero")

    if not _SHORTEST_WINDOW <= queue.duplicate_window <= _LONGEST_WINDOW:
        raise ConfigError(
            f"{where}: DuplicateDetectionHistoryTimeWindow must be between PT20S and P7D"
        )


def _only(document: Mapping[str, Any], known: set[str], where: str) -> Mapping[str, Any]:
    unknown = sorted(set(document) - known)
    if unknown:
        raise ConfigError(
            f"{where} has settings that are not supported: remove {', '.join(unknown)}"
        )

    return document


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where} must be a JSON object")

    return value


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{name} must be a text that is not empty")

    return value


def _flag(properties: Mapping[str, Any], name: str) -> bool:
    value = properties.get(name, False)
    if not isinstance(value, bool):
        raise ConfigError(f"{name} must be true or false")

    return value


def _count(properties: Mapping[str, Any], name: str, standard: int) -> int:
    value = properties.get(name, standard)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigError(f"{name} must be a whole number")

    return value


def _duration[T: timedelta | None](
    properties: Mapping[str, Any], name: str, standard: T
) -> timedelta | T:
    if name not in properties:
        return standard

    value = properties[name]
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    parts = {unit: float(number) for unit, number in match.groupdict("0").items()} if match else {}
    if not match or not any(match.groups()):
        raise ConfigError(f"{name} must be an ISO 8601 duration such as PT5M, P14D or PT1H30M")

    return timedelta(**parts)
