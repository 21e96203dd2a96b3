"""Events that wait for a licence: they go back on the queue once there is one."""

from connector.application.licence_ports import HeldEvents, LicenceGate
from connector.application.ports import EventQueue
from connector.domain.parking import LICENCE

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
