"""Turn what the CRM told us into a pointer on the queue, when it concerns us."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector.application.ports import EventQueue
from connector.domain.contact import OrganisationId, RecordId, RecordKey, Table
from connector.domain.errors import InvalidEventError
from connector.domain.event import (
    Change,
    ChangeEvent,
    Notification,
    RecordChanged,
    RelatedChanged,
)
from connector.domain.related import RelatedKey, RelatedTable, find_renamed

logger = logging.getLogger(__name__)

OUR_TAG = "spotler-connector"
"""The mark on our own writes to the CRM, which it repeats in the webhook."""

CHANGES = {
    "Create": Change.CREATED,
    "Update": Change.UPDATED,
    "Delete": Change.DELETED,
    "QualifyLead": Change.UPDATED,
    "Restore": Change.CREATED,
    "Merge": Change.UPDATED,
}
"""What a message does to its row; that of a merge is the row that went into another one."""


class Receipt(StrEnum):
    """Tells what became of a notification."""

    ACCEPTED = "accepted"
    FOREIGN = "foreign"
    NOT_SYNCED = "not_synced"
    ECHO = "echo"


@dataclass(frozen=True, slots=True)
class Ourselves:
    """Is who we are in the CRM: the organisation we serve, and our own user where it is known."""

    organisation: OrganisationId
    user: str | None = None

    def wrote(self, notification: Notification) -> bool:
        """Tell an echo: our user and our tag; customers' own logic runs as our user too."""
        return (
            self.user is not None
            and notification.initiating_user == self.user
            and notification.tag == OUR_TAG
        )


async def receive_webhook(
    notification: Notification, *, ourselves: Ourselves, queue: EventQueue, now: datetime
) -> Receipt:
    """Queue what points to the row and was told now, or say why there is nothing to do.

    Raises `InvalidEventError` when it concerns us and names no row, and `TransientError` when the
    queue does not take it.
    """
    if notification.organisation != ourselves.organisation:
        return Receipt.FOREIGN

    events = [*_of_person(notification, now), *_of_related(notification, now)]
    if not events:
        return Receipt.NOT_SYNCED

    if ourselves.wrote(notification):
        return Receipt.ECHO

    await queue.send(events)

    return Receipt.ACCEPTED


def _of_person(notification: Notification, now: datetime) -> Iterator[ChangeEvent]:
    """Yield the pointer to a person who changed; of a merge that was cut short none is named."""
    change = CHANGES.get(notification.message)
    if change is not None and notification.master is None and notification.table in Table:
        key = RecordKey(Table(notification.table), _to_row(notification))
        yield _point(notification, key, change, now)


def _of_related(notification: Notification, now: datetime) -> Iterator[ChangeEvent]:
    """Yield what tells of another name, or of rows that went into one and are not named.

    A contact may be the company of others.
    """
    related = _find_related(notification)
    if related is not None:
        yield RelatedChanged(
            organisation=notification.organisation,
            key=related,
            operation=notification.operation,
            step=notification.step,
            correlation=notification.correlation,
            told_at=now,
        )


def _find_related(notification: Notification) -> RelatedKey | None:
    if notification.master is not None and notification.table in Table:
        return RelatedKey(RelatedTable(notification.table), RecordId(notification.master))

    renamed = find_renamed(notification.table, notification.message, notification.columns)

    return RelatedKey(renamed, _to_row(notification)) if renamed else None


def _to_row(notification: Notification) -> RecordId:
    if notification.row_id is None:
        raise InvalidEventError("PrimaryEntityId: must name a row")

    return RecordId(notification.row_id)


def _point(
    notification: Notification, key: RecordKey, change: Change, now: datetime
) -> RecordChanged:
    return RecordChanged(
        organisation=notification.organisation,
        key=key,
        change=change,
        operation=notification.operation,
        step=notification.step,
        correlation=notification.correlation,
        told_at=now,
    )
