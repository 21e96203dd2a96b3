"""What host.json says, as far as this host understands it."""

import json
import logging
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn, Self

from devstack.functions_host.errors import HostError

_log = logging.getLogger(__name__)

_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,7})?))?")
# Of all plans but Consumption.
_STANDARD_TIMEOUT = timedelta(minutes=30)
_UNLIMITED = "-1"
# What this host does itself, and what is about telemetry and packages, which it has not.
_TOP = {"version", "functionTimeout", "extensions"}
_PASSED = {"logging", "telemetryMode", "extensionBundle"}
_LONGEST_BATCH_WAIT = timedelta(seconds=150)
# Settings of sessions, which this host refuses at the function and not here.
_SESSIONS = {"maxConcurrentSessions", "maxConcurrentCallsPerSession", "sessionIdleTimeout"}


@dataclass(frozen=True, slots=True)
class RetryOptions:
    """Say how the Service Bus client repeats its own operations."""

    mode: str = "exponential"
    try_timeout: timedelta = timedelta(minutes=1)
    delay: timedelta = timedelta(milliseconds=800)
    max_delay: timedelta = timedelta(minutes=1)
    max_retries: int = 3


@dataclass(frozen=True, slots=True)
class ServiceBusOptions:
    """Hold extensions.serviceBus with the defaults of the 5.x extension."""

    prefetch_count: int = 0
    max_concurrent_calls: int = field(default_factory=lambda: 16 * (os.cpu_count() or 1))
    max_message_batch_size: int = 1000
    min_message_batch_size: int = 1
    max_batch_wait_time: timedelta = timedelta(seconds=30)
    auto_complete_messages: bool = True
    max_auto_lock_renewal_duration: timedelta = timedelta(minutes=5)
    transport_type: str = "amqpTcp"
    client_retry_options: RetryOptions = RetryOptions()

    def __post_init__(self) -> None:
        if self.min_message_batch_size > self.max_message_batch_size:
            raise HostError(
                "The minimum message batch size must be less than the maximum message batch size"
            )
        if self.max_batch_wait_time > _LONGEST_BATCH_WAIT:
            raise HostError("maxBatchWaitTime: the maximum allowed value is 2 minutes 30 seconds")
        if self.transport_type.lower() not in {"amqptcp", "amqpwebsockets"}:
            raise HostError("transportType must be amqpTcp or amqpWebSockets")


@dataclass(frozen=True, slots=True)
class HostFile:
    """Hold host.json."""

    route_prefix: str = "api"
    service_bus: ServiceBusOptions = ServiceBusOptions()
    function_timeout: timedelta | None = _STANDARD_TIMEOUT
    """None is without end."""

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read host.json, or raise with what is wrong in it."""
        content = _content(file)
        if content.get("version") != "2.0":
            raise HostError(f'{file.name} must say "version": "2.0"')

        extensions = _section(content, "extensions")
        _tell_unknown(content, _TOP | _PASSED, "")
        _tell_unknown(extensions, {"http", "serviceBus"}, "extensions.")

        return cls(
            route_prefix=_route_prefix(_section(extensions, "http")),
            service_bus=_options(
                ServiceBusOptions, _section(extensions, "serviceBus"), "extensions.serviceBus"
            ),
            function_timeout=_timeout(content.get("functionTimeout")),
        )


def _content(file: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise HostError(f"there is no {file.name} in {file.parent}") from error
    except ValueError as error:
        raise HostError(f"{file.name} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise HostError(f"{file.name} must hold an object")

    return content


def _section(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = content.get(name) or {}
    if not isinstance(section, dict):
        raise HostError(f"host.json: {name} must be an object")

    return section


def _tell_unknown(section: Mapping[str, Any], known: Collection[str], path: str) -> None:
    for name in section.keys() - set(known):
        _log.warning("host.json: %s%s IS NOT KNOWN TO THIS HOST and does nothing", path, name)


def _route_prefix(http: Mapping[str, Any]) -> str:
    _tell_unknown(http, {"routePrefix"}, "extensions.http.")
    prefix = http.get("routePrefix", "api")

    return prefix.strip("/") if isinstance(prefix, str) else _bad("extensions.http.routePrefix")


def _timeout(value: object) -> timedelta | None:
    if value is None:
        return _STANDARD_TIMEOUT
    if value == _UNLIMITED:
        return None

    timeout = parse_span(value, "functionTimeout")

    return timeout or _bad("functionTimeout")


def _options[T](kind: type[T], section: Mapping[str, Any], path: str) -> T:
    known = {_camel(part.name): part for part in fields(kind)}  # type: ignore[arg-type]
    _tell_unknown(section, known.keys() | _SESSIONS, f"{path}.")
    given = {
        known[name].name: _value(value, kind, known[name].name, f"{path}.{name}")
        for name, value in section.items()
        if name in known
    }

    return kind(**given)


def _value(value: object, kind: type, name: str, path: str) -> object:
    sample = getattr(kind(), name)
    if isinstance(sample, RetryOptions):
        return _options(RetryOptions, value, path) if isinstance(value, dict) else _bad(path)
    if isinstance(sample, timedelta):
        return parse_span(value, path)
    if type(value) is not type(sample):
        _bad(path)
    if isinstance(value, int) and value < 0:
        _bad(path)

    return value


def parse_span(value: object, path: str) -> timedelta:
    """Parse a .NET TimeSpan such as 00:05:00."""
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise HostError(f'host.json: {path} must be a time span such as "00:05:00"')

    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())

    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _bad(path: str) -> NoReturn:
    raise HostError(f"host.json: {path} has a value of the wrong kind")


def _camel(name: str) -> str:
    first, *rest = name.split("_")

    return first + "".join(part.capitalize() for part in rest)
