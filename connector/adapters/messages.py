"""Messages as Service Bus carries them, and what we write beside a body.

A body that cannot be read cannot be written in either: what must outlast a copy of it stands in the
properties of the message. So does when the CRM told of a change: a version that does not know of it
reads the body all the same.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from connector.adapters.envelope import MOST_ATTEMPTS, wrap
from connector.domain.event import Event, JobStep

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage

ATTEMPT = "spotler_connector_attempt"
"""The property that counts for who cannot be read; all others count in their envelope."""

WAITS = "spotler_connector_waits"
"""The property that counts how often a message was put back unread."""

REDELIVERED = "spotler_connector_redelivered"
"""The property of a copy whose original had been delivered before: what it did is not known."""

TOLD_AT = "spotler_connector_told_at"
"""The property that says when the CRM told of a change; a copy keeps it.

It is text: the SDK writes no whole number of more than 32 bits.
"""

LONGEST_MOMENT = 40

type Properties = Mapping[str, object] | None


def to_message(event: Event, message_id: str | None = None) -> "ServiceBusMessage":
    """Return the message of an event, under its own id unless another is given."""
    from azure.servicebus import ServiceBusMessage  # noqa: PLC0415 - heavy, not needed to index

    envelope = wrap(event)
    told_at = None if isinstance(event, JobStep) else event.told_at

    return ServiceBusMessage(
        envelope.model_dump_json(),
        message_id=message_id or event.message_id,
        correlation_id=event.correlation,
        content_type="application/json",
        subject=envelope.kind,
        application_properties={TOLD_AT: told_at.isoformat()} if told_at else None,
    )


def to_raw_message(body: bytes, properties: Mapping[str, int | bool | str]) -> "ServiceBusMessage":
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


def find_told(properties: Properties, now: datetime) -> datetime | None:
    """Find when the CRM told of what a message holds: no later than now, however clocks differ."""
    told = beside_copy(properties).get(TOLD_AT)

    return min(datetime.fromisoformat(told), now) if told else None


def beside_copy(properties: Properties) -> Mapping[str, str]:
    """Return what a copy keeps of what stands beside its original; what is no moment is left."""
    told = (properties or {}).get(TOLD_AT)

    return {TOLD_AT: told} if isinstance(told, str) and _is_moment(told) else {}


def _is_moment(text: str) -> bool:
    """Tell whether a text is a moment of a known time zone."""
    try:
        return len(text) <= LONGEST_MOMENT and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _count(properties: Properties, name: str) -> int:
    count = (properties or {}).get(name)

    if not isinstance(count, int) or not 0 <= count <= MOST_ATTEMPTS:
        return 0

    return count
