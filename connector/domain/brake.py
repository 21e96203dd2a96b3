"""How many people may lose their permissions at once before somebody has to look."""

from typing import Final

from connector.domain.errors import ConnectorError
from connector.domain.record_list import Counts
from connector.domain.sync_state import Reason

FEWEST_PEOPLE: Final = 50
PEOPLE_PER_ENDED: Final = 100


class BrakeError(ConnectorError):
    """Stops an action that could end more people in Spotler than is plausible."""

    def __init__(self, count: int, limit: int) -> None:
        """Take how many there are, and how many go without a question."""
        super().__init__(
            "an administrator must make sure that these rows are deleted in Dynamics, and not "
            "hidden from our application user, and then repeat the call with lift_brake"
        )
        self.count = count
        self.limit = limit


def limit_of(counts: Counts) -> int:
    """Return how many people may be ended at once: one in a hundred of those who are known."""
    known = sum(count for one, count in counts.items() if one.reason != Reason.DELETED)

    return max(FEWEST_PEOPLE, known // PEOPLE_PER_ENDED)
