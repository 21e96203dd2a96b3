"""What an administrator put right lets go on what waited for it."""

import logging

from connector.bootstrap import Services
from connector.domain.errors import TransientError

logger = logging.getLogger(__name__)

MOST_RELEASED = 500
"""So many while somebody waits for the answer; the timer takes the rest."""


async def release(known: Services) -> None:
    """Let what waited for a licence or an operator go on; the timer takes what cannot now."""
    try:
        await known.release_held(most=MOST_RELEASED)
        await known.retry_configured(most=MOST_RELEASED, all_at_once=True)
    except TransientError as exc:
        logger.warning("what waits goes on later: %s", exc)
