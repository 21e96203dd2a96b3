"""What may happen to a write of a row: a table that refuses, an answer that is lost."""

from dataclasses import dataclass, field
from enum import StrEnum

from connector.domain.errors import TransientError


class Trouble(StrEnum):
    """Tells what happens to a write."""

    NONE = "none"
    REFUSED = "refused"
    BLIND = "nothing is written, and nothing can be read any more"
    LOST = "it is written, and the answer is lost"
    REPEATED = "it is written, and once more by the SDK, which finds a row that changed"


@dataclass(slots=True)
class Troubles:
    """What happens to the writes of a row, one after another; then all is well."""

    ahead: list[Trouble] = field(default_factory=list)
    is_blind: bool = False

    def check_read(self) -> None:
        """Raise while nothing can be read."""
        if self.is_blind:
            raise TransientError("table storage must be reachable")

    def next(self) -> Trouble:
        """Return what happens to a write; raises when it is none."""
        trouble = self.ahead.pop(0) if self.ahead else Trouble.NONE
        self.is_blind = self.is_blind or trouble is Trouble.BLIND
        if trouble in {Trouble.REFUSED, Trouble.BLIND}:
            raise TransientError("table storage answered 503")

        return trouble


def told(trouble: Trouble) -> bool:
    """Return what is told of a write that was made."""
    if trouble is Trouble.LOST:
        raise TransientError("table storage must be reachable")

    return trouble is not Trouble.REPEATED
