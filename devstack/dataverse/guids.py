"""Row ids: made in sequence as the platform makes them, and ordered as SQL Server orders them."""

import re
import uuid
from collections.abc import Callable

# The platform's ids are time-based, with the time in the first eight bytes, least significant
# byte first within each group, and the server in the last eight.
_TICKS_PER_MICROSECOND = 10
_EPOCH_1582_TO_1970 = 0x01B21DD213814000
_SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

SERVER = "8341-6045bd9c4e03"


class SequentialGuids:
    """Make ids that only ever grow, all with the same server part."""

    def __init__(self, clock: Callable[[], float], server: str = SERVER) -> None:
        """Take the seconds since 1970 from `clock`."""
        self._clock = clock
        self._server = server
        self._last = 0
        self._count = 0  # for the ticks that a clock of floating point cannot tell

    def next(self) -> str:
        """Return an id greater than all before it."""
        now = _EPOCH_1582_TO_1970 + int(self._clock() * 1_000_000) * _TICKS_PER_MICROSECOND
        self._last = max(now + self._count % _TICKS_PER_MICROSECOND, self._last + 1)
        self._count += 1
        ticks = self._last
        low = (ticks & 0xFFFFFFFF).to_bytes(4, "little").hex()
        middle = ((ticks >> 32) & 0xFFFF).to_bytes(2, "little").hex()
        high = ((ticks >> 48) & 0x0FFF | 0x1000).to_bytes(2, "little").hex()

        return f"{low}-{middle}-{high}-{self._server}"


def order_key(guid: str) -> str:
    """Return a text that sorts as SQL Server sorts the id: its last six bytes first.

    https://learn.microsoft.com/dotnet/framework/data/adonet/sql/comparing-guid-and-uniqueidentifier-values
    """
    return (
        f"{guid[24:]}{guid[19:23]}{guid[16:18]}{guid[14:16]}{guid[11:13]}{guid[9:11]}"
        f"{guid[6:8]}{guid[4:6]}{guid[2:4]}{guid[:2]}"
    )


def parse_guid(text: str) -> str | None:
    """Return the id in lower case, or None when the text is no id."""
    return text.lower() if _SHAPE.fullmatch(text) else None


def random_guid() -> str:
    """Return an id without order, as correlation and request ids are."""
    return str(uuid.uuid4())
