"""Send again what a queue gave up, as somebody asks who has mended the cause."""

from collections.abc import Collection, Mapping, Sequence

from connector.application.review_ports import DeadLetterBox, FreshQueue, ReadMessage
from connector.application.send_parked import Resent
from connector.domain.contact import OrganisationId
from connector.domain.errors import InvalidEventError
from connector.domain.event import Event


async def send_dead_letters(
    queue: str,
    numbers: Collection[int],
    *,
    organisation: OrganisationId,
    box: DeadLetterBox,
    queues: Mapping[str, FreshQueue],
    read: ReadMessage,
) -> Resent:
    """Queue dead letters as new events, then let them go; what nobody understands stays.

    A crash in between sends one twice, which does no harm: they are pointers.
    """

    def find_event(body: bytes) -> Event | None:
        try:
            event = read(queue, body)
        except InvalidEventError:
            return None

        return event.anew() if event.organisation == organisation else None

    async def take(bodies: Sequence[bytes]) -> Sequence[bool]:
        events = [find_event(body) for body in bodies]
        await queues[queue].send_anew([event for event in events if event is not None])

        return [event is not None for event in events]

    taken = await box.hand_over(queue, numbers, take)

    return Resent(sum(taken), len(taken) - sum(taken))
