"""Tasks that must never end: when one does all the same, somebody must hear of it."""

import asyncio
import logging
from collections.abc import Callable

_log = logging.getLogger(__name__)


def tell_of_death(who: str, loss: str) -> Callable[[asyncio.Task[None]], None]:
    """Return a callback that tells of a task's error, and of what is lost with the task."""

    def tell(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            _log.critical("%s died and %s", who, loss, exc_info=error)

    return tell
