"""Queues and messages as JSON, for the view."""

import base64
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from devstack.servicebus.message import Message
from devstack.servicebus.queue import Queue
from devstack.servicebus.sections import APPLICATION_PROPERTIES, DATA, PROPERTIES, decode_sections
from devstack.servicebus.values import Described

_PROPERTY_NAMES = (
    "message_id",
    "user_id",
    "to",
    "subject",
    "reply_to",
    "correlation_id",
    "content_type",
    "content_encoding",
    "absolute_expiry_time",
    "creation_time",
    "group_id",
    "group_sequence",
    "reply_to_group_id",
)


def tell_queue(queue: Queue) -> dict[str, object]:
    """Return how many messages are in which state, and how many ever came and went."""
    store = queue.store
    buried = queue.dead_letters.store.all() if queue.dead_letters else []

    return {
        "name": queue.name,
        "active": len(store.active),
        "locked": len(store.locked),
        "scheduled": len(store.scheduled),
        "deferred": len(store.deferred),
        "dead_lettered": len(buried),
        "incoming": queue.incoming,
        "completed": queue.completed,
        "duplicates": queue.duplicates,
    }


def tell_message(message: Message, state: str) -> dict[str, object]:
    """Return all that a message holds."""
    sections = decode_sections(message.bare)

    return {
        "state": state,
        "sequence_number": message.sequence_number,
        "enqueued_at": _time(message.enqueued_at),
        "delivery_count": message.delivery_count,
        "dead_letter_source": message.dead_letter_source,
        "properties": _properties(sections),
        "application_properties": _application_properties(sections),
        "annotations": _plain(message.annotations),
        "body": _body(sections),
    }


def state_of(queue: Queue, message: Message) -> str:
    """Return the state of a message in a queue, or that it is gone."""
    number, store = message.sequence_number, queue.store
    if message.token in store.locked:
        return "locked"

    states = {"active": store.active, "scheduled": store.scheduled, "deferred": store.deferred}
    return next((name for name, state in states.items() if number in state), "gone")


def _properties(sections: list[Described]) -> dict[str, object]:
    fields = next((s.value for s in sections if s.descriptor == PROPERTIES), [])
    if not isinstance(fields, list):
        return {}

    named = zip(_PROPERTY_NAMES, fields, strict=False)
    return {name: _plain(value) for name, value in named if value is not None}


def _application_properties(sections: list[Described]) -> object:
    return next((_plain(s.value) for s in sections if s.descriptor == APPLICATION_PROPERTIES), {})


def _body(sections: list[Described]) -> object:
    """Return the text of data sections, or the values of the others."""
    bodies = [s for s in sections if s.descriptor not in (PROPERTIES, APPLICATION_PROPERTIES)]
    data = [s.value for s in bodies if s.descriptor == DATA and isinstance(s.value, bytes)]
    if data:
        return _plain(b"".join(data))

    return [_plain(s.value) for s in bodies]


def _plain(value: Any) -> object:  # noqa: ANN401 - whatever a client has sent
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}

    if isinstance(value, list):
        return [_plain(one) for one in value]

    if isinstance(value, bytes):
        return _text(value)

    return str(value) if isinstance(value, uuid.UUID | Described) else value


def _text(data: bytes) -> object:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
