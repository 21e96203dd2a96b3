"""Send events again, or park them when they can never succeed or failed too often."""

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connector.application.ports import EventQueue, ParkingStore
from connector.domain.back_off import BackOff
from connector.domain.batch import Work, scatter
from connector.domain.contact import RecordKey, Rejection
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    PersonWaitsError,
    TransientError,
)
from connector.domain.outcome import Outcome
from connector.domain.parking import CONFIGURATION, LICENCE, park_event, reason_of

logger = logging.getLogger(__name__)

_dice = random.Random()  # noqa: S311 - jitter, not a secret


def _clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The places where events go that could not be finished, of a batch that was begun `now`.

    `causes` fills up with what kept more than single people from being done, and `refused` with
    whom Spotler did not take, and why.
    """

    queue: EventQueue
    parking: ParkingStore
    back_off: BackOff
    now: datetime
    causes: list[ConnectorError] = field(default_factory=list)
    refused: dict[RecordKey, Rejection] = field(default_factory=dict)
    clock: Callable[[], datetime] = _clock

    async def at_once(self, work: Sequence[Work]) -> None:
        """Send the work that lost a race again; it reads the newest state."""
        if work:
            await self.queue.send([one.again() for one in work])

    async def later(
        self, work: Sequence[Work], cause: ConnectorError, *, excused: Collection[Work] = ()
    ) -> list[Outcome]:
        """Send copies for later and park the rest; return an outcome for each piece of work.

        What an operator must put right is parked so that it goes on by itself. What is excused,
        because it was not tried alone, waits with the others and is not parked; so does what
        cannot be parked. Raises only when the queue does not take the copies.
        """
        if work:
            self.note(cause)
        is_spent = self.back_off.is_spent
        spent = [one for one in work if is_spent(one.event.attempt) and one not in excused]
        going_on = [one for one in work if one not in spent]
        for some in scatter(going_on):
            attempt = min(one.event.attempt for one in some)
            delay = self.back_off.delay(attempt, cause, _dice)
            await self.queue.send([one.retried() for one in some], delay=delay)

        parked = await self._park_all(spent, reason_of(cause))

        return [Outcome.PARKED if one in parked else Outcome.RETRIED for one in work]

    async def last(self, work: Sequence[Work], cause: ConnectorError) -> None:
        """Send copies of what was tried too often and cannot be parked: it has one attempt left."""
        self.note(cause)
        for one in work:
            delay = self.back_off.delay(one.event.attempt, cause, _dice)
            await self.queue.send([one.again()], delay=delay)

    def note(self, cause: ConnectorError) -> None:
        """Note what keeps more than single people from being done, or from being known."""
        if not isinstance(cause, PersonWaitsError):
            self.causes.append(cause)

    async def _park_all(self, spent: Sequence[Work], reason: str) -> Sequence[Work]:
        """Return what was parked; after the first that cannot be, the rest is not tried."""
        for count, one in enumerate(spent):
            try:
                await self.park(one, reason)
            except (TransientError, ConfigurationError) as exc:
                logger.warning("nothing can be parked now: %s", exc)
                await self.last(spent[count:], exc)
                return spent[:count]

        return spent

    async def hold(self, work: Sequence[Work]) -> None:
        """Keep events until the licence allows them."""
        await self._keep(work, LICENCE)

    async def await_operator(self, work: Sequence[Work], cause: ConfigurationError) -> None:
        """Keep events until an operator has put right what stops them."""
        logger.warning("%d records wait for an operator: %s", len(work), cause)
        await self._keep(work, CONFIGURATION)

    async def _keep(self, work: Sequence[Work], reason: str) -> None:
        # All have an answer before one fails the others: nothing goes on behind our back.
        parking = (self.park(one, reason) for one in work)
        for answer in await asyncio.gather(*parking, return_exceptions=True):
            if answer is not None:
                raise answer

    async def park(self, work: Work, reason: str) -> None:
        """Keep an event for a person to look at."""
        await self.parking.park(park_event(work.again(), reason, self.now))
