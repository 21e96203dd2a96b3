"""How far the feed of Spotler's people was read, when people leave it while it is read.

A feed is read by offset up to a moment. Who changes after that moment leaves it, and all behind
move up. So each page begins a little before the end of the last one, and knows whom that had. Where
none of them is on it, so many have left that others may lie before it: then it is read backwards
until somebody is known, or to the beginning.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connector.domain.errors import ConfigurationError
from connector.domain.spotler_contact import SpotlerContact, SpotlerKey

OVERLAP = 50
REMEMBERED = 500
"""So many people must leave who were read one behind the other, until somebody is read twice."""

PAGE_BY_PAGE = "spotler must give its people page by page"


def short(key: SpotlerKey) -> str:
    """Return a hash by which somebody is known again."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """Is an offset, the first one of the whole feed, and the last ones that were read before.

    People are hashes here, which are short whatever Spotler's ids are. `is_begun` tells that some
    behind the offset were tried before, and nobody knows which.
    """

    offset: int = 0
    first: str | None = None
    tail: tuple[str, ...] = ()
    is_begun: bool = False

    @classmethod
    def parse(cls, text: str | None) -> "FeedCursor":
        """Return the cursor that a text holds; none is the beginning."""
        if text is None:
            return cls()

        offset, first, tail, is_begun = json.loads(text)

        return cls(offset, first, tuple(tail), is_begun)

    def to_text(self) -> str:
        """Return the cursor as a text, of ids and numbers only."""
        whole = [self.offset, self.first, self.tail, self.is_begun]

        return json.dumps(whole, separators=(",", ":"))

    @property
    def begin(self) -> int:
        """Return the offset at which to read."""
        return max(0, self.offset - OVERLAP)

    def is_lost(self, page: Sequence[SpotlerContact]) -> bool:
        """Tell whether people may have moved before a page who were never read."""
        known = set(self.tail)

        return self.begin > 0 and not any(short(one.key) in known for one in page)

    def back(self, count: int) -> "FeedCursor":
        """Return the cursor so many people earlier, with all that it knows."""
        return replace(self, offset=max(0, self.offset - count))

    def fresh(self, page: Sequence[SpotlerContact]) -> list[SpotlerContact]:
        """Return whom a page has and the pages before had not, each once.

        Whoever is before somebody known was read before them. Raises `ConfigurationError` when a
        page far behind is the first page again.
        """
        keys = [short(one.key) for one in page]
        if self.begin and keys and keys[0] == self.first:
            raise ConfigurationError(PAGE_BY_PAGE)

        known = set(self.tail)
        start = next((place for place, key in enumerate(keys) if key in known), 0)
        fresh = {
            key: one
            for key, one in zip(keys[start:], page[start:], strict=True)
            if key not in known
        }

        return list(fresh.values())

    def past(self, page: Sequence[SpotlerContact]) -> "FeedCursor":
        """Return the cursor right behind a page that had nobody new.

        Raises `ConfigurationError` when that is no step forward.
        """
        further = self.behind(page, page[-1], is_begun=self.is_begun)
        if further.begin <= self.begin:
            raise ConfigurationError(PAGE_BY_PAGE)

        return further

    def behind(
        self, page: Sequence[SpotlerContact], last: SpotlerContact, *, is_begun: bool = False
    ) -> "FeedCursor":
        """Return the cursor right behind one of a page."""
        done = [short(one.key) for one in page]
        done = done[: done.index(short(last.key)) + 1]
        again = set(done)
        tail = (*(key for key in self.tail if key not in again), *done)[-REMEMBERED:]

        return FeedCursor(self.begin + len(done), self.first or done[0], tail, is_begun)
