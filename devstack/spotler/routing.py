"""What a route of the API is, and what its handler gets to see of a request."""

import dataclasses
from collections.abc import Callable, Mapping

from aiohttp import web

BASE = "/integrationservice"
BASE_1_1_0 = "/integrationservice-1.1.0"
BASES = (BASE, BASE_1_1_0)

PAGED = ("after", "pageSize")
PERIOD = ("fromDate", "toDate")
UNPAGED = ("pageSize",)


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One signed request; `url` is its public address without the query."""

    base: str
    url: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: object = None

    @property
    def pinned(self) -> bool:
        """Say whether the call came to the 1.1.0 base, some of whose shapes differ."""
        return self.base == BASE_1_1_0


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """One operation; `query` names the query parameters it knows, `ignored` what has no effect."""

    method: str
    path: str
    handler: Callable[[Call], web.Response]
    summary: str
    query: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    takes_body: bool = False
    json_only: bool = False
    listed: bool = True

    @property
    def resource(self) -> str:
        """Return the first part of the path, by which the vendor's listing is divided."""
        return self.path.split("/")[1]
