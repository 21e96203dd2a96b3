"""Events that wait for a licence or an operator: they go back on the queue by themselves."""

from datetime import datetime

from connector.application.licence_ports import HeldEvents, LicenceGate
from connector.application.ports import EventQueue
from connector.domain.parking import CONFIGURATION, LICENCE

PORTION = 100


async def release_held(
    *, licence: LicenceGate, held: HeldEvents, queue: EventQueue, most: int
) -> int:
    """Send what waits for a licence again, as far as it allows that now; return how many.

    An event is safe on the queue before its row goes, and what was parked anew meanwhile stays.
    So does what nobody would understand: it cannot be sent.
    """
    if not await licence.allows_sync():
        return 0

    released = kept = 0
    while released < most:
        some = await held.list_for(LICENCE, most=kept + min(PORTION, most - released))
        if len(some) <= kept:
            break

        sent = {one.id: one.event.again() for one in some if one.event is not None}
        await queue.send([*sent.values()])
        await held.forget([one for one in some if one.id in sent])
        released += len(sent)
        kept = len(some) - len(sent)

    return released


async def retry_configured(
    *, held: HeldEvents, queue: EventQueue, now: datetime, most: int, all_at_once: bool = False
) -> int:
    """Send what waits for an operator again where it is due, or `all_at_once`; return how many.

    Nobody knows whether it was put right: the row stays until the event has succeeded, and notes
    first that it was tried, so that no other run tries it too.
    """
    waiting = await held.list_for(CONFIGURATION, most=most, due=None if all_at_once else now)
    noted = await held.postpone([one for one in waiting if one.event is not None], now)
    await queue.send([one.event.again() for one in noted if one.event is not None])

    return len(noted)
