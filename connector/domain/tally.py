"""What became of the records of a page, or of a whole job: counts that add up."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts what became of records; every record is counted once.

    `details` counts besides what the page shows of them, by code: `created`, `changed` and
    `unchanged`, `field:` with the name of each field that changes, `risk:` with that of each field
    of which Spotler would lose a value, `reason:` with the code of each reason why a contact is
    excluded, and `not_in_dynamics` contacts whose rows are missing, who are none of the records. It
    never holds a value of a record.
    """

    in_sync: int = 0
    excluded: int = 0
    failed: int = 0
    details: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how many records were counted."""
        return self.in_sync + self.excluded + self.failed

    def detail(self, prefix: str) -> dict[str, int]:
        """Return the details whose codes begin with a prefix, without it."""
        return {
            code.removeprefix(prefix): count
            for code, count in self.details.items()
            if code.startswith(prefix)
        }

    def __add__(self, more: "Tally") -> "Tally":
        return Tally(
            self.in_sync + more.in_sync,
            self.excluded + more.excluded,
            self.failed + more.failed,
            dict(Counter(self.details) + Counter(more.details)),
        )
