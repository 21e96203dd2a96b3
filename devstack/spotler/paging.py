"""Windows of time and pages of results, as the vendor cuts them."""

import bisect
import dataclasses
import urllib.parse
from collections.abc import Callable, Sequence

from aiohttp import web

from devstack.spotler.answers import found, invalid
from devstack.spotler.dates import Milliseconds, day_of, to_moment
from devstack.spotler.options import SpotlerOptions
from devstack.spotler.routing import Call

DEFAULT_SIZE = 1000
LARGEST_SIZE = 10_000
HISTORY_SIZE = 50
_LARGEST_OFFSET = 2**31 - 1


@dataclasses.dataclass(frozen=True, slots=True)
class Window:
    """A period; an open end is None."""

    start: Milliseconds | None
    end: Milliseconds | None
    includes_end: bool

    def cut[T](self, ordered: Sequence[T], moment_of: Callable[[T], Milliseconds]) -> Sequence[T]:
        """Return the part of a sequence, ordered by moment, that lies in the period."""
        first, last = 0, len(ordered)
        if self.start is not None:
            first = bisect.bisect_left(ordered, self.start, key=moment_of)

        if self.end is not None:
            side = bisect.bisect_right if self.includes_end else bisect.bisect_left
            last = side(ordered, self.end, key=moment_of)

        return ordered[first:last]

    def has(self, moment: Milliseconds) -> bool:
        """Say whether a moment lies in the period."""
        if self.start is not None and moment < self.start:
            return False

        if self.end is None:
            return True

        return moment <= self.end if self.includes_end else moment < self.end


def window(
    call: Call,
    options: SpotlerOptions,
    *,
    required: bool = False,
    names: tuple[str, str] = ("fromDate", "toDate"),
) -> Window:
    """Return the period that a call names."""
    start, end = (_moment(call, name, options, required=required) for name in names)
    if options.whole_days:
        first = None if start is None else day_of(start, options.default_zone)[0]
        last = None if end is None else day_of(end, options.default_zone)[1]

        return Window(first, last, includes_end=False)

    return Window(start, end, includes_end=options.window_end == "inclusive")


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """The part of the results that a call wants."""

    after: int
    size: int

    def answer[T](
        self,
        call: Call,
        options: SpotlerOptions,
        items: Sequence[T],
        *,
        name: str,
        shape: Callable[[T], object],
    ) -> web.Response:
        """Answer this page of the items under their name, next to the paging object."""
        following = self.after + self.size
        shown = [shape(one) for one in items[self.after : following]]
        body: dict[str, object] = {name: shown}
        if following < len(items) or options.last_page == "next-anyway":
            body["paging"] = {"next": _next(call, following), "after": following}
        elif options.last_page == "after-only":
            body["paging"] = {"after": self.after + len(shown)}
        elif options.last_page == "empty-paging":
            body["paging"] = {}

        return found(body)


def page(call: Call, *, size_required: bool = False, fixed_size: int | None = None) -> Page:
    """Return the page that a call wants; an empty parameter counts as absent."""
    after = _number(call, "after", 0, _LARGEST_OFFSET, default=0)
    if fixed_size is not None:
        return Page(after, fixed_size)

    if size_required and not call.query.get("pageSize"):
        raise invalid("Invalid pageSize or no pageSize given")

    return Page(after, _number(call, "pageSize", 1, LARGEST_SIZE, default=DEFAULT_SIZE))


def _number(call: Call, name: str, lowest: int, highest: int, *, default: int) -> int:
    text = call.query.get(name, "")
    if not text:
        return default

    if not (text.isascii() and text.isdigit()) or not lowest <= int(text) <= highest:
        raise invalid(f"Invalid {name}")

    return int(text)


def _moment(
    call: Call, name: str, options: SpotlerOptions, *, required: bool
) -> Milliseconds | None:
    text = call.query.get(name, "")
    if not text and not required:
        return None

    try:
        return to_moment(text, accepted=options.accepted_dates, zone=options.default_zone)
    except ValueError:
        raise invalid(f"Invalid {name} or no {name} given") from None


def _next(call: Call, after: int) -> str:
    return f"{call.url}?{urllib.parse.urlencode({**call.query, 'after': str(after)})}"
