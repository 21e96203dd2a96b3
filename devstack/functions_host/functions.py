"""The functions of an app, as its metadata describes them."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import uniform
from typing import Any, Self

from devstack.functions_host.errors import HostError

HTTP = "httpTrigger"
TIMER = "timerTrigger"
SERVICE_BUS = "serviceBusTrigger"

_HOSTED = {HTTP, TIMER, SERVICE_BUS}
_OUTPUTS = {"http", "serviceBus"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Say how often and when a failed timer runs again."""

    most: int
    shortest: timedelta
    longest: timedelta
    grows: bool

    @classmethod
    def from_options(cls, options: Any) -> Self:  # noqa: ANN401 - a record of the worker library
        """Read what @app.retry says."""
        if options.retry_strategy == "fixed_delay":
            delay = options.delay_interval
            return cls(options.max_retry_count, delay, delay, grows=False)

        return cls(
            options.max_retry_count, options.minimum_interval, options.maximum_interval, grows=True
        )

    def allows(self, attempt: int) -> bool:
        """Tell whether a retry may follow; -1 means for ever."""
        return self.most == -1 or attempt <= self.most

    def delay(self, attempt: int) -> float:
        """Return the seconds to wait before a retry, the first being 1."""
        if not self.grows:
            return self.shortest.total_seconds()

        grown = self.shortest.total_seconds() * 2 ** (attempt - 1) * uniform(0.8, 1.2)

        return float(min(grown, self.longest.total_seconds()))


@dataclass(frozen=True, slots=True)
class HostedFunction:
    """Describe one function: what triggers it and where its results go."""

    name: str
    id: str
    trigger: Mapping[str, Any]
    outputs: tuple[Mapping[str, Any], ...]
    retry: RetryPolicy | None

    @classmethod
    def from_metadata(cls, record: Any) -> Self:  # noqa: ANN401 - a record of the worker library
        """Read a function's metadata, or raise with what this host cannot do."""
        bindings = [json.loads(binding) for binding in record.raw_bindings]
        triggers = [part for part in bindings if part["type"].endswith("Trigger")]
        outputs = [part for part in bindings if part not in triggers]
        if len(triggers) != 1:
            raise HostError(f"function '{record.name}' must have exactly one trigger")

        _refuse_unhosted(record.name, triggers[0], outputs)
        policy = RetryPolicy.from_options(record.retry_options) if record.retry_options else None
        if policy and triggers[0]["type"] != TIMER:
            _log.warning("function '%s': @app.retry works for timers only, ignored", record.name)
            policy = None

        return cls(record.name, record.function_id, triggers[0], tuple(outputs), policy)

    @property
    def kind(self) -> str:
        """Return the type of the trigger."""
        return str(self.trigger["type"])

    @property
    def argument(self) -> str:
        """Return the name of the parameter that takes the trigger's data."""
        return str(self.trigger["name"])

    @property
    def route(self) -> str:
        """Return the route of an HTTP function, without the prefix."""
        return str(self.trigger.get("route", self.name)).strip("/")

    @property
    def takes_many(self) -> bool:
        """Tell whether a queue function takes a batch of messages."""
        return bool(self.trigger.get("cardinality") == "MANY")

    @property
    def is_binary(self) -> bool:
        """Tell whether message bodies come as bytes and not as text."""
        return bool(self.trigger.get("dataType") == "BINARY")


def _refuse_unhosted(
    name: str, trigger: Mapping[str, Any], outputs: Iterable[Mapping[str, Any]]
) -> None:
    if trigger["type"] not in _HOSTED:
        raise HostError(f"function '{name}': this host has no {trigger['type']}")
    if "topicName" in trigger or trigger.get("isSessionsEnabled"):
        raise HostError(f"function '{name}': this host has queues without sessions, no more")
    for output in outputs:
        if output["direction"] != "OUT" or output["type"] not in _OUTPUTS or "topicName" in output:
            raise HostError(f"function '{name}': this host has no binding {output['type']} here")
