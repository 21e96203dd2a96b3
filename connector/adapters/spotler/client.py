"""Raw calls to Spotler's REST API over one shared connection pool."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

import httpx

from connector.adapters.http_body import exchange
from connector.adapters.spotler.answer import RefusedError, check_done, to_json
from connector.adapters.spotler.auth import OAuth1
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.application.connection_ports import SpotlerCredentials
from connector.application.spotler_credentials import AccountCredentials
from connector.domain.connection import Credentials, CredentialsRefusedError
from connector.domain.contact import Account
from connector.domain.errors import ContactRejectedError, System, TransientError, named

CONNECT_RETRIES = 2
KEEP_ALIVE_SECONDS = 15.0
LARGEST_ANSWER = 32 * 1024 * 1024
HEADERS = {"Accept": "application/json", "User-Agent": "spotler-connector"}
JSON_HEADERS = {"Content-Type": "application/json"}

PARTS: Final[Mapping[tuple[str, str], System]] = {
    ("POST", "/contact/list"): System.SPOTLER_LISTS,
    ("PUT", "/contact/{}"): System.SPOTLER_WITHDRAWALS,
    ("PUT", "/contact/anonymize/{}"): System.SPOTLER_ANONYMISING,
    ("GET", "/contact/{}"): System.SPOTLER_PEOPLE,
    ("GET", "/contact/search"): System.SPOTLER_SEARCH,
}
"""Calls that may be refused, by a proxy say, while others go through."""

log = logging.getLogger(__name__)


class Connections:
    """The pool that all clients of one address share, opened by the first call."""

    def __init__(
        self,
        base_url: str,
        *,
        transport: httpx.AsyncBaseTransport | None,
        most: int,
        timeout: float,
    ) -> None:
        """Take where Spotler is; nothing is opened yet."""
        self._base_url = base_url
        self._transport = transport
        self._most = most
        self.timeout = timeout
        self.turns = asyncio.Semaphore(most)
        self._opened: httpx.AsyncClient | None = None

    def http(self) -> httpx.AsyncClient:
        """Return the open client."""
        if self._opened is None:
            self._opened = httpx.AsyncClient(
                base_url=self._base_url,
                headers=HEADERS,
                timeout=self.timeout,
                transport=self._transport or _open_transport(self._most),
                follow_redirects=False,
            )

        return self._opened

    async def close(self) -> None:
        """Close all; the next call would open new ones."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.aclose()


class SpotlerClient:
    """Calls Spotler and returns what its caller reads of the decoded JSON.

    What reads gets None where the answer has no body, and raises for an answer that is none.

    A path is a template: `{}` stands for an id, which is encoded here. Callers beyond
    `max_connections` wait for their turn, because httpx gets slow when its own pool queues; the
    timeout is for the whole of one call, and starts when it is its turn.

    A call that Spotler refuses for as whom we made it is made once more when others were saved
    meanwhile. With another key that holds for reading alone: what was to be written is made for
    the fields of another account, and has to be made anew.
    """

    def __init__(  # noqa: PLR0913 - each but two has a default
        self,
        base_url: str,
        credentials: SpotlerCredentials,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        max_connections: int = 8,
        timeout: float = 30.0,
        dialect: SpotlerDialect | None = None,
        shared: Connections | None = None,
        worked: Callable[[System], None] | None = None,
    ) -> None:
        """Take where Spotler is and who knows as whom to call; nothing is opened yet.

        Connections that are `shared` come with their own transport, number and timeout. What
        `worked` is told after each call that Spotler carried out, and answered readably.
        """
        self._base_url = base_url
        self._credentials = credentials
        self._dialect = dialect or SpotlerDialect()
        self._worked = worked
        self._connections = shared or Connections(
            base_url, transport=transport, most=max_connections, timeout=timeout
        )

    async def get[T](
        self,
        path: str,
        *ids: str,
        read: Callable[[object], T],
        query: Mapping[str, str] | None = None,
    ) -> T:
        """Return what can be read of an answer; the query is signed along."""
        return await self._call("GET", path, ids, read, query=query)

    async def post[T](self, path: str, *ids: str, read: Callable[[object], T], body: object) -> T:
        """Send something new, and return what can be read of the answer."""
        return await self._call("POST", path, ids, read, body)

    async def put(self, path: str, *ids: str, body: object = None) -> None:
        """Change what is there; without a body the path says it all."""
        await self._call("PUT", path, ids, lambda _: None, body)

    async def account(self, *, now: bool = False) -> Account:
        """Return the account that the next call goes to, on demand as it is saved now."""
        return (await self._credentials.get(now=now)).account

    def for_account(self, account: Account) -> "SpotlerClient":
        """Return a client on the same connections that calls one account, or nobody.

        Each call raises `OtherAccountError`, and is not made, once another account is connected.
        """
        return SpotlerClient(
            self._base_url,
            AccountCredentials(self._credentials, account),
            dialect=self._dialect,
            shared=self._connections,
            worked=self._worked,
        )

    async def close(self) -> None:
        """Close all connections, those of the clients for one account too."""
        await self._connections.close()

    async def _call[T](
        self,
        method: str,
        path: str,
        ids: tuple[str, ...],
        read: Callable[[object], T],
        body: object = None,
        query: Mapping[str, str] | None = None,
    ) -> T:
        """Call, and note that the part worked once its answer could be read."""
        part = PARTS.get((method, path), System.SPOTLER)
        try:
            with named(part):
                answer = read(await self._call_known(method, path, ids, body, query))
        except RefusedError as exc:
            if exc.is_of_contact:
                self.note(part)
            raise

        self.note(part)

        return answer

    def note(self, part: System) -> None:
        """Note that a part of Spotler did what it is for."""
        if self._worked is not None:
            self._worked(part)

    async def _call_known(
        self,
        method: str,
        path: str,
        ids: tuple[str, ...],
        body: object,
        query: Mapping[str, str] | None,
    ) -> object:
        credentials = await self._credentials.get()
        try:
            return await self._send(credentials, method, path, ids, body, query)
        except CredentialsRefusedError as exc:
            others = await self._credentials.renewed(credentials)
            if others is None:
                raise
            if others.key != credentials.key and method != "GET":
                raise TransientError("what is sent must be made for the account") from exc

        return await self._send(others, method, path, ids, body, query)

    async def _send(
        self,
        credentials: Credentials,
        method: str,
        path: str,
        ids: tuple[str, ...],
        body: object,
        query: Mapping[str, str] | None,
    ) -> object:
        url = path.format(*map(to_segment, ids))
        # Escaped to ASCII, half a surrogate pair cannot break the call for its neighbours.
        content = None if body is None else json.dumps(body, separators=(",", ":")).encode("ascii")
        headers = None if body is None else JSON_HEADERS
        request = self._connections.http().build_request(
            method, url, content=content, headers=headers, params=query
        )

        async with self._connections.turns:
            response, answer = await self._exchange(request, path, credentials)

        if method != "PUT":
            return to_json(response, answer, self._dialect, is_read=method == "GET")

        check_done(response, answer, self._dialect)
        return None

    async def _exchange(
        self, request: httpx.Request, path: str, credentials: Credentials
    ) -> tuple[httpx.Response, bytes]:
        started = time.monotonic()
        outcome: object = "not at all"
        try:
            response, body = await exchange(
                self._connections.http(),
                request,
                who="spotler",
                seconds=self._connections.timeout,
                largest=LARGEST_ANSWER,
                auth=OAuth1(credentials.key, credentials.secret.text),
            )
            outcome = response.status_code
            return response, body
        finally:
            elapsed = (time.monotonic() - started) * 1000
            log.debug("%s %s answered %s in %.0f ms", request.method, path, outcome, elapsed)


def to_segment(external_id: str) -> str:
    """Encode an id so that it is one segment of a path, whatever it holds.

    Who has an id that no path can hold fails alone, and not everybody in the same batch.
    """
    if external_id.strip(".") == "":
        raise ContactRejectedError("an id must be more than dots")

    try:
        return quote(external_id, safe="")
    except UnicodeEncodeError as exc:
        raise ContactRejectedError("an id must be text") from exc


def _open_transport(max_connections: int) -> httpx.AsyncBaseTransport:
    """Open a pool; only connecting is tried again here, the queue repeats the rest."""
    limits = httpx.Limits(
        max_connections=max_connections,
        max_keepalive_connections=max_connections,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
    )

    return httpx.AsyncHTTPTransport(retries=CONNECT_RETRIES, limits=limits)
