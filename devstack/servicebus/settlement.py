"""What a client's outcome does to a locked message.

https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide
"""

from collections.abc import Callable, Mapping
from typing import Any

from devstack.servicebus.conditions import (
    ACCEPTED,
    MODIFIED,
    NOT_IMPLEMENTED,
    REJECTED,
    RELEASED,
    RefusedError,
)
from devstack.servicebus.queue import Queue
from devstack.servicebus.values import Described

_UNDELIVERABLE_HERE, _ANNOTATIONS = 1, 2


def settle(queue: Queue, token: bytes, outcome: Described) -> None:
    """Apply an outcome, or refuse it."""
    apply = _OUTCOMES.get(outcome.descriptor)
    if apply is None:
        raise RefusedError(
            NOT_IMPLEMENTED, f"outcome {outcome.descriptor!r} is not supported by the emulator"
        )

    fields = outcome.value if isinstance(outcome.value, list) else []
    apply(queue, token, fields)


def _accept(queue: Queue, token: bytes, _: list[Any]) -> None:
    queue.complete(token)


def _release(queue: Queue, token: bytes, _: list[Any]) -> None:
    queue.release(token)


def _modify(queue: Queue, token: bytes, fields: list[Any]) -> None:
    if len(fields) > _ANNOTATIONS and fields[_ANNOTATIONS]:
        raise RefusedError(
            NOT_IMPLEMENTED, "properties to modify are not supported by the emulator"
        )

    if len(fields) > _UNDELIVERABLE_HERE and fields[_UNDELIVERABLE_HERE]:
        queue.defer(token)
    else:
        queue.abandon(token)


def _reject(queue: Queue, token: bytes, fields: list[Any]) -> None:
    error: Any = fields[0].value if fields and isinstance(fields[0], Described) else []
    _, description, info = (*error, None, None, None)[:3]
    told = info if isinstance(info, Mapping) else {}

    queue.dead_letter(
        token,
        told.get("DeadLetterReason"),
        told.get("DeadLetterErrorDescription", description),
    )


_OUTCOMES: dict[object, Callable[[Queue, bytes, list[Any]], None]] = {
    ACCEPTED: _accept,
    REJECTED: _reject,
    RELEASED: _release,
    MODIFIED: _modify,
}
