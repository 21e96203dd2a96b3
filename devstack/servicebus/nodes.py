"""The nodes that answer requests: `$cbs` takes tokens, `$management` works on a queue."""

from collections.abc import Callable
from typing import Any, NamedTuple

from devstack.servicebus.conditions import DECODE_ERROR, RefusedError
from devstack.servicebus.encoding import encode
from devstack.servicebus.sections import (
    APPLICATION_PROPERTIES,
    PROPERTIES,
    VALUE,
    decode_sections,
)
from devstack.servicebus.values import DecodeError, Described, Int, Symbol, ULong

OK = 200


class Request(NamedTuple):
    """A request to a node."""

    message_id: object
    properties: dict[str, Any]
    body: Any


class Answer(NamedTuple):
    """What a node answers."""

    body: object = None
    status: int = OK
    description: str = "OK"


Node = Callable[[Request], Answer]


def answer(node: Node, payload: bytes) -> bytes:
    """Return a node's encoded answer to an encoded request."""
    request = _read(payload)
    condition = None
    try:
        given = node(request)
    except RefusedError as refusal:
        given = Answer({}, refusal.status, refusal.description)
        condition = refusal.condition

    return _write(request.message_id, given, condition)


def _read(payload: bytes) -> Request:
    try:
        sections = {section.descriptor: section.value for section in decode_sections(payload)}
    except DecodeError as exc:
        raise RefusedError(DECODE_ERROR, str(exc)) from exc

    properties, fields = sections.get(APPLICATION_PROPERTIES), sections.get(PROPERTIES)
    if not isinstance(properties, dict) or not isinstance(fields, list) or not fields:
        raise RefusedError(
            DECODE_ERROR, "a request must have a message id and application properties"
        )

    return Request(fields[0], properties, sections.get(VALUE))


def _write(correlation_id: object, given: Answer, condition: str | None) -> bytes:
    # Clients differ in which spelling they read.
    told: dict[str, object] = {
        "statusCode": Int(given.status),
        "status-code": Int(given.status),
        "statusDescription": given.description,
        "status-description": given.description,
    }
    if condition is not None:
        told |= {"errorCondition": Symbol(condition), "error-condition": Symbol(condition)}

    return (
        encode(Described(ULong(PROPERTIES), [None, None, None, None, None, correlation_id]))
        + encode(Described(ULong(APPLICATION_PROPERTIES), told))
        + encode(Described(ULong(VALUE), given.body))
    )
