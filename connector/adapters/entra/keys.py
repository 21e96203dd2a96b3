"""The keys with which Entra signs: fetched once a day, and again for a key that is new."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

import httpx
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from pydantic import BaseModel, ValidationError

from connector.adapters.entra.models import KeySet, OpenIdConfiguration, PublicKey
from connector.adapters.http_body import exchange
from connector.domain.errors import ConfigurationError, TransientError

logger = logging.getLogger(__name__)

FRESH_SECONDS: Final = 24 * 3600.0
GOOD_SECONDS: Final = FRESH_SECONDS + 12 * 3600.0
"""Is how long known keys serve on while Entra does not show newer ones."""

UNKNOWN_PAUSE_SECONDS: Final = 5 * 60.0
"""Is how long strangers with made-up key ids wait before we ask Entra again, and how long those
wait for nothing whose key we know while Entra is away."""

FAILED_PAUSE_SECONDS: Final = 5.0
LARGEST_ANSWER: Final = 256 * 1024

_TIMEOUT: Final = 10.0


class SigningKeys:
    """Knows the public keys of one issuer by their ids."""

    def __init__(
        self,
        issuer: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the issuer; nothing is fetched before the first token."""
        self._issuer = issuer
        self._transport = transport
        self._clock = clock
        self._keys: Mapping[str, PyJWK] = {}
        self._fetched: float | None = None
        self._tried: float | None = None
        self._lock = asyncio.Lock()

    async def find(self, kid: str) -> PyJWK | None:
        """Return a key, or None where Entra has none of that id as far as we know.

        While Entra is away the keys that we have serve on; any other is `TransientError`.
        """
        if self._is_good(kid) and not self._may_fetch(kid, is_good=True):
            return self._keys[kid]

        async with self._lock:
            is_good = self._is_good(kid)
            if self._may_fetch(kid, is_good=is_good):
                await self._refresh(is_good=is_good)
            elif self._has_failed() and not is_good:
                raise TransientError("Entra must show its keys; it did not a moment ago")

        return self._keys.get(kid)

    def _is_good(self, kid: str) -> bool:
        return self._is_younger(GOOD_SECONDS) and kid in self._keys

    def _is_younger(self, seconds: float) -> bool:
        return self._fetched is not None and self._clock() - self._fetched < seconds

    def _may_fetch(self, kid: str, *, is_good: bool) -> bool:
        """Tell whether it is time; who waited for another's fetch finds here what it brought."""
        is_fresh = self._is_younger(FRESH_SECONDS)
        if is_fresh and kid in self._keys:
            return False
        if self._tried is None:
            return True

        pause = UNKNOWN_PAUSE_SECONDS if is_fresh or is_good else FAILED_PAUSE_SECONDS

        return self._clock() - self._tried >= pause

    def _has_failed(self) -> bool:
        return self._tried is not None and self._fetched != self._tried

    async def _refresh(self, *, is_good: bool) -> None:
        """Fetch the keys; whoever has a good one does not suffer when that fails."""
        try:
            await self._fetch()
        except ConfigurationError:
            # An answer, and not the one that keeps old keys alive.
            if not self._is_younger(FRESH_SECONDS):
                self._keys = {}
            raise
        except TransientError as exc:
            if not is_good:
                raise
            logger.warning("keys that are a day old serve on: %s", exc)

    async def _fetch(self) -> None:
        self._tried = started = self._clock()
        async with httpx.AsyncClient(
            transport=self._transport, timeout=_TIMEOUT, follow_redirects=False
        ) as client:
            configuration = await self._get(
                client, f"{self._issuer}/.well-known/openid-configuration", OpenIdConfiguration
            )
            published = await self._get(client, self._check(configuration), KeySet)

        self._keys = {one.kid: key for one in published.keys if (key := _to_key(one)) is not None}
        self._fetched = started

    def _check(self, configuration: OpenIdConfiguration) -> str:
        """Return where the keys are: at the issuer's own host, under the issuer's own name."""
        if configuration.issuer != self._issuer:
            raise ConfigurationError("Entra must issue tokens under the name that we know")
        host = httpx.URL(self._issuer).copy_with(path="/")
        if not configuration.jwks_uri.startswith(str(host)):
            raise ConfigurationError("Entra must keep its keys at its own host")

        return configuration.jwks_uri

    async def _get[T: BaseModel](self, client: httpx.AsyncClient, url: str, model: type[T]) -> T:
        try:
            request = client.build_request("GET", url)
        except httpx.InvalidURL as exc:
            raise TransientError("Entra must name the address of its keys") from exc

        response, body = await exchange(
            client, request, who="Entra", seconds=_TIMEOUT, largest=LARGEST_ANSWER
        )
        _check_status(response.status_code)
        try:
            return model.model_validate_json(body)
        except ValidationError as exc:
            raise TransientError("Entra must answer with its configuration and keys") from exc


def _check_status(status: int) -> None:
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
        raise ConfigurationError("Entra must know the tenant")
    if status != HTTPStatus.OK:
        raise TransientError(f"Entra must be able to answer (status {status})")


def _to_key(published: PublicKey) -> PyJWK | None:
    if (published.kty, published.use) != ("RSA", "sig"):
        return None

    try:
        return PyJWK(published.model_dump(), algorithm="RS256")
    except PyJWTError:
        return None
