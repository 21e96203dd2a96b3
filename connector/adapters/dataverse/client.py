"""Raw calls to the Web API: who we are, what went wrong, and page after page."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx
from pydantic import JsonValue, ValidationError

from connector.adapters.dataverse.auth import Tokens
from connector.adapters.dataverse.models import Page
from connector.adapters.dataverse.refusals import NoSuchRowError, to_error
from connector.adapters.dataverse.timing import Deadline
from connector.adapters.http_body import exchange
from connector.adapters.json_body import read_json
from connector.domain.errors import ConfigurationError, System, TransientError, named

type JsonObject = dict[str, JsonValue]

_ROOT: Final = "/api/data/v9.2/"
_HEADERS: Final = {
    "Accept": "application/json",
    "OData-Version": "4.0",
    "OData-MaxVersion": "4.0",
}
_TABLES: Final = {"contacts": System.CONTACTS, "leads": System.LEADS}
"""Tables on which a privilege of its own may be missing."""

_OF_ALL: Final = ("WhoAmI", "RetrieveTotalRecordCount")
"""Questions of no table."""

READ: Final = {"If-None-Match": "null"}
"""Keeps answers from coming out of a cache."""


LARGEST_ANSWER: Final = 32 * 1024 * 1024
MOST_PAGES: Final = 100_000


class DataverseClient:
    """Speaks to one environment, with one set of connections for all callers.

    Callers beyond `max_connections` wait for their turn; the timeout is for the whole of one
    exchange, and starts when it is its turn.
    """

    def __init__(
        self,
        url: str,
        tokens: Tokens,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        max_connections: int = 8,
        timeout: float = 30.0,
        worked: Callable[[System], None] | None = None,
    ) -> None:
        """Take the environment's address and who gives us tokens for it.

        What `worked` is told after each call that Dataverse carried out.
        """
        self._url = f"{url.rstrip('/')}{_ROOT}"
        self._tokens = tokens
        self._transport = transport
        self._limits = httpx.Limits(
            max_connections=max_connections, max_keepalive_connections=max_connections
        )
        self._timeout = timeout
        self._worked = worked
        self._turns = asyncio.Semaphore(max_connections)

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, prefer: str | None = None
    ) -> JsonObject:
        """Return what is at a path."""
        return await self._ask(self._to_get(path, params, prefer), to_object)

    async def post(self, path: str, body: Mapping[str, JsonValue]) -> JsonObject:
        """Create a row or call an action, and return what it answers, if anything."""
        request = self._http.build_request("POST", path, json=dict(body))

        return await self._ask(request, lambda answer: to_object(answer) if answer else {})

    async def patch(
        self,
        path: str,
        body: Mapping[str, JsonValue],
        *,
        if_match: str = "*",
        tag: str | None = None,
    ) -> None:
        """Change a row that exists, and only while it has the etag when one is given.

        A tag is repeated to whoever is told of the change.
        """
        await self._patch(path, body, {"If-Match": if_match}, tag)

    async def patch_new(
        self, path: str, body: Mapping[str, JsonValue], *, tag: str | None = None
    ) -> None:
        """Make a row at an address where there must be none."""
        await self._patch(path, body, {"If-None-Match": "*"}, tag)

    async def put_row(
        self, path: str, body: Mapping[str, JsonValue], *, tag: str | None = None
    ) -> None:
        """Make a row, or change the one that is at the address."""
        await self._patch(path, body, {}, tag)

    async def get_page(
        self, path: str, params: Mapping[str, str] | None = None, prefer: str | None = None
    ) -> Page:
        """Return one page of rows."""
        return await self._ask(self._to_get(path, params, prefer), _to_page)

    def to_cursor(self, link: str) -> str:
        """Return what a link to the next page says behind the root of the Web API."""
        _, root, cursor = self._own(link).partition(_ROOT)
        if not root:
            raise ConfigurationError("the link to the next page must stay in the Web API")

        return cursor

    async def iter_pages(
        self, path: str, params: Mapping[str, str] | None = None, prefer: str | None = None
    ) -> AsyncIterator[Page]:
        """Yield one page after the other; each is read when it is asked for, in a bounded time."""
        part = _TABLES.get(path, System.METADATA)
        deadline = Deadline(part)
        page = await self.get_page(path, params, prefer)
        yield page

        followed: set[int] = set()
        while page.next_link is not None:
            link = self._own(page.next_link)
            if hash(link) in followed or len(followed) >= MOST_PAGES:
                with named(part):
                    raise TransientError("the pages of the CRM must come to an end")

            deadline.check()
            followed.add(hash(link))
            page = await self.get_page(link, prefer=prefer)
            yield page

    async def prove(self) -> None:
        """Make sure now whose environment it is, where that must be known; here it need not be."""

    async def close(self) -> None:
        """Close the connections."""
        if "_http" in vars(self):
            await self._http.aclose()

        await self._tokens.close()

    async def _patch(
        self,
        path: str,
        body: Mapping[str, JsonValue],
        headers: Mapping[str, str],
        tag: str | None,
    ) -> None:
        """Write a row as the condition says.

        https://learn.microsoft.com/power-apps/developer/data-platform/optional-parameters#add-a-shared-variable-to-the-plugin-execution-context
        """
        params = {"tag": tag} if tag else None
        request = self._http.build_request(
            "PATCH", path, json=dict(body), headers=headers, params=params
        )

        await self._ask(request, bytes)

    def _to_get(
        self, path: str, params: Mapping[str, str] | None, prefer: str | None
    ) -> httpx.Request:
        headers = READ | ({"Prefer": prefer} if prefer else {})
        # httpx reads an address anew at each step that makes it, and ours are long.
        query = f"?{httpx.QueryParams(params)}" if params else ""
        address = path if path.startswith(("https://", "http://")) else f"{self._url}{path}"

        return self._http.build_request("GET", f"{address}{query}", headers=headers)

    @functools.cached_property
    def _http(self) -> httpx.AsyncClient:
        """Make the client when it is first needed, inside the event loop that uses it."""
        return httpx.AsyncClient(
            base_url=self._url,
            headers=_HEADERS,
            # An affinity cookie would hold us on one web server, and limits count per server.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=self._timeout,
            transport=self._transport or httpx.AsyncHTTPTransport(limits=self._limits, retries=1),
        )

    async def _ask[T](self, request: httpx.Request, read: Callable[[bytes], T]) -> T:
        """Send, and read the answer; what goes wrong is told as Dataverse's, by its part."""
        part = _part_of(request)
        with named(part):
            try:
                answer = read(await self._send(request))
            except NoSuchRowError:
                self._note(part)
                raise

        self._note(part)

        return answer

    def _note(self, part: System) -> None:
        if self._worked is not None:
            self._worked(part)

    async def _send(self, request: httpx.Request) -> bytes:
        """Send and return the body, once more with a new token when the first is refused."""
        token = await self._tokens.get()
        response, body = await self._exchange(request, token)

        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response, body = await self._exchange(request, await self._tokens.get(refused=token))
        if response.is_redirect:
            raise ConfigurationError("the CRM's address must not lead to another one")
        if not response.is_success:
            raise to_error(response, body)

        return body

    async def _exchange(self, request: httpx.Request, token: str) -> tuple[httpx.Response, bytes]:
        request.headers["Authorization"] = f"Bearer {token}"
        async with self._turns:
            return await exchange(
                self._http,
                request,
                who="the CRM",
                seconds=self._timeout,
                largest=LARGEST_ANSWER,
            )

    def _own(self, link: str) -> str:
        """Refuse a link to anybody else: our token would go there."""
        try:
            target = httpx.URL(link)
        except httpx.InvalidURL as error:
            raise TransientError("the link to the next page must be an address") from error

        if _origin(target) != _origin(self._http.base_url):
            raise ConfigurationError("the link to the next page must stay in the CRM")

        return link


def _part_of(request: httpx.Request) -> System:
    """Return what is at fault when a request fails: the rows of one table may be hidden alone."""
    _, _, path = request.url.path.partition(_ROOT)
    table, _, of_row = path.partition("(")
    if request.method != "GET" or table in _OF_ALL:
        return System.DATAVERSE
    if table not in _TABLES:
        return System.METADATA

    return System.ROWS if of_row else _TABLES[table]


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def to_object(body: bytes) -> JsonObject:
    """Read an answer; one that is no JSON object comes from something in between."""
    try:
        answer = read_json(body)
    except ValueError as error:
        raise TransientError("the CRM must answer in JSON") from error

    if not isinstance(answer, dict):
        raise TransientError("the CRM must answer with a JSON object")

    return answer


def _to_page(body: bytes) -> Page:
    try:
        return Page.model_validate(to_object(body))
    except ValidationError as error:
        raise TransientError("the CRM must answer with a page of rows") from error
