"""What a trigger tells the worker of Service Bus messages: as much as in Azure, and no more.

The keys are those of version 5.x of the extension. Strings go as strings, and in a batch as a
collection from which the host leaves the empty ones out, so that they no longer stand in line with
the messages; everything else goes as JSON.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from azure.functions.meta import Datum
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.amqp import AmqpMessageBodyType

type Facts = Mapping[str, Any]

_TEXTS = (
    "DeadLetterSource",
    "LockToken",
    "MessageId",
    "ContentType",
    "ReplyTo",
    "To",
    "Subject",
    "Label",
    "CorrelationId",
    "SessionId",
    "ReplyToSessionId",
    "PartitionKey",
    "TransactionPartitionKey",
)
_DATES = ("ExpiresAtUtc", "ExpiresAt", "EnqueuedTimeUtc", "EnqueuedTime")
_OTHERS = ("DeliveryCount", "SequenceNumber", "ApplicationProperties", "UserProperties")


def facts_of(message: ServiceBusReceivedMessage) -> Facts:
    """Return what is told of a received message."""
    properties = {
        _text(name): _plain(value) for name, value in (message.application_properties or {}).items()
    }

    return {
        **_dates(message.enqueued_time_utc, message.expires_at_utc),
        # The .NET client counts the delivery that it is making.
        "DeliveryCount": (message.delivery_count or 0) + 1,
        "SequenceNumber": message.sequence_number,
        "ApplicationProperties": properties,
        "UserProperties": properties,
        "DeadLetterSource": message.dead_letter_source,
        "LockToken": str(message.lock_token),
        "MessageId": message.message_id,
        "ContentType": message.content_type,
        "ReplyTo": message.reply_to,
        "To": message.to,
        "Subject": message.subject,
        "Label": message.subject,
        "CorrelationId": message.correlation_id,
        "SessionId": message.session_id,
        "ReplyToSessionId": message.reply_to_session_id,
        "PartitionKey": message.partition_key,
        "TransactionPartitionKey": None,
    }


def made_up_facts() -> Facts:
    """Return what is told of a message that no queue delivered."""
    return {
        **_dates(datetime.now(UTC), None),
        "DeliveryCount": 1,
        "SequenceNumber": 0,
        "ApplicationProperties": {},
        "UserProperties": {},
        "LockToken": str(uuid4()),
        "MessageId": uuid4().hex,
    }


def body_of(message: ServiceBusReceivedMessage) -> bytes:
    """Return the bytes of a message."""
    body: Any = message.body
    if isinstance(body, bytes):
        return body
    if message.body_type is AmqpMessageBodyType.DATA:
        return b"".join(body)

    # An AMQP value or sequence, which this SDK's own sender never makes.
    return str(body).encode()


def one(facts: Facts) -> dict[str, Datum]:
    """Return the metadata of a single message; what is unknown is left out."""
    texts = {name: Datum(facts[name], "string") for name in _TEXTS if facts.get(name) is not None}
    others = {
        name: Datum(json.dumps(facts[name]), "json")
        for name in (*_DATES, *_OTHERS)
        if facts.get(name) is not None
    }

    return texts | others


def many(batch: Sequence[Facts]) -> dict[str, Datum]:
    """Return the metadata of a batch: an array under each key."""
    texts = {f"{name}Array": collection(facts.get(name) for facts in batch) for name in _TEXTS}
    # The extension fills this one from the other key.
    texts["TransactionPartitionKeyArray"] = texts["PartitionKeyArray"]
    others = {
        f"{name}Array": Datum(json.dumps([facts.get(name) for facts in batch]), "json")
        for name in (*_DATES, *_OTHERS)
    }

    return texts | others


def one_body(body: bytes, *, binary: bool) -> Datum:
    """Return the body of a single message as the function wants it."""
    return Datum(body, "bytes") if binary else Datum(body.decode(errors="replace"), "string")


def many_bodies(bodies: Iterable[bytes], *, binary: bool) -> Datum:
    """Return the bodies of a batch as the function wants them."""
    if binary:
        return Datum(SimpleNamespace(bytes=list(bodies)), "collection_bytes")

    return collection(body.decode(errors="replace") for body in bodies)


def collection(values: Iterable[str | None]) -> Datum:
    """Return strings as the host hands them on: without the empty ones."""
    return Datum(SimpleNamespace(string=[value for value in values if value]), "collection_string")


def _dates(enqueued: datetime | None, expires: datetime | None) -> dict[str, str]:
    """Return each known date twice: as .NET's DateTime, which forgets the zone, and with it."""
    known = {"EnqueuedTime": enqueued, "ExpiresAt": expires}
    dates = {name: date for name, date in known.items() if date}

    return {name: date.isoformat() for name, date in dates.items()} | {
        f"{name}Utc": date.replace(tzinfo=None).isoformat() for name, date in dates.items()
    }


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, datetime):
        return value.isoformat()

    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def _text(value: object) -> str:
    # The SDK leaves strings of application properties as bytes.
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
