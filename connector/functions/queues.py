"""The workers behind the queues."""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import List  # noqa: UP035 - the worker library takes no list[...]

import azure.functions as func

from connector.adapters.envelope import parse_envelope
from connector.adapters.servicebus import CHANGES
from connector.application.sync_contacts import sync_contacts
from connector.bootstrap import Services, services
from connector.domain.contact import OrganisationId
from connector.domain.errors import InvalidEventError
from connector.domain.event import RecordChanged
from connector.domain.parking import ParkedEvent

logger = logging.getLogger(__name__)

bp = func.Blueprint()

FIRST_DELIVERY = 1


@bp.function_name("sync_changes")
@bp.service_bus_queue_trigger(
    arg_name="messages",
    queue_name=CHANGES,
    connection="ServiceBusConnection",
    cardinality=func.Cardinality.MANY,
    # As text an empty body would be left out of the batch, and the library would fail on it.
    data_type=func.DataType.BINARY,
)
async def sync_changes(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 - as above
    """Sync a batch of changed people; what is no event comes last and harms no neighbour."""
    known = services()
    events, unreadable = _sort(messages, known)
    if events:
        await _sync(events, known)

    for message, reason in unreadable:
        await known.parking.park(_parked(message.get_body(), reason))
        logger.warning("message parked: %s", reason, extra={"queue_message": message.message_id})


async def _sync(events: Sequence[RecordChanged], known: Services) -> None:
    outcomes = await sync_contacts(
        events,
        crm=known.crm,
        marketing=known.marketing,
        records=known.records,
        mappings=known.mappings,
        try_again=known.try_again(),
        on_delete=known.settings.on_delete,
    )

    for event, outcome in zip(events, outcomes, strict=True):
        logger.info(
            "%s %s",
            event.key.table,
            outcome,
            extra={"record": event.key.id, "correlation": event.correlation},
        )
    for outcome, count in Counter(outcomes).items():
        known.counter.add("connector.sync.records", count, kind="change", outcome=outcome)


def _sort(
    messages: Iterable[func.ServiceBusMessage], known: Services
) -> tuple[list[RecordChanged], list[tuple[func.ServiceBusMessage, str]]]:
    """Return the events of a batch, and the messages that hold none for us with the reason."""
    events: list[RecordChanged] = []
    unreadable: list[tuple[func.ServiceBusMessage, str]] = []
    for message in messages:
        try:
            events.append(_read(message, known.ourselves.organisation))
        except InvalidEventError as exc:
            unreadable.append((message, str(exc)))

    return events, unreadable


def _read(message: func.ServiceBusMessage, ours: OrganisationId) -> RecordChanged:
    """Return the event of a message, forced when it was delivered before."""
    event = parse_envelope(message.get_body())
    if event.organisation != ours:
        raise InvalidEventError("a message must be of our organisation")

    is_redelivered = (message.delivery_count or FIRST_DELIVERY) > FIRST_DELIVERY

    return replace(event, forced=event.forced or is_redelivered)


def _parked(body: bytes, reason: str) -> ParkedEvent:
    return ParkedEvent(
        id=f"message-{hashlib.sha256(body).hexdigest()}",
        reason=reason,
        parked_at=datetime.now(UTC),
        body=body.decode(errors="surrogateescape"),
    )
