"""The workers behind the queues."""

import hashlib
import logging
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import List  # noqa: UP035 - the worker library takes no list[...]

import azure.functions as func

from connector.adapters.envelope import parse_envelope
from connector.adapters.servicebus import CHANGES
from connector.application.sync_contacts import sync_contacts
from connector.bootstrap import Services, services
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
)
async def sync_changes(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 - as above
    """Sync a batch of changed people."""
    known = services()
    events = [event for one in messages if (event := await _read(one, known)) is not None]
    if not events:
        return

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


async def _read(message: func.ServiceBusMessage, known: Services) -> RecordChanged | None:
    """Return the event of a message, forced when it was delivered before; park what is none."""
    body = message.get_body()
    try:
        event = parse_envelope(body)
    except InvalidEventError as exc:
        logger.warning("message parked: %s", exc, extra={"queue_message": message.message_id})
        await known.parking.park(_parked(body, str(exc)))
        return None

    is_redelivered = (message.delivery_count or FIRST_DELIVERY) > FIRST_DELIVERY

    return replace(event, forced=event.forced or is_redelivered)


def _parked(body: bytes, reason: str) -> ParkedEvent:
    return ParkedEvent(
        id=f"message-{hashlib.sha256(body).hexdigest()}",
        reason=reason,
        parked_at=datetime.now(UTC),
        body=body.decode(errors="surrogateescape"),
    )
