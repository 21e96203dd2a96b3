"""What callers left to be sent: who goes out together, who is told what, and who may wait on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from connector.domain.errors import TransientError

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage

MESSAGES_PER_SEND = 100
MOST_PATIENT = 200
"""While Service Bus answers nothing only so many calls are held open; others are told at once."""


@dataclass(slots=True, kw_only=True)
class Waiting:
    """What one caller wants sent together, and whether a failed send is retried for it."""

    messages: "list[ServiceBusMessage]"
    due: datetime | None
    is_patient: bool
    done: asyncio.Future[None]


def take(waiting: list[Waiting]) -> list[Waiting]:
    """Remove and return what goes out in one send: what is due at the same time and fits in."""
    due, size = waiting[0].due, 0
    together: list[Waiting] = []
    rest: list[Waiting] = []
    for one in waiting:
        fits = not together or size + len(one.messages) <= MESSAGES_PER_SEND
        if one.due == due and fits:
            together.append(one)
            size += len(one.messages)
        else:
            rest.append(one)

    waiting[:] = rest

    return together


def patient_of(*waiting: Waiting) -> list[Waiting]:
    """Return those for whom a send is retried: callers that have gone are not among them."""
    return [one for one in waiting if one.is_patient and not one.done.done()][:MOST_PATIENT]


def release_beyond_bound(together: Sequence[Waiting], waiting: list[Waiting]) -> None:
    """Tell patient callers that are more than may be held, and forget those that have gone."""
    kept = {id(one) for one in patient_of(*together, *waiting)}
    for one in waiting:
        if one.is_patient and id(one) not in kept:
            settle(one, TimeoutError())

    waiting[:] = [one for one in waiting if not one.done.done()]


def settle(one: Waiting, cause: BaseException | None) -> None:
    """End a caller's wait, if the caller has not gone."""
    if one.done.done():
        return

    if cause is None:
        one.done.set_result(None)
        return

    error = TransientError("service bus must take the event")
    error.__cause__ = cause
    one.done.set_exception(error)
