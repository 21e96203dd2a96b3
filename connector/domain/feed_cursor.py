"""How far the feed of Spotler's people was read, when people leave it while it is read.

A feed is read by offset up to a moment. Who changes after that moment leaves it, and all behind
move up. So each page begins a little before the end of the last one, and knows whom that had.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from connector.domain.errors import ConfigurationError
from connector.domain.spotler_contact import SpotlerContact, SpotlerKey

OVERLAP = 50


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """Is an offset, the first one of the whole feed, and the last ones before the offset.

    `is_begun` tells that some behind it were tried before, and nobody knows which.
    """

    offset: int = 0
    first: SpotlerKey | None = None
    tail: tuple[SpotlerKey, ...] = ()
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

    def fresh(self, page: Sequence[SpotlerContact]) -> list[SpotlerContact]:
        """Return whom a page has and the pages before had not, each once.

        Raises `ConfigurationError` when a page far behind is the first page again.
        """
        if self.begin and page and page[0].key == self.first:
            raise ConfigurationError("spotler must give its people page by page")

        known = set(self.tail)

        return list({one.key: one for one in page if one.key not in known}.values())

    def behind(
        self, page: Sequence[SpotlerContact], last: SpotlerContact, *, is_begun: bool = False
    ) -> "FeedCursor":
        """Return the cursor right behind one of a page."""
        done = [one.key for one in page]
        done = done[: done.index(last.key) + 1]
        before = [key for key in self.tail if key not in done]
        tail = (*before, *done)[-OVERLAP:]

        return FeedCursor(self.begin + len(done), self.first or done[0], tail, is_begun)
