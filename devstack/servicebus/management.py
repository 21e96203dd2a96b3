"""What clients ask of a queue beside sending and receiving.

https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response
"""

import uuid
from collections.abc import Callable
from typing import Any

from devstack.servicebus.conditions import (
    ARGUMENT_ERROR,
    NOT_IMPLEMENTED,
    RefusedError,
)
from devstack.servicebus.message import ACTIVE, DEFERRED, SCHEDULED, Message, to_milliseconds
from devstack.servicebus.nodes import Answer, Node, Request
from devstack.servicebus.queue import Queue
from devstack.servicebus.sections import read_messages
from devstack.servicebus.settlement import changes_of
from devstack.servicebus.values import Array, Timestamp

_NO_CONTENT = 204
_RECEIVE_AND_DELETE = 0
_PREFIX = "com.microsoft:"


def management_node(queue: Queue) -> Node:
    """Return the node that works on a queue."""

    def work(request: Request) -> Answer:
        name = str(request.properties.get("operation", "")).removeprefix(_PREFIX)
        operation = _OPERATIONS.get(name)
        if operation is None:
            raise RefusedError(
                NOT_IMPLEMENTED, f"operation {name!r} is not supported by the emulator", 501
            )

        try:
            return operation(queue, request.body)
        except (KeyError, TypeError, AttributeError, ValueError) as exc:
            raise RefusedError(ARGUMENT_ERROR, f"the request of {name} is wrong: {exc!r}") from exc

    return work


def _renew_lock(queue: Queue, body: Any) -> Answer:  # noqa: ANN401 - what came over the wire
    until = queue.renew(_tokens(body))
    return Answer({"expirations": Array(Timestamp(to_milliseconds(when)) for when in until)})


def _update_disposition(queue: Queue, body: Any) -> Answer:  # noqa: ANN401 - what came over the wire
    status, changes = body["disposition-status"], changes_of(body.get("properties-to-modify"))
    for token in _tokens(body):
        if status == "completed":
            queue.complete(token)
        elif status == "abandoned":
            queue.abandon(token, changes)
        elif status == "defered":
            queue.defer(token, changes)
        elif status == "suspended":
            reason, description = body.get("deadletter-reason"), body.get("deadletter-description")
            queue.dead_letter(token, reason or None, description or None, changes)
        else:
            raise RefusedError(ARGUMENT_ERROR, f"no such disposition: {status}")

    return Answer({})


def _peek(queue: Queue, body: Any) -> Answer:  # noqa: ANN401 - what came over the wire
    first, count = body["from-sequence-number"], body["message-count"]
    found = [m for m in queue.store.all() if m.sequence_number >= first][:count]
    if not found:
        return Answer({}, _NO_CONTENT, "No messages available.")

    return Answer({"messages": [{"message": m.encoded(state=_state(queue, m))} for m in found]})


def _state(queue: Queue, message: Message) -> int:
    if message.deferred:
        return DEFERRED

    return SCHEDULED if message.sequence_number in queue.store.scheduled else ACTIVE


def _receive_deferred(queue: Queue, body: Any) -> Answer:  # noqa: ANN401 - what came over the wire
    deletes = body["receiver-settle-mode"] == _RECEIVE_AND_DELETE
    found = queue.receive_deferred(body["sequence-numbers"], deletes=deletes)
    if deletes:
        return Answer({"messages": [{"message": message.encoded()} for message in found]})

    return Answer(
        {
            "messages": [
                {"lock-token": uuid.UUID(bytes_le=message.token), "message": message.encoded()}
                for message in found
            ]
        }
    )


def _schedule(queue: Queue, body: Any) -> Answer:  # noqa: ANN401 - what came over the wire
    messages = [one for entry in body["messages"] for one in read_messages(0, entry["message"])]
    if any(message.scheduled_for is None for message in messages):
        raise RefusedError(ARGUMENT_ERROR, "a scheduled message must say when it is due")

    return Answer({"sequence-numbers": Array(queue.send(messages))})


def _cancel(queue: Queue, body: Any) -> Answer:  # noqa: ANN401 - what came over the wire
    queue.cancel(body["sequence-numbers"])

    return Answer({})


def _tokens(body: Any) -> list[bytes]:  # noqa: ANN401 - what came over the wire
    """Return the lock tokens as they stand in delivery tags: GUIDs in little-endian form."""
    return [token.bytes_le for token in body["lock-tokens"]]


_OPERATIONS: dict[str, Callable[[Queue, Any], Answer]] = {
    "renew-lock": _renew_lock,
    "update-disposition": _update_disposition,
    "peek-message": _peek,
    "receive-by-sequence-number": _receive_deferred,
    "schedule-message": _schedule,
    "cancel-scheduled-message": _cancel,
}
