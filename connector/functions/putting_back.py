"""Puts messages back unread while the settings are wrong, so that none is lost and none dies.

A function that raised would have its messages back at once, and after ten times they would be dead
letters: a second would do. So each goes back as a copy that comes later, and only where not even
that works does the function keep its messages for almost as long as it may.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

import azure.functions as func

from connector.adapters.messages import (
    ATTEMPT,
    REDELIVERED,
    WAITS,
    beside_copy,
    is_copy_of_redelivered,
    read_attempt,
    read_waits,
)
from connector.bootstrap import queue_of_trigger
from connector.domain.errors import TransientError

logger = logging.getLogger(__name__)

FIRST_DELIVERY: Final = 1
FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=5)
MOST_DOUBLINGS: Final = 10
PORTION_BYTES: Final = 100 * 1024
KEPT_SECONDS: Final = 240.0
"""Less than `functionTimeout`, and than the lock of a message."""


class Copy(NamedTuple):
    """A message as it goes back: its body, and what stands beside it."""

    body: bytes
    beside: Mapping[str, int | bool | str]


def is_redelivered(message: func.ServiceBusMessage) -> bool:
    """Tell whether a message, or the one that it is a copy of, was delivered before."""
    delivery = message.delivery_count or FIRST_DELIVERY

    return delivery > FIRST_DELIVERY or is_copy_of_redelivered(message.application_properties)


async def put_back(
    messages: Sequence[func.ServiceBusMessage], queue: str, *, kept_seconds: float = KEPT_SECONDS
) -> None:
    """Send a copy of each message to its queue, to come later; the host completes the originals."""
    waits = max(read_waits(message.application_properties) for message in messages)
    delay = min(FIRST_WAIT * 2 ** min(waits, MOST_DOUBLINGS), LONGEST_WAIT)
    copies = [Copy(message.get_body(), _beside(message)) for message in messages]
    try:
        for portion in _portions(copies):
            await queue_of_trigger(queue).send_bodies(portion, delay=delay)
    except TransientError:
        logger.error("%d messages of %s are kept: settings are wrong", len(messages), queue)  # noqa: TRY400 - no trace helps
        await asyncio.sleep(kept_seconds)
        raise

    logger.error("%d messages of %s were put back: settings are wrong", len(messages), queue)


def _portions(copies: Iterable[Copy]) -> Iterator[list[Copy]]:
    """Yield copies in lists that Service Bus takes at once: garbage may be large."""
    portion: list[Copy] = []
    size = 0
    for copy in copies:
        if portion and size + len(copy.body) > PORTION_BYTES:
            yield portion
            portion, size = [], 0

        portion.append(copy)
        size += len(copy.body)

    yield portion


def _beside(message: func.ServiceBusMessage) -> Mapping[str, int | bool | str]:
    properties = message.application_properties

    return {
        **beside_copy(properties),
        ATTEMPT: read_attempt(properties),
        WAITS: min(read_waits(properties) + 1, MOST_DOUBLINGS),
        REDELIVERED: is_redelivered(message),
    }
