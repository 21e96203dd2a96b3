"""Do much work in few calls, and let one record that breaks a system harm nobody for long."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from connector.domain.batch import Work, in_order
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError

PATIENCE = 2
"""After this many failed calls the rest waits too, without a call."""


@dataclass(slots=True)
class Unfinished:
    """Is what comes back later: what failed alone, and what failed or waited in company."""

    alone: list[Work] = field(default_factory=list)
    in_company: list[Work] = field(default_factory=list)
    cause: ConnectorError = field(default_factory=lambda: TransientError("work must end in time"))

    @property
    def work(self) -> list[Work]:
        """Return all of it."""
        return self.alone + self.in_company


async def in_portions(
    work: Sequence[Work],
    do: Callable[[list[Work]], Awaitable[None]],
    *,
    largest: int,
    until: float,
) -> Unfinished:
    """Do the work in portions that grow while all goes well, and begin none after `until`.

    A record on which a system breaks takes its portion with it. So what failed before begins in
    smaller company, and in the end alone. `until` is a time of the event loop's clock.
    """
    waiting = in_order(work)
    size = largest >> min((one.event.attempt for one in waiting), default=0)
    unfinished = Unfinished()
    failures = 0
    while waiting and failures < PATIENCE and asyncio.get_running_loop().time() < until:
        size = max(1, size)
        portion, waiting = waiting[:size], waiting[size:]
        try:
            await do(portion)
        except (TransientError, ConfigurationError) as exc:
            unfinished.cause, failures, size = exc, failures + 1, size // 2
            (unfinished.in_company if len(portion) > 1 else unfinished.alone).extend(portion)
        else:
            size = min(largest, size * 2)

    unfinished.in_company += waiting

    return unfinished
