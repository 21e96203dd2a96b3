"""Messages as Service Bus carries them, and what we write beside a body.

A body that cannot be read cannot be written in either: what must outlast a copy of it stands in the
properties of the message.
"""

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING

from connector.adapters.envelope import MOST_ATTEMPTS, wrap
from connector.domain.event import Event

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage

ATTEMPT = "spotler_connector_attempt"
"""The property that counts for who cannot be read; all others count in their envelope."""

WAITS = "spotler_connector_waits"
"""The property that counts how often a message was put back unread."""

REDELIVERED = "spotler_connector_redelivered"
"""The property of a copy whose original had been delivered before: what it did is not known."""

type Properties = Mapping[str, object] | None


def to_message(event: Event, message_id: str | None = None) -> "ServiceBusMessage":
    """Return the message of an event, under its own id unless another is given."""
    from azure.servicebus import ServiceBusMessage  # noqa: PLC0415 - heavy, not needed to index

    envelope = wrap(event)

    return ServiceBusMessage(
        envelope.model_dump_json(),
        message_id=message_id or event.message_id,
        correlation_id=event.correlation,
        content_type="application/json",
        subject=envelope.kind,
    )


def to_raw_message(body: bytes, properties: Mapping[str, int | bool]) -> "ServiceBusMessage":
    """Return a message of a body as it is, with an id of its own."""
    from azure.servicebus import ServiceBusMessage  # noqa: PLC0415 - heavy, not needed to index

    return ServiceBusMessage(
        body,
        message_id=str(uuid.uuid4()),
        application_properties={name: value for name, value in properties.items()},  # noqa: C416 - typed
    )


def read_attempt(properties: Properties) -> int:
    """Return the attempt beside a raw body; what nobody of us wrote counts as none."""
    return _count(properties, ATTEMPT)


def read_waits(properties: Properties) -> int:
    """Return how often a message was put back unread."""
    return _count(properties, WAITS)


def is_copy_of_redelivered(properties: Properties) -> bool:
    """Tell whether the original of a copy had been delivered before."""
    return (properties or {}).get(REDELIVERED) is True


def _count(properties: Properties, name: str) -> int:
    count = (properties or {}).get(name)

    if not isinstance(count, int) or not 0 <= count <= MOST_ATTEMPTS:
        return 0

    return count
