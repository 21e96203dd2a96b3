"""Tells of refused calls without letting whoever calls fill the log."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

TELL_AGAIN_SECONDS: Final = 60.0
MOST_REASONS: Final = 50
OTHERS: Final = "for other reasons"


def in_a_minute(call: Callable[[], None]) -> None:
    """Call back on the running loop."""
    asyncio.get_running_loop().call_later(TELL_AGAIN_SECONDS, call)


class RefusalLog:
    """The log of one kind of refusal: the first at once, and then the number of each minute.

    A reason is a sentence of ours and nothing that a caller sent; of too many, the rest are one.
    """

    def __init__(
        self, what: str, *, later: Callable[[Callable[[], None]], None] = in_a_minute
    ) -> None:
        """Take how a line begins, and what calls back when a minute is over."""
        self._what = what
        self._later = later
        self._since: Counter[str] = Counter()

    def tell(self, reason: str) -> None:
        """Log a refusal, or count it for the next line."""
        if len(self._since) >= MOST_REASONS and reason not in self._since:
            reason = OTHERS
        if reason in self._since:
            self._since[reason] += 1
            return

        logger.warning("%s: %s", self._what, reason)
        self._begin(reason)

    def _begin(self, reason: str) -> None:
        self._since[reason] = 0
        self._later(lambda: self._end(reason))

    def _end(self, reason: str) -> None:
        count = self._since.pop(reason)
        if count:
            logger.warning("%s: %s (%d more times)", self._what, reason, count)
            self._begin(reason)
