"""Posts an event to an endpoint, with the headers and the authentication of the platform.

https://learn.microsoft.com/power-apps/developer/data-platform/use-webhooks
"""

import functools
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from devstack.dataverse.events.operation import Operation
from devstack.dataverse.events.packing import Parcel
from devstack.dataverse.events.registration import number
from devstack.dataverse.store import Row

WEBHOOK_KEY, HTTP_HEADER, HTTP_QUERY_STRING = 4, 5, 6

# Shorter than what servers keep, so that no event is lost to a connection that just went away.
_KEEP_ALIVE = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Say how a receiver answered; `error` is there when it did not."""

    status: int | None
    error: str | None
    seconds: float

    @property
    def is_success(self) -> bool:
        """Tell whether the receiver took the event; nothing but the status counts."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 -- any 2xx


@dataclass(frozen=True, slots=True)
class Address:
    """Say where to post and what proves who posts."""

    url: URL
    headers: Mapping[str, str]


def new_session() -> aiohttp.ClientSession:
    """Open the client that posts all events."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
    )


def address_of(endpoint: Row) -> Address:
    """Return where an endpoint listens."""
    return _address(
        str(endpoint.get("url")), number(endpoint.get("authtype")), endpoint.get("authvalue")
    )


def event_headers(operation: Operation, host: str, parcel: Parcel) -> dict[str, str]:
    """Return the headers that describe an event."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "x-ms-dynamics-organization": host,
        "x-ms-dynamics-entity-name": operation.table,
        "x-ms-dynamics-request-name": operation.message,
        "x-ms-correlation-request-id": operation.correlation_id,
        "x-request-id": operation.request_id,
    }
    if parcel.size_exceeded:
        headers["x-ms-dynamics-msg-size-exceeded"] = "true"

    return headers


async def post(
    session: aiohttp.ClientSession,
    address: Address,
    body: bytes,
    *,
    headers: Mapping[str, str],
    timeout: float,  # noqa: ASYNC109 -- it belongs to the exchange, whose error we name
) -> Answer:
    """Post once and say what came of it."""
    started = time.perf_counter()
    status, error = None, None
    try:
        async with session.post(
            address.url,
            data=body,
            headers={**headers, **address.headers},
            timeout=aiohttp.ClientTimeout(total=timeout),
            allow_redirects=False,
        ) as response:
            await response.read()
            status = response.status
    except TimeoutError:
        error = f"no answer within {timeout:g} seconds"
    except aiohttp.ClientError as exc:
        error = f"{type(exc).__name__}: {exc}"

    return Answer(status, error, time.perf_counter() - started)


@functools.lru_cache(maxsize=64)
def _address(url: str, authtype: int, authvalue: object) -> Address:
    if not isinstance(authvalue, str):
        return Address(URL(url), {})

    if authtype == WEBHOOK_KEY:
        return Address(URL(url).update_query(code=authvalue), {})

    settings = _settings(authvalue)
    if authtype == HTTP_QUERY_STRING:
        return Address(URL(url).update_query(settings), {})

    return Address(URL(url), settings)


def _settings(document: str) -> dict[str, str]:
    """Read the pairs of `<settings><setting name="..." value="..."/></settings>`."""
    root = ET.fromstring(document)  # noqa: S314 -- a provisioning of ours wrote it

    return {one.attrib["name"]: one.attrib["value"] for one in root.iter("setting")}
