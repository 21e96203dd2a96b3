"""Send parked events again, or discard them, as somebody decides who looks at them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from connector.application.review_ports import FreshQueue, ParkedRows, ReadMessage
from connector.domain.contact import OrganisationId
from connector.domain.errors import InvalidEventError
from connector.domain.event import Event
from connector.domain.parking import ParkedEvent


@dataclass(frozen=True, slots=True)
class Resent:
    """Is how many were sent again, and how many stay because nobody would understand them."""

    sent: int
    kept: int


async def send_parked(
    ids: Collection[str],
    *,
    organisation: OrganisationId,
    parked: ParkedRows,
    queues: Mapping[str, FreshQueue],
    read: ReadMessage,
) -> Resent:
    """Queue what is parked under some ids as new events, and let their rows go.

    A row goes after the queue has the event, and only if nobody parked anything there meanwhile.
    """
    found = await parked.find_parked(dict.fromkeys(ids))
    readable: dict[str, list[tuple[ParkedEvent, Event]]] = defaultdict(list)
    for one in found:
        event = find_event(one, organisation=organisation, read=read)
        if event is not None:
            readable[one.queue].append((one, event.anew()))

    for queue, some in readable.items():
        await queues[queue].send_anew([event for _, event in some])
        for one, _ in some:
            await parked.remove(one)

    sent = sum(map(len, readable.values()))

    return Resent(sent, len(found) - sent)


async def discard_parked(ids: Collection[str], *, parked: ParkedRows) -> int:
    """Forget what is parked under some ids, and return how many that were."""
    found = await parked.find_parked(dict.fromkeys(ids))

    return sum([await parked.remove(one) for one in found])


def find_event(
    parked: ParkedEvent, *, organisation: OrganisationId, read: ReadMessage
) -> Event | None:
    """Find what a parked message says to us now; None when that is nothing.

    What nobody could read once may be of a version that we have learnt since.
    """
    try:
        event = parked.event or read(parked.queue, parked.raw)
    except InvalidEventError:
        return None

    return event if event.organisation == organisation else None
