"""Keep what nobody understands for a person to look at, and never at the cost of its neighbours."""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.application.ports import ParkingStore, RawQueue
from connector.domain.back_off import BackOff
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError
from connector.domain.outcome import Outcome
from connector.domain.parking import StrangeMessage

logger = logging.getLogger(__name__)

_dice = random.Random()  # noqa: S311 - jitter, not a secret


@dataclass(frozen=True, slots=True)
class SetAside:
    """Parks messages of one queue; what cannot be parked now comes back on it later."""

    parking: ParkingStore
    queue: RawQueue
    back_off: BackOff
    now: datetime

    async def run(self, messages: Sequence[StrangeMessage]) -> list[Outcome]:
        """Return the outcome per message: parked, or retried when the tables are away.

        Raises only when the queue does not take what cannot be parked. Once parking failed the
        rest is not tried: a hundred vain attempts would take longer than a batch may.
        """
        failure: ConnectorError | None = None
        outcomes: list[Outcome] = []
        for message in messages:
            failure = failure or await self._park(message)
            if failure is not None:
                await self._later(message, failure)
            outcomes.append(Outcome.PARKED if failure is None else Outcome.RETRIED)

        return outcomes

    async def _park(self, message: StrangeMessage) -> ConnectorError | None:
        try:
            await self.parking.park(message.parked(self.now))
        except (TransientError, ConfigurationError) as exc:
            logger.warning("nothing can be parked now: %s", exc)
            return exc

        return None

    async def _later(self, message: StrangeMessage, cause: ConnectorError) -> None:
        """Send a copy without end: only who is parked may be forgotten."""
        delay = self.back_off.delay(message.attempt, cause, _dice)
        await self.queue.send_raw(message.body, attempt=message.attempt + 1, delay=delay)
