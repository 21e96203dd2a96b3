"""What a client's outcome does to a locked message.

https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide
"""

from collections.abc import Callable, Mapping
from typing import Any

from devstack.servicebus.conditions import (
    ACCEPTED,
    ARGUMENT_ERROR,
    MODIFIED,
    NOT_IMPLEMENTED,
    REJECTED,
    RELEASED,
    RefusedError,
)
from devstack.servicebus.queue import Queue
from devstack.servicebus.values import Described

_UNDELIVERABLE_HERE, _ANNOTATIONS = 1, 2
_REASON, _DESCRIPTION = "DeadLetterReason", "DeadLetterErrorDescription"


def settle(queue: Queue, token: bytes, outcome: Described) -> None:
    """Apply an outcome, or refuse it."""
    apply = _OUTCOMES.get(outcome.descriptor)
    if apply is None:
        raise RefusedError(
            NOT_IMPLEMENTED, f"outcome {outcome.descriptor!r} is not supported by the emulator"
        )

    fields = outcome.value if isinstance(outcome.value, list) else []
    apply(queue, token, fields)


def changes_of(properties: object) -> dict[str, object]:
    """Return the application properties that a client changes as it settles a message.

    They are called properties to modify; only simple values can be properties.
    """
    given = {} if properties is None else properties
    if not isinstance(given, Mapping):
        raise RefusedError(ARGUMENT_ERROR, "the properties to modify must be a map")

    changes: dict[str, object] = {}
    for name, value in given.items():
        if not isinstance(name, str) or isinstance(value, list | Mapping):
            raise RefusedError(
                ARGUMENT_ERROR, "a property to modify must have a text as name and a simple value"
            )

        # Annotations have symbols as names, application properties have texts.
        changes[str(name)] = value

    return changes


def _accept(queue: Queue, token: bytes, _: list[Any]) -> None:
    queue.complete(token)


def _release(queue: Queue, token: bytes, _: list[Any]) -> None:
    queue.release(token)


def _modify(queue: Queue, token: bytes, fields: list[Any]) -> None:
    changes = changes_of(fields[_ANNOTATIONS] if len(fields) > _ANNOTATIONS else None)
    if len(fields) > _UNDELIVERABLE_HERE and fields[_UNDELIVERABLE_HERE]:
        queue.defer(token, changes)
    else:
        queue.abandon(token, changes)


def _reject(queue: Queue, token: bytes, fields: list[Any]) -> None:
    error: Any = fields[0].value if fields and isinstance(fields[0], Described) else []
    _, description, info = (*error, None, None, None)[:3]
    told = info if isinstance(info, Mapping) else {}
    changes = changes_of({name: told[name] for name in told if name not in (_REASON, _DESCRIPTION)})

    queue.dead_letter(token, told.get(_REASON), told.get(_DESCRIPTION, description), changes)


_OUTCOMES: dict[object, Callable[[Queue, bytes, list[Any]], None]] = {
    ACCEPTED: _accept,
    REJECTED: _reject,
    RELEASED: _release,
    MODIFIED: _modify,
}
