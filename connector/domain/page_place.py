"""Where a page of people begins, as a job keeps it from one page to the next."""

import re
from dataclasses import dataclass
from typing import Self

from connector.domain.contact import RecordId

_PLACE = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (.+)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class PagePlace:
    """The CRM's own cursor, and the last row before it, unless an older version wrote the place."""

    cursor: str | None = None
    after: RecordId | None = None

    @classmethod
    def parse(cls, written: str | None) -> Self:
        """Return the place that a job holds; without one it is the first page."""
        match = _PLACE.fullmatch(written or "")

        return cls(match[2], RecordId(match[1])) if match else cls(written)

    @property
    def is_known(self) -> bool:
        """Tell whether it is known which rows come before: of the first page none do."""
        return self.cursor is None or self.after is not None

    def write(self) -> str | None:
        """Return the place as a job holds it; None behind the last page."""
        if self.cursor is None or self.after is None:
            return self.cursor

        return f"{self.after} {self.cursor}"
